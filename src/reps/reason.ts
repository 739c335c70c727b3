/** Why a rep is told, as `notices.reason` keeps it (JSON). The spine writes it; who was told is added by the passes. */
export interface Reason {
  /** `owner` (by routing) or a rep. */
  readonly to: string;
  readonly model: string | null;
  /** Temperatures: before and after. */
  readonly from: string | null;
  readonly now: string | null;
  readonly total: number | null;
  /** The event that it answers, or the one that was at hand; `seq` only where the notice is about this event. */
  readonly event: string | null;
  readonly seq: number | null;
  /** Of a notify step. */
  readonly note: string | null;
  readonly sequence: string | null;
  /** Who has been told, one entry a mail, in order; absent before the first. */
  readonly told?: readonly string[];
}

export const ANSWERS = ["mine", "not_a_fit", "later"] as const;
export type Answer = (typeof ANSWERS)[number];

export type NoticeState = "waiting" | "sent" | "answered" | "withdrawn";
