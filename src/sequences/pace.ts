import { parseLocal } from "../calendar/local.ts";
import { DAY, WEEK, type Duration } from "../instant.ts";
import type { Sequence, Step } from "./definition.ts";

/**
 * The longest row of mails (step ids) that the sequence sends one lead within less than `span`, where each wait is as
 * short as it can be: what is waited for comes at once, and so does the first local time. From a local time to the next
 * it is as long as the calendar says, on a week without a change of clocks.
 */
export function densestMails(sequence: Sequence, span: Duration): readonly string[] {
  const known = new Map<string, readonly string[]>();
  const from = (id: string | null, time: Time, left: Duration): readonly string[] => {
    const step = id === null ? undefined : sequence.steps[id];
    if (!step || left <= 0) return [];
    const key = `${step.id} ${keyOf(time)} ${left}`;
    let best = known.get(key);
    if (!best) {
      const rest = longest(waysOn(step, time).map(({ to, after, at }) => from(to, at, left - after)));
      best = isMail(step) ? [step.id, ...rest] : rest;
      known.set(key, best);
    }
    return best;
  };
  return longest(mailsOf(sequence).map(({ id, time }) => from(id, time, span)));
}

/** The local time on the quickest way here: since Monday or, where no weekday was named, since midnight; null is any. */
type Time = { readonly cycle: Duration; readonly at: Duration } | null;

interface Way {
  readonly to: string | null;
  /** How long it takes at the least. */
  readonly after: Duration;
  readonly at: Time;
}

/** Every mail, with each of the local times at which the flow gets there. */
function mailsOf(sequence: Sequence): { id: string; time: Time }[] {
  const seen = new Set<string>();
  const mails: { id: string; time: Time }[] = [];
  const visit = (id: string | null, time: Time): void => {
    const step = id === null ? undefined : sequence.steps[id];
    const key = `${id} ${keyOf(time)}`;
    if (!step || seen.has(key)) return;
    seen.add(key);
    if (isMail(step)) mails.push({ id: step.id, time });
    // What is waited for comes whenever it likes, and the first mail after it is where the counting begins.
    for (const { to, at } of waysOn(step, time))
      visit(to, step.kind === "wait_for" && to === step.then ? null : at);
  };
  visit(sequence.first, null);
  return mails;
}

/** Where the flow may go from a step. */
function waysOn(step: Step, time: Time): Way[] {
  const way = (to: string | null, after: Duration): Way => ({ to, after, at: later(time, after) });
  switch (step.kind) {
    case "wait":
      return [step.until === undefined ? way(step.next, step.for) : untilLocal(step.next, step.until, time)];
    case "wait_for":
      return [way(step.then, 0), way(step.else, step.upTo)];
    case "branch": {
      const arms = step.arms.map(({ to }) => way(to, 0));
      return step.arms.some(({ when }) => when === null) ? arms : [...arms, way(step.next, 0)];
    }
    case "end":
      return [];
    case "send":
    case "ab":
    case "set":
    case "notify":
    case "deal":
    case "webhook":
      return [way(step.next, 0)];
    default:
      return step satisfies never;
  }
}

function untilLocal(to: string | null, until: string, time: Time): Way {
  const moment = parseLocal(until)!;
  const named = moment.weekday !== null;
  const at = (moment.weekday ?? 0) * DAY + moment.time;
  if (!time) return { to, after: 0, at: { cycle: named ? WEEK : DAY, at } };
  const cycle = named ? time.cycle : DAY;
  const after = cycle - ((((time.at - at) % cycle) + cycle) % cycle);
  return { to, after, at: named ? { cycle: WEEK, at } : later(time, after) };
}

function later(time: Time, by: Duration): Time {
  return time && { cycle: time.cycle, at: (time.at + by) % time.cycle };
}

function keyOf(time: Time): string {
  return time ? `${time.at}/${time.cycle}` : "";
}

function isMail(step: Step): boolean {
  return step.kind === "send" || step.kind === "ab";
}

function longest(rows: readonly (readonly string[])[]): readonly string[] {
  return rows.reduce((best, row) => (row.length > best.length ? row : best), []);
}
