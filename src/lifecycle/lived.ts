import type { Snapshot } from "./life.ts";
import type { Reduced } from "./reduce.ts";

/** One lead before and after its batch. */
export interface Lived {
  readonly before: Snapshot;
  readonly after: Reduced;
}
