import { DAY, HOUR, MINUTE, type Duration, type Instant } from "../instant.ts";
import { classifyRefusal, onceItWasRead, type BounceClass } from "./refusal.ts";

/** What a server had been asked for when it refused: up to `sender` nothing had been said of the recipient. */
export type Stage = "connect" | "login" | "sender" | "recipient" | "data" | "message";

/** What one attempt to hand over one mail to one recipient came to. */
export type Attempt =
  /** 2xx after the final dot: the server has it. */
  | { readonly outcome: "accepted"; readonly code: number; readonly response: string }
  | {
      readonly outcome: "refused";
      readonly stage: Stage;
      /** 400 to 599 */
      readonly code: number;
      /** `5.1.1`; null where the server gave none. */
      readonly status: string | null;
      /** The whole answer, secrets taken out. */
      readonly response: string;
    }
  /** No answer. `asked`: the server had asked for the data (354), so it may have the mail. */
  | { readonly outcome: "lost"; readonly asked: boolean; readonly reason: string }
  /** Never left this process: an address, or an envelope other than the one asked for. */
  | { readonly outcome: "unsendable"; readonly reason: string };

/** What becomes of the message. */
export type Next =
  | { readonly state: "sent"; readonly response: string }
  /** Temporary: queued again, for `at`. */
  | { readonly state: "queued"; readonly at: Instant; readonly reason: string }
  | { readonly state: "failed"; readonly reason: string }
  | { readonly state: "bounced"; readonly bounce: Bounce; readonly reason: string }
  | { readonly state: "in_doubt"; readonly reason: string };

interface Bounce extends BounceClass {
  readonly code: number;
  readonly status: string | null;
}

/** How long after each temporary failure the next attempt follows; then it has failed for good. */
export const BACK_OFF: readonly Duration[] = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, DAY];

/**
 * What follows from an attempt (spec/sending.md, "The outbox"). Pure.
 *
 * @param failures temporary failures of this message before this attempt.
 * @param inDoubt `retry` sends again what may have arrived, under the same Message-ID.
 */
export function afterAttempt(
  attempt: Attempt,
  failures: number,
  now: Instant,
  inDoubt: "never_twice" | "retry" = "never_twice",
): Next {
  switch (attempt.outcome) {
    case "accepted":
      return { state: "sent", response: attempt.response };
    case "lost":
      return attempt.asked
        ? doubted(attempt.reason, failures, now, inDoubt)
        : later(attempt.reason, failures, now);
    case "unsendable":
      return { state: "failed", reason: attempt.reason };
    case "refused": {
      if (attempt.code < 500 || !isAboutThisMail(attempt.stage, attempt.code)) {
        return later(attempt.response, failures, now);
      }
      const { code, status, response } = attempt;
      const found = classifyRefusal({ code, status, text: response });
      const bounce = inStage(attempt.stage, found, status, response);
      return { state: "bounced", bounce: { ...bounce, code, status }, reason: response };
    }
    default:
      return attempt satisfies never;
  }
}

function inStage(stage: Stage, found: BounceClass, status: string | null, response: string): BounceClass {
  // A refused sender says nothing of the recipient, whatever the words.
  if (stage === "sender") return { class: "soft", reason: found.reason, counts: false };
  return stage === "message" ? onceItWasRead(found, status, response) : found;
}

/**
 * A 5xx to the connection, the login or out of order means that something is set up wrongly, here or there: the next
 * mail would fare the same. To give up on a queue for that would lose it.
 */
function isAboutThisMail(stage: Stage, code: number): boolean {
  if (stage === "connect" || stage === "login") return false;
  const setUp = [500, 502, 503, 530, 534, 535, 538];
  return !setUp.includes(code);
}

/** Sent again where the configuration says so; after the last time it is as doubtful as before. */
function doubted(reason: string, failures: number, now: Instant, inDoubt: "never_twice" | "retry"): Next {
  const next = later(reason, failures, now);
  return inDoubt === "retry" && next.state === "queued" ? next : { state: "in_doubt", reason };
}

function later(reason: string, failures: number, now: Instant): Next {
  const wait = BACK_OFF[failures];
  return wait === undefined ? { state: "failed", reason } : { state: "queued", at: now + wait, reason };
}
