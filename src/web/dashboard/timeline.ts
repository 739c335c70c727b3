import type { LoggedEvent } from "../../events/event.ts";
import { isCounted } from "../../events/event.ts";
import type { Instant } from "../../instant.ts";
import { parseInstant } from "../../instant.ts";
import { outcomeWords } from "../../insights/lead-words.ts";
import { reasonWords } from "../../insights/mail-words.ts";
import { capital } from "../../reps/notice.ts";
import { actWords, clean, shownScore } from "../../reps/words.ts";
import type { LeadView } from "./lead.run.ts";
import { mailPath, sequencePath } from "./links.ts";

export type EntryKind =
  | "act"
  | "machine"
  | "mail"
  | "hot"
  | "warm"
  | "cold"
  | "sequence"
  | "rep"
  | "deal"
  | "system";

/** One line of what happened. */
export interface TimelineEntry {
  readonly at: Instant;
  readonly kind: EntryKind;
  readonly words: string;
  /** Said less loudly beside it. */
  readonly detail: string | null;
  readonly href: string | null;
}

interface Placed extends TimelineEntry {
  /** Of one instant, what it led to is newer than the event. */
  readonly rank: number;
  readonly key: number;
}

/** Everything that happened to a lead, newest first. `moment` writes an instant in the page's zone. */
export function timelineOf(view: LeadView, moment: (at: Instant) => string): TimelineEntry[] {
  const subjects = new Map(view.mails.map((mail) => [String(mail.id), mail.subject ?? mail.template]));
  const repName = (rep: string) =>
    view.programme.reps.reps.find((candidate) => candidate.rep === rep)?.name ?? rep;
  const entries: Placed[] = view.log.map((event) => ({
    ...eventEntry(event, { subjects, repName, moment }),
    at: event.at,
    href: mailOf(event, subjects),
    rank: FOLLOWS.test(event.type) ? 5 : 0,
    key: event.seq,
  }));
  entries.push(...crossingEntries(view), ...sequenceEntries(view), ...unsentEntries(view));
  return entries.sort((a, b) => b.at - a.at || b.rank - a.rank || b.key - a.key);
}

/** What the engine does in answer comes after what it answers. */
const FOLLOWS = /^(notice\.(sent|escalated)|email\.sent)$/;

function mailOf({ type, message }: LoggedEvent, subjects: ReadonlyMap<string, string>): string | null {
  return message !== null && type.startsWith("email.") && subjects.has(message)
    ? mailPath(Number(message))
    : null;
}

function crossingEntries({ history, programme }: LeadView): Placed[] {
  const title = (name: string) =>
    programme.models.length > 1
      ? (programme.models.find((model) => model.name === name)?.title ?? name)
      : null;
  return history.map((row, index) => {
    const mark = row.mark !== null;
    const crossed = row.kind === "temperature" || row.kind === "mark";
    const words = mark
      ? `${row.to_state === "left" ? "Left" : "Reached"} the mark “${row.mark}” at ${shownScore(row.total)}`
      : `Turned ${row.to_state} at ${shownScore(row.total)}`;
    const cause =
      row.cause === "time"
        ? "as time passed"
        : row.cause === "model"
          ? "by a changed model"
          : row.kind === "revision"
            ? "as the past was computed again"
            : `by ${row.event ?? "an event"}`;
    const detail = [cause, title(row.model), revisionWords(row)];
    return {
      at: row.at,
      kind: !crossed ? "system" : mark ? "hot" : (row.to_state as EntryKind),
      words,
      detail: detail.filter((part) => part !== null).join(" · "),
      href: null,
      rank: 1,
      key: index,
    };
  });
}

function revisionWords({ kind, revised }: LeadView["history"][number]): string | null {
  if (kind === "withdrawn") return "taken back later: by what is known now it was not so";
  return kind !== "revision" && revised === 1 ? "computed again later" : null;
}

function sequenceEntries({ enrolments, programme }: LeadView): Placed[] {
  return enrolments.flatMap((row) => {
    const title = programme.sequences.get(row.sequence)?.title ?? row.sequence;
    const common = { kind: "sequence" as const, detail: null, href: sequencePath(row.sequence), key: row.id };
    if (row.holdout === 1) {
      return [
        {
          ...common,
          at: row.entered_at,
          words: `Held out of “${title}”`,
          detail: "to measure what it causes",
          rank: 2,
        },
      ];
    }
    const entered: Placed = { ...common, at: row.entered_at, words: `Entered “${title}”`, rank: 2 };
    if (row.ended_at === null) return [entered];
    return [
      entered,
      {
        ...common,
        at: row.ended_at,
        words: `Ended “${title}”`,
        detail: outcomeWords(row.outcome ?? ""),
        rank: 3,
      },
    ];
  });
}

function unsentEntries({ mails }: LeadView): Placed[] {
  const words: Readonly<Record<string, string>> = {
    dropped: "was not sent",
    failed: "could not be sent",
    in_doubt: "may or may not have been sent",
  };
  return mails.flatMap((mail) =>
    words[mail.state] === undefined || mail.done_at === null
      ? []
      : {
          at: mail.done_at,
          kind: "mail" as const,
          words: `“${mail.subject ?? mail.template}” ${words[mail.state]}`,
          detail: reasonWords(mail.reason),
          href: mailPath(mail.id),
          rank: 4,
          key: mail.id,
        },
  );
}

interface Names {
  readonly subjects: ReadonlyMap<string, string>;
  readonly repName: (rep: string) => string;
  readonly moment: (at: Instant) => string;
}

type Told = Pick<TimelineEntry, "kind" | "words" | "detail">;

function eventEntry(event: LoggedEvent, names: Names): Told {
  if (!isCounted(event)) {
    const why = [event.verdict === "prefetch" ? "a mail program" : "a scanner", event.verdictReason];
    return {
      kind: "machine",
      words: capital(actWords(event, names.subjects)),
      detail: `not a person: ${why.filter(Boolean).join(", ")}`,
    };
  }
  const own = ownWords(event, names);
  if (own) return own;
  const kind = event.actor === "lead" ? "act" : event.actor === "rep" ? "rep" : "system";
  return { kind, words: capital(actWords(event, names.subjects)), detail: sideNote(event) };
}

function sideNote(event: LoggedEvent): string | null {
  if (event.properties["inferred"] === true) return "known from the click";
  return event.verdict === "proxy" ? "seen through an image proxy" : null;
}

/** What the engine, reps and imports do; null for all else, which is told as an act. */
function ownWords(event: LoggedEvent, { subjects, repName, moment }: Names): Told | null {
  const say = (name: string, longest = 200) => clean(event.properties[name], longest);
  const mail = event.message === null ? "" : (subjects.get(event.message) ?? "");
  const quoted = mail === "" ? "a mail" : `“${mail}”`;
  const told = (kind: EntryKind, words: string, detail = ""): Told => ({
    kind,
    words,
    detail: detail || null,
  });
  switch (event.type) {
    case "lead.created":
      return told("system", "Became a lead", changesOf(event));
    case "lead.updated":
      return told("system", "Changed", changesOf(event));
    case "email.sent":
      return told("mail", `Was sent ${quoted}`);
    case "email.delivered":
      return told("mail", `${capital(quoted)} was delivered`);
    case "email.bounced":
      return told(
        "mail",
        `${capital(quoted)} bounced`,
        [say("class"), say("status"), say("reason")].filter(Boolean).join(" · "),
      );
    case "notice.sent":
      return told("rep", `${repName(say("rep"))} was told`, say("kind"));
    case "notice.escalated":
      return told("rep", `Passed on to ${repName(say("rep"))}`, "nobody had answered");
    case "notice.answered":
      return told("rep", `${repName(say("rep"))} answered “${answerWords(say("answer"))}”`, say("reason"));
    case "deal.opened":
      return told("deal", "Deal opened", say("value"));
    case "deal.moved":
      return told("deal", `Deal moved${say("stage") ? ` to ${say("stage")}` : ""}`, say("value"));
    case "deal.won":
      return told("deal", "Deal won", say("value"));
    case "deal.lost":
      return told("deal", "Deal lost", say("reason"));
    case "sequences.paused": {
      const until = parseInstant(say("until"));
      return told(
        "system",
        `Sequences paused${until === undefined ? "" : ` until ${moment(until)}`}`,
        say("reason"),
      );
    }
    case "sequences.resumed":
      return told("system", "Sequences go on", say("reason"));
    default:
      return null;
  }
}

export function answerWords(answer: string): string {
  return { mine: "Mine", not_a_fit: "Not a fit", later: "Later" }[answer] ?? answer;
}

function changesOf(event: LoggedEvent): string {
  const { attributes } = event.properties;
  if (typeof attributes !== "object" || attributes === null) return "";
  return Object.entries(attributes)
    .map(
      ([name, value]) => `${name.replaceAll("_", " ")} ${value === null ? "taken away" : clean(value, 60)}`,
    )
    .join(", ");
}
