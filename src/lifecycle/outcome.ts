import type { Condition } from "../conditions/condition.ts";
import type { Facts } from "../conditions/evaluate.ts";
import type { Instant } from "../instant.ts";
import { factsOf } from "./facts.ts";
import type { Life } from "./life.ts";
import { testOf } from "./wiring.ts";

/** A change of temperature. */
export interface Shift {
  readonly model: string;
  readonly at: Instant;
  readonly from: string;
  readonly to: string;
}

/**
 * Whether a goal was met after `since` and up to `end`: as things are now, or as they were at a change of temperature
 * in between. `shifts` are all since then, in order.
 */
export function wasMet(
  life: Life,
  goal: Condition,
  since: Instant,
  end: Instant,
  shifts: readonly Shift[],
): boolean {
  const facts = factsOf(life, { since, before: end + 1 });
  const test = testOf(goal);
  if (test(facts)) return true;
  return shifts.some(({ at }) => at > since && at <= end && test(asOf(facts, at, shifts)));
}

function asOf(facts: Facts, at: Instant, shifts: readonly Shift[]): Facts {
  return {
    ...facts,
    temperature(model) {
      const own = shifts.filter((shift) => shift.model === model);
      const last = own.findLast((shift) => shift.at <= at);
      return last?.to ?? own[0]?.from ?? facts.temperature(model);
    },
  };
}

const HEAT: Readonly<Record<string, number>> = { cold: 0, warm: 1, hot: 2 };

/** The outcome where a sequence has no goal: hotter by any model, or a deal, after `since` and up to `end`. */
export function hasWarmed(
  since: Instant,
  end: Instant,
  shifts: readonly Shift[],
  deals: readonly Instant[],
): boolean {
  const within = (at: Instant) => at > since && at <= end;
  return (
    deals.some(within) || shifts.some(({ at, from, to }) => within(at) && (HEAT[to] ?? 0) > (HEAT[from] ?? 0))
  );
}
