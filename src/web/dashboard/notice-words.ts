import type { Programme } from "../../programme/programme.ts";
import { whyNow } from "../../reps/notice.ts";
import type { Notice } from "../../reps/notices.ts";
import { ruleOf } from "../../reps/telling.ts";
import { DEFAULT_MODEL } from "../../conditions/condition.ts";
import { answerWords } from "./timeline.ts";

/** Why a rep is told, as the notice itself says it, but for the act behind it: that one is in the lead's timeline. */
export function noticeWords(notice: Notice, programme: Programme): { head: string; sentence: string } {
  const { reason } = notice;
  const said = whyNow({
    now: notice.at,
    lead: { email: "", attributes: {}, owner: null, stage: "lead" },
    reason,
    on: ruleOf(programme.reps, notice)?.on ?? null,
    sequence: reason.sequence === null ? null : (programme.sequences.get(reason.sequence)?.title ?? null),
    model: programme.models.find(({ name }) => name === (reason.model ?? DEFAULT_MODEL)) ?? null,
    explanation: null,
    log: [],
    mails: [],
    subjects: new Map(),
  });
  return said;
}

export interface NoticeStanding {
  /** `waits to be told`, `Maria Lopes was told`. */
  readonly state: string;
  /** What was answered, and who was told before. */
  readonly detail: string | null;
  readonly tone: "good" | "bad" | "warm" | "";
}

/** What has become of a notice. */
export function noticeStanding(notice: Notice, { reps }: Programme): NoticeStanding {
  const name = (rep: string | null) => reps.reps.find((one) => one.rep === rep)?.name ?? rep ?? "nobody";
  const told = notice.reason.told ?? [];
  const before = told.slice(0, -1).map(name);
  const passed = before.length > 0 ? `passed on by ${before.join(", ")}` : null;
  switch (notice.state) {
    case "waiting":
      return { state: "waits to be told", detail: null, tone: "warm" };
    case "sent":
      return { state: `${name(notice.rep)} was told`, detail: passed, tone: "warm" };
    case "answered": {
      const reason = notice.answerReason === null ? "" : `, ${notice.answerReason}`;
      const state = `${name(notice.rep)} answered “${answerWords(notice.answer ?? "")}”${reason}`;
      return { state, detail: null, tone: notice.answer === "not_a_fit" ? "bad" : "good" };
    }
    case "withdrawn":
      return { state: "withdrawn", detail: "its reason no longer holds", tone: "" };
    default:
      throw new Error(`unknown state: ${JSON.stringify(notice.state satisfies never)}`);
  }
}
