import { contentHash } from "../conditions/hash.ts";
import { DAY, HOUR, MINUTE, type Duration, type Instant } from "../instant.ts";
import type { AbStep, Sequence } from "./definition.ts";

/** Names an A/B test by its sequence, its step and what the step says: an edited one has another name. */
export function abKey(sequence: Pick<Sequence, "name">, step: Pick<AbStep, "id" | "hash">): string {
  return `${sequence.name}/${step.id}/${step.hash}`;
}

/** The two ways of leads into a sequence with a holdout. */
export const HOLDOUT_ARMS = { entered: "entered", held: "held_out" } as const;

/** Names the measure of what a sequence itself causes, 12 hex digits: other steps go on with it, another share or goal begins it anew. */
export function holdoutKey({ name, holdout, goal }: Pick<Sequence, "name" | "holdout" | "goal">): string {
  return contentHash(["holdout", name, holdout, goal]);
}

/** How old a mail is, or an entry, when its outcome is looked at; at the last look it is final. */
export const AB_LOOKS: readonly Duration[] = [10 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY];
export const HOLDOUT_LOOKS: readonly Duration[] = [DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY];

/** Looks are taken together, at the full ten minutes. */
const TOGETHER = 10 * MINUTE;

/** When to look next, after `now`, at what began at `began`; null once it is final. */
export function nextLookAt(looks: readonly Duration[], began: Instant, now: Instant): Instant | null {
  for (const age of looks) {
    const at = togetherAt(began + age);
    if (at > now) return at;
  }
  return null;
}

/** The first instant from `at` on at which looks are taken. */
export function togetherAt(at: Instant): Instant {
  return Math.ceil(at / TOGETHER) * TOGETHER;
}
