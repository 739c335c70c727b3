import type { Event } from "../events/event.ts";
import { isCounted } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import type { Lead } from "../leads/lead.ts";
import type { Explanation } from "../scoring/explain.ts";
import type { Model } from "../scoring/model.ts";
import type { NoticeTrigger } from "./definition.ts";
import type { Reason } from "./reason.ts";
import { actWords, ago, clean, counted, leadName, shownScore } from "./words.ts";

/** All that a notice is written from. */
export interface NoticeFacts {
  readonly now: Instant;
  readonly lead: Pick<Lead, "email" | "attributes" | "owner" | "stage">;
  readonly reason: Reason;
  /** What its rule is about; null for a notify step, or where the rule is gone. */
  readonly on: NoticeTrigger | null;
  /** Title of the sequence that asks. */
  readonly sequence: string | null;
  readonly model: Model | null;
  /** As of now; null where the model does not score the lead. */
  readonly explanation: Explanation | null;
  /** The lead's log, in order. */
  readonly log: readonly Event[];
  /** What they were sent, latest first. */
  readonly mails: readonly SentMail[];
  /** Subjects by message number. */
  readonly subjects: ReadonlyMap<string, string>;
}

export interface SentMail {
  readonly subject: string;
  readonly sentAt: Instant;
  readonly openedAt: Instant | null;
  readonly clickedAt: Instant | null;
  readonly repliedAt: Instant | null;
}

/** `Ana Reis, Head of Training, Acme`. */
export function who({ lead }: Pick<NoticeFacts, "lead">): { name: string; role: string } {
  const { job_title, company } = lead.attributes;
  return { name: leadName(lead), role: [clean(job_title), clean(company)].filter(Boolean).join(", ") };
}

/** A marketer's note may end as a sentence already. */
function fullStop(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Why now, in two forms: `head` for subjects and lists (`Hot`), `sentence` for reading. */
export function whyNow(facts: NoticeFacts): { head: string; sentence: string } {
  const { reason, on, model, explanation } = facts;
  // As it was then: what it is by now stands beside it.
  const total = reason.total ?? explanation?.total ?? null;
  const score = total === null ? "" : `score ${shownScore(total)}`;
  const cause = causeOf(facts);
  if (reason.sequence !== null) {
    const by = `The sequence “${facts.sequence ?? reason.sequence}” asks you to look`;
    return {
      head: "A note",
      sentence: reason.note ? `${fullStop(clean(reason.note, 500))} ${by}.` : `${by}.`,
    };
  }
  if (on && "did" in on) {
    const act = cause ?? on.did.replaceAll(/[._-]+/g, " ");
    return {
      head: capital(act),
      sentence: `${sentence(act)}${score && ` They are ${reason.now}, ${score}.`}`,
    };
  }
  if (on && "reached" in on) {
    return {
      head: `Reached ${on.reached}`,
      sentence: `Reached the mark “${on.reached}”${score && ` with a score of ${shownScore(total!)}`}${cause ? `: they ${cause}` : ""}.`,
    };
  }
  const to = reason.now ?? "warm";
  const cooled = on !== null && "cooled" in on;
  const verb = cooled ? "Cooled" : "Turned";
  const limit = model && to !== "cold" ? model.thresholds[to as "warm" | "hot"] : undefined;
  const bound = limit === undefined || cooled ? "" : ` (${boundWords(to, limit, model!, total)})`;
  return {
    head: cooled ? `Cooled to ${to}` : capital(to),
    sentence: `${verb}${reason.from ? ` from ${reason.from}` : ""} to ${to}${score && `, ${score}${bound}`}${
      cause ? `: they ${cause}` : cooled ? ", as what they did fades" : ""
    }.`,
  };
}

/** A total below a threshold that was reached before: under another model, or a minute ago. */
function boundWords(to: string, limit: number, { thresholds }: Model, total: number | null): string {
  const begins = `${to} begins at ${limit}`;
  return total === null || total >= limit
    ? begins
    : `${begins}, which it reached before, and ends below ${limit - thresholds.cooling}`;
}

/** The act that is behind it, in words; null where time alone was. */
function causeOf({ reason, log, subjects }: NoticeFacts): string | null {
  if (reason.event === null) return null;
  const act =
    log.find((event) => event.seq === reason.seq) ??
    log.findLast((event) => event.type === reason.event && event.actor === "lead" && isCounted(event));
  return act ? actWords(act, subjects) : null;
}

export interface ActLine {
  readonly words: string;
  /** `3 hours ago`, of the latest where there are several. */
  readonly when: string;
}

const MOST_ACTS = 8;

/** The latest acts by people, latest first; the same one again and again is one line. */
export function lastActs({ log, subjects, now }: NoticeFacts): ActLine[] {
  const lines: { words: string; when: string; count: number }[] = [];
  for (const event of log.toReversed()) {
    const byPerson = event.actor === "lead" || event.type === "rep.noted";
    if (!byPerson || !isCounted(event) || event.properties["inferred"] === true || event.at > now) continue;
    const words = actWords(event, subjects);
    const last = lines.at(-1);
    if (last?.words === words) last.count++;
    else if (lines.length === MOST_ACTS) break;
    else lines.push({ words, when: ago(event.at, now), count: 1 });
  }
  return lines.map(({ words, when, count }) => ({
    words: count > 1 ? `${capital(words)}, ${count} times` : capital(words),
    when,
  }));
}

export interface Contribution {
  readonly name: string;
  readonly detail: string;
  readonly points: number;
}

const MOST_PARTS = 6;

/** What moves the score most, most first; what is left out is one line, so that the points still add up. */
export function contributions({ explanation, model, lead, now }: NoticeFacts): Contribution[] {
  if (!explanation) return [];
  const found = explanation.parts
    .filter((part) => part.points !== 0)
    .map((part): Contribution => {
      const { points } = part;
      switch (part.part) {
        case "fit": {
          const attribute = model?.fit.find((criterion) => criterion.name === part.name)?.attribute;
          const value = attribute === undefined ? "" : clean(lead.attributes[attribute], 60);
          return { name: capital(part.name), detail: value || "unknown", points };
        }
        case "engagement": {
          const last = part.events.at(-1);
          const times = counted(part.events.length, "act");
          return {
            name: capital(part.name),
            detail: last
              ? part.events.length > 1
                ? `${times}, last ${ago(last.at, now)}`
                : ago(last.at, now)
              : "",
            points,
          };
        }
        case "inactivity":
          return { name: "Quiet", detail: `no act of theirs for ${part.name}`, points };
        case "clamp":
          return { name: "Limit", detail: "the score's range ends here", points };
        default:
          throw new Error(`unknown part: ${JSON.stringify(part satisfies never)}`);
      }
    })
    .sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
  if (found.length <= MOST_PARTS) return found;
  const rest = found.slice(MOST_PARTS - 1);
  const points = rest.reduce((sum, part) => sum + part.points, 0);
  return [
    ...found.slice(0, MOST_PARTS - 1),
    { name: "All else", detail: counted(rest.length, "part"), points },
  ];
}

const SHOWN_ELSEWHERE = new Set([
  "first_name",
  "last_name",
  "company",
  "job_title",
  "phone",
  "timezone",
  "locale",
]);
const MOST_ATTRIBUTES = 8;

/** What else is known, and shown nowhere else in the mail. */
export function otherAttributes({
  lead,
  model,
  explanation,
}: NoticeFacts): { name: string; value: string }[] {
  const scored = new Set(explanation ? model?.fit.map((criterion) => criterion.attribute) : []);
  return Object.entries(lead.attributes)
    .filter(([name]) => !SHOWN_ELSEWHERE.has(name) && !scored.has(name))
    .map(([name, value]) => ({ name: capital(name.replaceAll("_", " ")), value: clean(value) }))
    .filter(({ value }) => value !== "")
    .slice(0, MOST_ATTRIBUTES);
}

/** `opened, clicked`; what a sent mail came to. */
export function outcomeOf(mail: SentMail): string {
  const seen = [mail.openedAt && "opened", mail.clickedAt && "clicked", mail.repliedAt && "replied"].filter(
    Boolean,
  );
  return seen.length > 0 ? seen.join(", ") : "not opened";
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function sentence(text: string): string {
  return `${capital(text)}.`;
}
