import { firstWithin } from "../email/limit.ts";
import { MINUTE, type Instant } from "../instant.ts";

/** A rate and what went out under it: of the company as a whole, or of one recipient domain. */
export interface Rate {
  readonly perMinute: number | null;
  /** Ascending instants of what was sent, or is being sent, of the last minute at least. */
  readonly recent: readonly Instant[];
}

/**
 * The first instant ≥ `now` at which one more may leave. Bounds any sliding minute (t − 60 s, t], and spaces nothing
 * within it: 120 a minute may all leave at once. Null for `perMinute` is no bound.
 *
 * Stamp what was sent with the instant at which the server answered, or a slow minute's mails crowd the next.
 */
export function nextAllowed(recent: readonly Instant[], perMinute: number | null, now: Instant): Instant {
  return perMinute === null ? now : firstWithin(recent, perMinute, MINUTE, now);
}

/** The first instant ≥ `now` that every rate allows. */
export function nextAllowedByAll(rates: readonly Rate[], now: Instant): Instant {
  let next = now;
  for (const { recent, perMinute } of rates) next = Math.max(next, nextAllowed(recent, perMinute, now));
  return next;
}
