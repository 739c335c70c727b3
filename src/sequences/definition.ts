import type { Condition, Scalar } from "../conditions/condition.ts";
import type { Cap } from "../config/settings.ts";
import type { Duration } from "../instant.ts";

/** What starts a sequence for a lead. `where` and `if` are null where the file leaves them out. */
export type Trigger =
  | { readonly temperature: readonly string[]; readonly model: string }
  | { readonly cooled: readonly string[]; readonly model: string }
  | { readonly reached: string; readonly model: string }
  | { readonly event: string; readonly where: Condition | null }
  | { readonly segment: string };

export interface Entry {
  readonly on: Trigger;
  readonly if: Condition | null;
}

export type Reenter = "never" | "always" | { readonly after: Duration };

export interface Variant {
  readonly name: string;
  readonly template: string;
  /** Shares of all variants add up to 1; consecutive in file order. */
  readonly weight: number;
}

export type Measure = "clicked" | "opened" | "replied" | Condition;

interface StepBase {
  readonly id: string;
  /** True where the file gives the id; false where it is derived from kind and place. */
  readonly named: boolean;
  /** Content hash of what the file says, without id: matches steps between two versions. */
  readonly hash: string;
  /** The step that follows in the flow: after an arm's last, the one below the branch; null: finished. */
  readonly next: string | null;
}

type SendStep = StepBase & { readonly kind: "send"; readonly template: string };
type WaitStep = StepBase & { readonly kind: "wait" } & (
    | { readonly for: Duration; readonly until?: undefined }
    /** `tuesday 10:00`, in the window's zone. */
    | { readonly until: string; readonly for?: undefined }
  );
/** `then` and `else` are the id of the first step there, or `next` where there is none. */
type WaitForStep = StepBase & {
  readonly kind: "wait_for";
  readonly condition: Condition;
  readonly upTo: Duration;
  readonly then: string | null;
  readonly else: string | null;
};
/** The first arm that holds; `when: null` always does. Where none does the flow goes on at `next`. */
type BranchStep = StepBase & {
  readonly kind: "branch";
  readonly arms: readonly { readonly when: Condition | null; readonly to: string | null }[];
};
/** `confidence` is a share: 0.95. */
export type AbStep = StepBase & {
  readonly kind: "ab";
  readonly variants: readonly Variant[];
  readonly measure: Measure;
  readonly confidence: number;
};
export type SetStep = StepBase & {
  readonly kind: "set";
  readonly attributes: Readonly<Record<string, Scalar>>;
};
/** `to` is `owner` or a rep. */
export type NotifyStep = StepBase & {
  readonly kind: "notify";
  readonly to: string;
  readonly note: string | null;
};
export type DealStep = StepBase & { readonly kind: "deal" };
export type WebhookStep = StepBase & { readonly kind: "webhook"; readonly name: string };
type EndStep = StepBase & { readonly kind: "end"; readonly outcome: string };

export type Step =
  | SendStep
  | WaitStep
  | WaitForStep
  | BranchStep
  | AbStep
  | SetStep
  | NotifyStep
  | DealStep
  | WebhookStep
  | EndStep;

/** One file of `config/sequences/`, flattened: an enrolment's place is one step id. JSON-safe, so that it can be kept. */
export interface Sequence {
  readonly name: string;
  readonly title: string;
  /** Content hash of the definition. */
  readonly hash: string;
  readonly track: string | null;
  readonly enter: readonly Entry[];
  readonly reenter: Reenter;
  readonly exit: readonly Condition[];
  readonly goal: Condition | null;
  readonly window: string | null;
  readonly priority: number;
  /** A share: 0 to below 1. */
  readonly holdout: number;
  readonly caps: readonly Cap[];
  /** The first step; null: a sequence without steps. */
  readonly first: string | null;
  /** In file order (depth first). Ids are checked, so `__proto__` can't be among them. */
  readonly steps: Readonly<Record<string, Step>>;
}
