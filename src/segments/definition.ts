import type { Condition } from "../conditions/condition.ts";

/** A named group of leads: those for whom `when` holds. */
export interface Segment {
  readonly name: string;
  readonly title: string;
  /** Content hash: another one means that membership is decided anew. */
  readonly hash: string;
  readonly when: Condition;
  /** Segments that `when` names; they come before this one in `Programme.segments`. */
  readonly uses: readonly string[];
}
