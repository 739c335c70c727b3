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

/** When outcomes are looked at. */
export interface Looks {
  /** How old a mail is then, or an entry; at the last look its outcome is final. */
  readonly ages: readonly [Duration, ...Duration[]];
  /** Looks are taken together, at full ten minutes or days. */
  readonly together: Duration;
}

export const AB_LOOKS: Looks = { ages: [10 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY], together: 10 * MINUTE };
export const HOLDOUT_LOOKS: Looks = { ages: [DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY], together: DAY };

/** The age at which an outcome is final. */
export function finalAge({ ages }: Looks): Duration {
  return ages.at(-1)!;
}

/** When to look next, after `now`, at what began at `began`; null once it is final. */
export function nextLookAt(looks: Looks, began: Instant, now: Instant): Instant | null {
  for (const age of looks.ages) {
    const at = togetherAt(looks, began + age);
    if (at > now) return at;
  }
  return null;
}

/** The first instant from `at` on at which looks are taken. */
export function togetherAt({ together }: Looks, at: Instant): Instant {
  return Math.ceil(at / together) * together;
}
