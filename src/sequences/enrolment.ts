import type { Instant } from "../instant.ts";

/** One lead's way through one sequence. */
export interface Enrolment {
  readonly id: number;
  readonly sequence: string;
  /** Content hash of the definition that it runs. */
  readonly definition: string;
  readonly state: "open" | "ended";
  /** Where it stands; null once ended, or in a sequence without steps. */
  readonly step: string | null;
  /** When the step was reached. */
  readonly since: Instant;
  /** When time alone moves it on; null where it waits for something to happen. */
  readonly dueAt: Instant | null;
  readonly enteredAt: Instant;
  readonly endedAt: Instant | null;
  readonly outcome: string | null;
  readonly holdout: boolean;
}

/** Whether a lead whose last enrolment ended then may enter again at `now` (spec/sequences.md, `reenter`). */
export function mayReenter(
  reenter: "never" | "always" | { readonly after: number },
  lastEnded: Instant | undefined,
  now: Instant,
): boolean {
  if (lastEnded === undefined || reenter === "always") return true;
  return reenter !== "never" && now >= lastEnded + reenter.after;
}
