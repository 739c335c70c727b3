import { isCounted, type Event } from "../events/event.ts";
import { END_OF_TIME, parseInstant, type Instant } from "../instant.ts";
import type { Lead } from "../leads/lead.ts";

/** The reason of the pause that a reply brings by itself. */
export const REPLIED = "replied";

/** Until when a lead gets no mail of sequences: by its own wish, and by ours (reps, marketers, a reply). 0: not. */
export interface Pauses {
  readonly lead: Instant;
  readonly ours: Instant;
}

/** Of a state from before pauses were told apart, nobody's is cut short. */
export function pausesOf(
  { pausedUntil }: Pick<Lead, "pausedUntil">,
  { pauses }: { readonly pauses?: Pauses },
): Pauses {
  return pauses ?? { lead: pausedUntil ?? 0, ours: pausedUntil ?? 0 };
}

/**
 * The pauses after a `sequences.paused`: a side's last word on its own holds, and shortens none of the other's. A reply's
 * shortens none at all, since nobody meant it.
 */
export function pausesAfter(pauses: Pauses, event: Event): Pauses {
  const until = pauseEnd(event);
  if (event.actor === "lead") return { ...pauses, lead: until };
  const byReply = event.actor === "system" && event.properties["reason"] === REPLIED;
  return { ...pauses, ours: byReply ? Math.max(pauses.ours, until) : until };
}

/** When the longer one ends. */
export function lastPause({ lead, ours }: Pauses): Instant {
  return Math.max(lead, ours);
}

/** Of two leads who turn out to be one: nothing that either was promised is cut short. */
export function bothPauses(a: Pauses, b: Pauses): Pauses {
  return { lead: Math.max(a.lead, b.lead), ours: Math.max(a.ours, b.ours) };
}

/** The event whose pause ends then: what a pause in force is explained by. */
export function pauseUntil(log: readonly Event[], end: Instant): Event | undefined {
  return log.findLast(
    (event) => event.type === "sequences.paused" && isCounted(event) && pauseEnd(event) === end,
  );
}

function pauseEnd({ properties: { until } }: Event): Instant {
  if (typeof until === "number") return Math.min(until, END_OF_TIME);
  return (typeof until === "string" ? parseInstant(until) : undefined) ?? END_OF_TIME;
}
