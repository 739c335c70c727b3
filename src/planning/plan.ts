import { DAY, type Instant } from "../instant.ts";
import type { InFlight } from "../programme/programme.ts";

/** How far a plan looks ahead. */
export const PLAN_DAYS = 7;
export const HORIZON = PLAN_DAYS * DAY;

/** What another programme would do to the leads, if it were applied at `at`. Numbers are of leads, mails and notices. */
export interface Plan {
  readonly at: Instant;
  readonly leads: number;
  readonly inFlight: InFlight;
  /** At once. `null`: the model does not score them. */
  readonly temperatures: readonly {
    readonly model: string;
    readonly from: string | null;
    readonly to: string | null;
    readonly leads: number;
    /** Addresses of the first of them. */
    readonly names: readonly string[];
  }[];
  /** Those whose size differs, at once; null: there is no such segment. */
  readonly segments: readonly {
    readonly segment: string;
    readonly now: number | null;
    readonly proposed: number | null;
  }[];
  /** Who enters and leaves sequences at once, because of the change. */
  readonly entries: readonly {
    readonly sequence: string;
    readonly entered: number;
    readonly ended: number;
  }[];
  /** Within the days ahead. `rep` null: nobody who is there to be told. */
  readonly notices: readonly {
    readonly rep: string | null;
    readonly kind: string;
    readonly now: number;
    readonly proposed: number;
    /** Of those proposed, at the moment of the change. */
    readonly atOnce: number;
  }[];
  /** Within the days ahead. */
  readonly mails: readonly {
    readonly sequence: string;
    readonly now: number;
    readonly proposed: number;
    /** Of those proposed, within the first hour. */
    readonly nextHour: number;
  }[];
  readonly sequences: readonly SequencePlan[];
}

/** A sequence that changes, and what becomes of those who are in it. */
export interface SequencePlan {
  readonly sequence: string;
  readonly change: "added" | "changed" | "removed";
  /** At a step that is still there, or finishing the earlier version. */
  readonly kept: number;
  readonly moved: number;
  readonly ended: number;
  readonly steps: readonly StepPlan[];
}

/** Those who are at one step of the version that they run now. */
export interface StepPlan {
  readonly step: string | null;
  readonly how: "stays" | "moves" | "gone";
  /** Where they go on in the new version; null: nowhere. */
  readonly to: string | null;
  readonly leads: number;
  /** Of them, whose enrolment ends at once, whatever the reason. */
  readonly ended: number;
  /** To them, of this sequence. */
  readonly mailsNextHour: number;
}
