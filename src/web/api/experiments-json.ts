import type { AbStanding, Standing } from "../../insights/experiments.ts";
import { formatInstant } from "../../instant.ts";
import type { Interval } from "../../sequences/sequential-test.ts";

/** An experiment's standing as the API tells it: shares with six digits, null for what nothing bounds. */
export function standingJson({ confidence, leads, arms, lifts }: Standing) {
  return {
    confidence,
    leads,
    arms: arms.map(({ seenConverted, rate, ...arm }) => ({
      ...arm,
      seen_converted: seenConverted,
      rate: valued(rate),
    })),
    lifts: lifts.map(({ variant, against, ...lift }) => ({ variant, against, ...valued(lift) })),
  };
}

export function testJson(standing: AbStanding) {
  const { winner, needed } = standing;
  return {
    ...standingJson(standing),
    winner: winner && { variant: winner.variant, at: formatInstant(winner.at) },
    needed: needed === null ? null : Math.round(needed),
  };
}

function valued({ value, from, to }: Interval & { readonly value: number | null }) {
  return { value: rounded(value), from: rounded(from), to: rounded(to) };
}

function rounded(number: number | null): number | null {
  return number === null || !Number.isFinite(number) ? null : Math.round(number * 1e6) / 1e6;
}
