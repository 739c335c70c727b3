import { contentHash } from "../conditions/hash.ts";
import type { AbStep, Sequence } from "./definition.ts";

/** Names an A/B test by its sequence, its step and what the step says: an edited one has another name. */
export function abKey(sequence: Pick<Sequence, "name">, step: Pick<AbStep, "id" | "hash">): string {
  return `${sequence.name}/${step.id}/${step.hash}`;
}

/** The two ways of leads into a sequence with a holdout. */
export const HOLDOUT_ARMS = { entered: "entered", held: "held out" } as const;

/** Names the measure of what a sequence itself causes, 12 hex digits: another share or goal begins it anew, other steps do not. */
export function holdoutKey({ name, holdout, goal }: Pick<Sequence, "name" | "holdout" | "goal">): string {
  return contentHash(["holdout", name, holdout, goal]);
}
