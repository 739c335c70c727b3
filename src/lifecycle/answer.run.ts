import { appendToInbox } from "../events/inbox.store.ts";
import { eventInput } from "../events/input.ts";
import { lockNotice, saveNotice } from "../reps/notices.store.ts";
import type { Notice } from "../reps/notices.ts";
import type { Answer } from "../reps/reason.ts";
import { LATER } from "../reps/telling.ts";
import type { Spine } from "./spine.ts";

export interface GivenAnswer {
  readonly notice: number;
  /** Who answers. */
  readonly rep: string;
  readonly answer: Answer;
  readonly reason: string | null;
}

/**
 * Records a rep's answer: the notice's row at once, the lead by way of its inbox (owner, stage and sequences follow from
 * the event). The first answer stands: `recorded` is false for every other one, and `notice` says what was answered.
 * null where there is no such notice, or its lead is erased.
 */
export async function answerNotice(
  spine: Spine,
  given: GivenAnswer,
): Promise<{ notice: Notice; recorded: boolean } | null> {
  return spine.db.unit(async (trx) => {
    const notice = await lockNotice(trx, given.notice);
    if (!notice) return null;
    if (notice.state === "answered") return { notice, recorded: false };
    const now = spine.clock.now();
    const { rep, answer } = given;
    const reason = given.reason?.trim() || null;
    const answered: Notice = {
      ...notice,
      state: "answered",
      rep,
      answer,
      answerReason: reason,
      answeredAt: now,
      dueAt: answer === "later" ? now + LATER : null,
    };
    await saveNotice(trx, answered);
    const properties = { rep, answer, ...(reason === null ? {} : { reason }) };
    const event = eventInput("notice.answered", "rep", properties);
    await appendToInbox(trx, [
      { to: { lead: notice.lead }, at: now, live: true, create: "no", inputs: [event] },
    ]);
    return { notice: answered, recorded: true };
  });
}
