import type { ThresholdReview } from "../insights/threshold-review.ts";
import { formatInstant } from "../instant.ts";
import type { Backtest, SideName } from "../planning/backtest.ts";

/** What `kindling backtest --json` prints: everything by side, `live` and `proposed`, instants in ISO 8601. */
export function backtestJson(found: Backtest, names: readonly SideName[], review: ThresholdReview): unknown {
  const { sides, thresholds, notified, from, until, opensDeals, ...rest } = found;
  const bySide = <T>(values: readonly T[]) =>
    Object.fromEntries(values.map((value, index) => [names[index]!, value]));
  return {
    ...rest,
    opens_deals: opensDeals,
    from: formatInstant(from),
    until: formatInstant(until),
    thresholds: thresholds.map((at, place) => ({
      at,
      ...bySide(
        sides.map(({ columns }) => {
          const { reached, hits, precision, recall, leadDays } = columns[place]!;
          return { reached, hits, precision, recall, lead_days: leadDays };
        }),
      ),
    })),
    models: bySide(
      sides.map(({ thresholds: own, marks, qualified }) => ({
        ...own,
        marks: Object.fromEntries(marks.map(({ name, at }) => [name, at])),
        qualified,
      })),
    ),
    notified: notified.map(({ email, sides: told, outcome }) => ({
      email,
      outcome_at: outcome === null ? null : formatInstant(outcome),
      ...bySide(told.map((one) => one && { ...one, at: formatInstant(one.at) })),
    })),
    notices_a_week: sides[0]!.weeks.reps.map(({ rep }, index) => ({
      rep,
      ...bySide(
        sides.map(({ weeks }) => {
          const { notices, byTurn, perWeek, busiest } = weeks.reps[index]!;
          return { notices, by_turn: byTurn, per_week: perWeek, busiest_week: busiest };
        }),
      ),
    })),
    review,
  };
}
