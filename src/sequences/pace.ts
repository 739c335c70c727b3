import type { Duration } from "../instant.ts";
import type { Sequence, Step } from "./definition.ts";

/**
 * The longest row of mails (step ids) that the sequence sends one lead within less than `span`, where each wait is as
 * short as it can be: a local time counts as no wait, and what is waited for comes at once.
 */
export function densestMails(sequence: Sequence, span: Duration): readonly string[] {
  const known = new Map<string, readonly string[]>();
  const from = (id: string | null, left: Duration): readonly string[] => {
    const step = id === null ? undefined : sequence.steps[id];
    if (!step || left <= 0) return [];
    const key = `${step.id} ${left}`;
    let best = known.get(key);
    if (!best) {
      const rest = longest(waysOn(step).map(([to, after]) => from(to, left - after)));
      best = isMail(step) ? [step.id, ...rest] : rest;
      known.set(key, best);
    }
    return best;
  };
  const mails = Object.values(sequence.steps).filter(isMail);
  return longest(mails.map((step) => from(step.id, span)));
}

/** Where the flow may go from a step, and after how long at the least. */
function waysOn(step: Step): (readonly [to: string | null, after: Duration])[] {
  switch (step.kind) {
    case "wait":
      return [[step.next, step.for ?? 0]];
    case "wait_for":
      return [
        [step.then, 0],
        [step.else, step.upTo],
      ];
    case "branch":
      return [...step.arms.map(({ to }) => [to, 0] as const), [step.next, 0]];
    case "end":
      return [];
    case "send":
    case "ab":
    case "set":
    case "notify":
    case "deal":
    case "webhook":
      return [[step.next, 0]];
    default:
      return step satisfies never;
  }
}

function isMail(step: Step): boolean {
  return step.kind === "send" || step.kind === "ab";
}

function longest(rows: readonly (readonly string[])[]): readonly string[] {
  return rows.reduce((best, row) => (row.length > best.length ? row : best), []);
}
