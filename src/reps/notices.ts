import type { Instant } from "../instant.ts";
import type { Answer, NoticeState, Reason } from "./reason.ts";

export interface Notice {
  readonly id: number;
  readonly lead: number;
  readonly kind: string;
  /** Place in `notices` of the reps.yaml that it was written under; null for a notify step. */
  readonly rule: number | null;
  readonly state: NoticeState;
  /** Who was told last, or who answered; null before anybody was. */
  readonly rep: string | null;
  readonly reason: Reason;
  readonly at: Instant;
  /** Waiting: when to tell; sent: when it escalates; answered "later": when it is repeated. null: never by itself. */
  readonly dueAt: Instant | null;
  readonly sentAt: Instant | null;
  readonly escalations: number;
  readonly answer: Answer | null;
  readonly answerReason: string | null;
  /** When it was answered, or withdrawn. */
  readonly answeredAt: Instant | null;
}

/** What can be due: to tell of one that waits or is to be repeated; to pass on one that nobody answered. */
export type Due = "tell" | "escalate";
