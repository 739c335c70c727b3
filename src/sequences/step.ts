import type { Condition } from "../conditions/condition.ts";
import type { Duration, Instant } from "../instant.ts";
import { chooseVariant, stableShare } from "./share.ts";
import type { AbStep, Sequence, SetStep, NotifyStep, DealStep, WebhookStep } from "./definition.ts";

/** What a step needs to know; asked only where it matters. */
export interface StepFacts {
  readonly now: Instant;
  /** When the step was reached; long before `now` where a lead catches up on what a restored backup had lived already. */
  readonly since: Instant;
  /** The longest that what happened before a deadline may take to settle. */
  readonly settle: Duration;
  readonly email: string;
  /** The email of this step: when it was sent or finally dropped; `open` while neither; null where none was asked for. */
  mail(step: string): { readonly doneAt: Instant } | "open" | null;
  /** Whether a condition holds now, by what has settled. */
  holds(condition: Condition): boolean;
  /** For `wait_for`: counts what happened since the step was reached and before `before`. */
  happened(condition: Condition, before: Instant): boolean;
  /** As `happened`, with what has not settled yet; the instant at which it will have, or null where it is false. */
  settling(condition: Condition, before: Instant): Instant | null;
  /** The variant that has won this test; null while it is not decided. */
  winner(test: AbStep): string | null;
  /** The first instant after `after` with this local time (`tuesday 10:00`), in the sequence's zone. */
  localTime(text: string, after: Instant): Instant;
}

/**
 * What an enrolment does next.
 * - `send`: asks for the email of this step; `stay`: waits, until an instant or until something happens
 * - `go`: the step is done, at `at`; the flow goes on there (null: past the last step)
 * - `act`: does what the step says, then goes on
 */
export type Decision =
  | { readonly do: "send"; readonly template: string; readonly variant: string | null }
  | { readonly do: "stay"; readonly until: Instant | null }
  | { readonly do: "go"; readonly to: string | null; readonly at: Instant }
  | {
      readonly do: "act";
      readonly act: SetStep | NotifyStep | DealStep | WebhookStep;
      readonly to: string | null;
    }
  | { readonly do: "end"; readonly outcome: string };

/** Definition, place, facts and now in; a decision out. Waits are exact instants; only a send is moved into a window. */
export function decide(sequence: Sequence, stepId: string | null, facts: StepFacts): Decision {
  if (stepId === null) return { do: "end", outcome: "finished" };
  const step = sequence.steps[stepId];
  if (!step) return { do: "end", outcome: "finished" };
  switch (step.kind) {
    case "send":
    case "ab": {
      const mail = facts.mail(step.id);
      if (mail === "open") return { do: "stay", until: null };
      if (mail) return { do: "go", to: step.next, at: mail.doneAt };
      if (step.kind === "send") return { do: "send", template: step.template, variant: null };
      const winner = facts.winner(step);
      const won = winner === null ? undefined : step.variants.find(({ name }) => name === winner);
      const variant =
        won ?? chooseVariant(step.variants, stableShare("ab", facts.email, sequence.name, step.id));
      return { do: "send", template: variant.template, variant: variant.name };
    }
    case "wait": {
      const until =
        step.for === undefined
          ? facts.localTime(step.until, facts.since)
          : facts.since + (step.for satisfies Duration);
      return facts.now >= until ? { do: "go", to: step.next, at: until } : { do: "stay", until };
    }
    case "wait_for": {
      const deadline = facts.since + step.upTo;
      const at = Math.min(facts.now, deadline + facts.settle);
      if (facts.happened(step.condition, deadline)) return { do: "go", to: step.then, at };
      if (facts.now < deadline) return { do: "stay", until: deadline };
      // An act before the deadline may still show itself a machine's: its settling is waited for.
      const settling = facts.settling(step.condition, deadline);
      if (settling !== null && settling > facts.now) return { do: "stay", until: settling };
      return { do: "go", to: step.else, at };
    }
    case "branch": {
      const arm = step.arms.find((candidate) => candidate.when === null || facts.holds(candidate.when));
      return { do: "go", to: arm ? arm.to : step.next, at: facts.since };
    }
    case "set":
    case "notify":
    case "deal":
    case "webhook":
      return { do: "act", act: step, to: step.next };
    case "end":
      return { do: "end", outcome: step.outcome };
    default:
      throw new Error(`unknown step: ${JSON.stringify(step satisfies never)}`);
  }
}
