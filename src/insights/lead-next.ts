import type { GateDecision } from "../email/gate.ts";
import { END_OF_TIME, type Instant } from "../instant.ts";
import { pauseUntil } from "../lifecycle/pauses.ts";
import { sequenceOf } from "../programme/programme.ts";
import { capital } from "../reps/notice.ts";
import { clean } from "../reps/words.ts";
import type { Sequence, Step } from "../sequences/definition.ts";
import { conditionWords, entryWords } from "./condition-words.ts";
import type { LeadExplained, MailAhead } from "./explain-lead.run.ts";
import { driftWords } from "./lead-words.ts";
import { reasonWords } from "./mail-words.ts";

/** Something that will happen to a lead by itself, or that keeps it from happening. */
export interface LeadThing {
  /** null: for as long as it stands. */
  readonly at: Instant | null;
  readonly words: string;
  /** Why then, or why not yet. */
  readonly why: string | null;
  readonly about:
    | { readonly kind: "mail"; readonly id: number }
    | { readonly kind: "sequence"; readonly name: string }
    | null;
}

/** Writes an instant for whoever reads. */
type Moment = (at: Instant) => string;

/** Why the lead gets no mail at all, or none now; nothing where nothing stands in the way. */
export function whyNoMail(of: LeadExplained, moment: Moment): LeadThing[] {
  const { lead, suppression, now, held, programme, state } = of;
  const found: LeadThing[] = [];
  const add = (words: string, why: string | null) => found.push({ at: null, words, why, about: null });
  if (lead.suppressed !== null) {
    const since = suppression === null ? "" : ` since ${moment(suppression.at)}`;
    add("Gets no mail", `on the suppression list${since}: ${lead.suppressed}`);
  }
  if (!lead.confirmed) add("Gets no mail before the address is confirmed", "a form made this lead");
  const consent = state?.consent ?? {};
  if (consent["*"] === "withdrawn") add("Gets no mail", "consent is withdrawn");
  else if (Object.values(consent).includes("asked"))
    add("Is asked, by mail, to confirm a consent", "until then the mails that it covers are dropped");
  else if (programme.settings.consent.required && !Object.values(consent).includes("given")) {
    add("Gets no mail", "the configuration requires consent, and none is on record");
  }
  if (lead.pausedUntil !== null && lead.pausedUntil > now)
    add("Sequences are paused", pauseWords(of, moment));
  if (held) add("All mail is on hold", "nothing leaves before it is released");
  if (lead.suppressed === null && !isOnTheWay(of)) {
    add("Is in no sequence", programme.sequences.size === 0 ? "there is none" : null);
    for (const sequence of programme.sequences.values()) found.push(wayInto(of, sequence, moment));
  }
  return found;
}

/** `until Tue 10 Mar, 12:00: on holiday`. */
function pauseWords({ lead, log }: LeadExplained, moment: Moment): string {
  const until =
    lead.pausedUntil! >= END_OF_TIME ? "until somebody resumes them" : `until ${moment(lead.pausedUntil!)}`;
  const reason = clean(pauseUntil(log, lead.pausedUntil!)?.properties["reason"]);
  return reason === "" ? until : `${until}: ${reason}`;
}

function isOnTheWay({ enrolments, mails }: LeadExplained): boolean {
  return enrolments.some(({ state }) => state === "open") || mails.some(({ state }) => state === "queued");
}

function wayInto({ enrolments, now, unmet }: LeadExplained, sequence: Sequence, moment: Moment): LeadThing {
  const { name, title, enter, reenter } = sequence;
  const last = enrolments.find((row) => row.sequence === name);
  const ways = enter.map(
    (entry) => `${entryWords(entry)}${unmet.has(entry) ? " (which is not so now)" : ""}`,
  );
  const begins = `begins when the lead ${ways.join(", or ") || "is put into it"}`;
  const thing = (before: string | null): LeadThing => ({
    at: null,
    words: `“${title}”`,
    why: before === null ? begins : `${begins}; ${before}`,
    about: { kind: "sequence", name },
  });
  if (!last?.ended_at) return thing(null);
  const was =
    last.holdout === 1 ? "it was held out, to measure what the sequence causes" : "it was in it before";
  if (reenter === "never") return thing(`${was}, and nobody enters twice`);
  const from = reenter === "always" ? now : last.ended_at + reenter.after;
  return thing(from > now ? `${was}, and enters again from ${moment(from)}` : was);
}

/** What comes by itself, in order of time. */
export function nextThings(of: LeadExplained, moment: Moment): LeadThing[] {
  const things = [
    ...mailsNext(of, moment),
    ...enrolmentsNext(of, moment),
    ...crossingsNext(of),
    ...noticesNext(of),
  ];
  return things.sort((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity));
}

/** `the lead's sequences are paused (until Mon 2 Mar, 13:00)`: one thing that stands against a mail. */
export function obstacleWords(decision: GateDecision, moment: Moment): string {
  if (decision.do === "send") return "";
  const why = reasonWords(decision.reason) ?? decision.reason;
  if (decision.do === "drop") return decision.detail === undefined ? why : `${why} (${decision.detail})`;
  const forNow = decision.until === null || decision.until >= END_OF_TIME;
  return forNow ? why : `${why} (until ${moment(decision.until!)})`;
}

/** What stands against a mail now; until when is left out where that is when it leaves. */
function against({ obstacles, outlook }: MailAhead, moment: Moment): string | null {
  if (obstacles.length === 0) return null;
  return obstacles
    .map((one) => {
      const known =
        one.do !== "send" && one.do !== "drop" && outlook.do === "send" && one.until === outlook.at;
      return known ? (reasonWords(one.reason) ?? one.reason) : obstacleWords(one, moment);
    })
    .join("; ");
}

function willWords({ obstacles, outlook }: MailAhead): string {
  if (obstacles.some((one) => one.do === "defer" && one.reason === "unconfirmed"))
    return "waits for the lead's yes";
  return outlook.do === "drop" ? "will not be sent" : "goes out";
}

function leavesAt({ outlook }: MailAhead): Instant | null {
  return outlook.do === "send" ? outlook.at : null;
}

function mailsNext({ mails, queued, programme }: LeadExplained, moment: Moment): LeadThing[] {
  return mails.flatMap((mail) => {
    const ahead = queued.get(mail.id);
    if (!ahead) return [];
    const title = programme.sequences.get(mail.sequence ?? "")?.title ?? mail.sequence;
    const dropped = ahead.outlook.do === "drop";
    const will = willWords(ahead);
    // A server that was away is asked again then, whatever the gate says by now.
    const retry = mail.tries > 0 ? `the mail server did not take it: ${mail.reason ?? ""}` : null;
    const earliest = leavesAt(ahead);
    const why = retry ?? against(ahead, moment);
    return {
      at: earliest === null ? null : retry === null ? earliest : Math.max(earliest, mail.due_at),
      words: `The mail “${mail.subject ?? mail.template}” ${will}${title === null ? "" : ` (${title})`}`,
      why: why === null || dropped ? why : `not yet: ${why}`,
      about: { kind: "mail" as const, id: mail.id },
    };
  });
}

function enrolmentsNext({ enrolments, programme, nextMails }: LeadExplained, moment: Moment): LeadThing[] {
  return enrolments.flatMap((row) => {
    if (row.state !== "open" || row.due_at === null) return [];
    const sequence = sequenceOf(programme, row);
    const step = row.step === null ? undefined : sequence?.steps[row.step];
    const about = { kind: "sequence", name: row.sequence } as const;
    const title = sequence?.title ?? row.sequence;
    const unless = step?.kind === "wait_for" ? `unless before: ${conditionWords(step.condition)}` : null;
    const mail = nextMails.get(row.id);
    if (!mail) {
      const after = step?.kind === "wait_for" ? step.else : (step?.next ?? null);
      const words = `“${title}” ${stepWords(after === null ? undefined : sequence?.steps[after])}`;
      return [{ at: row.due_at, words, why: unless, about }];
    }
    const at = leavesAt(mail);
    const asked =
      at === mail.askedAt ? null : `asked for ${moment(mail.askedAt)}, then ${against(mail, moment)}`;
    const name = mail.templates.map((template) => `“${template}”`).join(" or ");
    const words = `The mail ${name} ${willWords(mail)} (${title})`;
    return [{ at, words, why: [unless, asked].filter(Boolean).join("; ") || null, about }];
  });
}

function stepWords(step: Step | undefined): string {
  switch (step?.kind) {
    case undefined:
    case "end":
      return "ends";
    case "notify":
      return "tells a rep";
    case "deal":
      return "opens a deal";
    case "webhook":
      return `calls the webhook ${step.name}`;
    case "set":
      return `sets ${Object.keys(step.attributes).join(", ")}`;
    case "branch":
      return "takes one of its branches";
    case "wait":
    case "wait_for":
    case "send":
    case "ab":
      return `goes on to ${step.id}`;
    default:
      throw new Error(`unknown step: ${JSON.stringify(step satisfies never)}`);
  }
}

function crossingsNext({ scores }: LeadExplained): LeadThing[] {
  const why = "if nothing happens until then";
  return scores.flatMap(({ model, explanation: { next, nextMark, temperature, reached } }) => {
    const of = scores.length > 1 ? ` (${model.title})` : "";
    const things: LeadThing[] = [];
    if (next && next.temperature !== null) {
      const words = `${capital(driftWords(temperature, next.temperature))}${of}`;
      things.push({ at: next.at, words, why, about: null });
    }
    if (nextMark?.mark !== undefined) {
      const words = `${reached.includes(nextMark.mark) ? "Leaves" : "Reaches"} the mark “${nextMark.mark}”${of}`;
      things.push({ at: nextMark.at, words, why, about: null });
    }
    return things;
  });
}

function noticesNext({ notices, programme }: LeadExplained): LeadThing[] {
  const repName = (rep: string | null) =>
    programme.reps.reps.find((one) => one.rep === rep)?.name ?? rep ?? "a rep";
  return notices.flatMap((notice) => {
    if (notice.dueAt === null) return [];
    const words =
      notice.state === "sent"
        ? "The notice goes to the next rep"
        : notice.state === "answered"
          ? `${repName(notice.rep)} is told again`
          : "A rep is told";
    const why =
      notice.state === "sent"
        ? `unless ${repName(notice.rep)} answers`
        : notice.state === "answered"
          ? "they answered “later”"
          : null;
    return [{ at: notice.dueAt, words, why, about: null }];
  });
}
