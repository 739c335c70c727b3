import type { Duration, Instant } from "../instant.ts";

/**
 * The first instant ≥ `now` at which one more stays within a limit of `most` in any (t − within, t].
 *
 * @param counted ascending instants of what counts, none dropped that lies within the last `within`.
 */
export function firstWithin(
  counted: readonly Instant[],
  most: number,
  within: Duration,
  now: Instant,
): Instant {
  if (counted.length < most) return now;
  // Of the last `most`, the earliest has to have left; with 0 allowed nothing ever may.
  const blocking = counted[counted.length - most];
  return blocking === undefined ? Infinity : Math.max(now, blocking + within);
}
