import type { Hits } from "../events/verdict.ts";
import type { Instant } from "../instant.ts";

export type MessageState = "queued" | "sending" | "sent" | "bounced" | "failed" | "in_doubt" | "dropped";

/** What the spine needs to know of an email to a lead. */
export interface Message {
  readonly id: number;
  /** Where it went: not the lead's address any more where that was renamed since. */
  readonly recipient: string;
  readonly enrolment: number | null;
  readonly sequence: string | null;
  readonly step: string | null;
  readonly template: string;
  readonly variant: string | null;
  readonly state: MessageState;
  readonly sentAt: Instant | null;
  readonly doneAt: Instant | null;
  /** First times, by people. */
  readonly openedAt: Instant | null;
  readonly clickedAt: Instant | null;
  readonly repliedAt: Instant | null;
  readonly unsubscribedAt: Instant | null;
  readonly bouncedAt: Instant | null;
  /** First hit by a machine. */
  readonly machineAt: Instant | null;
  readonly hits: Hits;
}

/** An email that an enrolment asks for; the outbox takes it from here. */
export interface NewMessage {
  readonly id: number;
  /** Lead, sequence, enrolment and step: the same mail can't be asked for twice. */
  readonly key: string;
  readonly enrolment: number | null;
  readonly sequence: string | null;
  readonly step: string | null;
  readonly template: string;
  readonly variant: string | null;
  readonly priority: number;
  readonly at: Instant;
  /** When its step was reached: before `at` where the lead catches up on what a restored backup had lived already. */
  readonly due: Instant;
}

/** Nothing more will happen to it by itself. */
export function isDone(state: MessageState): boolean {
  return state !== "queued" && state !== "sending";
}
