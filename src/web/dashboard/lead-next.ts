import { END_OF_TIME, type Instant } from "../../instant.ts";
import { capital } from "../../reps/notice.ts";
import type { LeadView } from "./lead.run.ts";
import { mailPath, sequencePath } from "./links.ts";
import { reasonWords } from "../../insights/mail-words.ts";
import { driftWords } from "../../insights/lead-words.ts";

/** Something that will happen to a lead by itself, or that keeps it from happening. */
export interface NextThing {
  /** null: for as long as it stands. */
  readonly at: Instant | null;
  readonly words: string;
  /** Why then, or why not yet. */
  readonly why: string | null;
  readonly href: string | null;
}

/** What stands in the way of mail first, then what comes, in order of time. */
export function nextThings(view: LeadView, held: boolean): NextThing[] {
  const things = [...mailsNext(view), ...enrolmentsNext(view), ...crossingsNext(view), ...noticesNext(view)];
  const { dueAt, now } = view;
  if (
    dueAt !== null &&
    dueAt > now &&
    !things.some(({ at }) => at !== null && Math.abs(at - dueAt) <= 1000)
  ) {
    things.push({ at: dueAt, words: "Kindling looks at this lead again", why: null, href: null });
  }
  things.sort((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity));
  return [...obstacles(view, held), ...things];
}

function obstacles({ lead, now }: LeadView, held: boolean): NextThing[] {
  const found: NextThing[] = [];
  const add = (words: string, why: string | null, at: Instant | null = null) =>
    found.push({ at, words, why, href: null });
  if (lead.suppressed !== null) add("Gets no mail", lead.suppressed);
  if (!lead.confirmed) add("Gets no mail before the address is confirmed", "a form made this lead");
  if (lead.pausedUntil !== null && lead.pausedUntil > now) {
    const forGood = lead.pausedUntil >= END_OF_TIME;
    add(
      forGood ? "Sequences are paused" : "Sequences are paused until then",
      null,
      forGood ? null : lead.pausedUntil,
    );
  }
  if (held) add("All mail is on hold", "nothing leaves before it is released");
  return found;
}

function mailsNext({ mails, programme, now }: LeadView): NextThing[] {
  return mails
    .filter(({ state }) => state === "queued")
    .map((mail) => {
      const title =
        mail.sequence === null ? null : (programme.sequences.get(mail.sequence)?.title ?? mail.sequence);
      const why = mail.decision === "defer" ? reasonWords(mail.reason) : null;
      return {
        at: mail.reason === "held" ? null : Math.max(mail.due_at, now),
        words: `The mail “${mail.subject ?? mail.template}” goes out${title === null ? "" : ` (${title})`}`,
        why: why === null ? null : `not yet: ${why}`,
        href: mailPath(mail.id),
      };
    });
}

function enrolmentsNext({ enrolments, programme }: LeadView): NextThing[] {
  return enrolments.flatMap((row) => {
    if (row.state !== "open" || row.due_at === null) return [];
    const sequence = programme.sequences.get(row.sequence);
    const step = row.step === null ? undefined : sequence?.steps[row.step];
    const what = step?.kind === "wait_for" ? "stops waiting at" : "goes on from";
    const words = `“${sequence?.title ?? row.sequence}” ${what} the step ${row.step ?? "it is at"}`;
    return [{ at: row.due_at, words, why: null, href: sequencePath(row.sequence) }];
  });
}

function crossingsNext({ scores }: LeadView): NextThing[] {
  return scores.flatMap(({ model, explanation: { next, temperature } }) => {
    if (!next || next.temperature === null) return [];
    const of = scores.length > 1 ? ` (${model.title})` : "";
    const words = `${capital(driftWords(temperature, next.temperature))}${of}`;
    return [{ at: next.at, words, why: "if nothing happens until then", href: null }];
  });
}

function noticesNext({ notices, programme }: LeadView): NextThing[] {
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
    return [{ at: notice.dueAt, words, why, href: null }];
  });
}
