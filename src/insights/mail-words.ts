import { DEFER_REASONS, DROP_REASONS } from "../email/gate.ts";
import type { MessageState } from "../email/message.ts";
import type { Instant } from "../instant.ts";
import { capital } from "../reps/notice.ts";

const STATES: Readonly<Record<MessageState, string>> = {
  queued: "Waiting",
  sending: "Leaving",
  sent: "Sent",
  bounced: "Bounced",
  failed: "Failed",
  in_doubt: "In doubt",
  dropped: "Not sent",
};

export function stateWords(state: string): string {
  return STATES[state as MessageState] ?? state;
}

/** The colour of a state: what went well, what did not, what is open. */
export function stateTone(state: string): "good" | "bad" | "warm" | "" {
  if (state === "sent") return "good";
  if (state === "bounced" || state === "failed") return "bad";
  return state === "in_doubt" || state === "queued" || state === "sending" ? "warm" : "";
}

const REASONS: Readonly<Record<string, string>> = {
  ...DROP_REASONS,
  ...DEFER_REASONS,
  rate: "the sending rate is used up for the moment",
  erased: "the lead is erased",
  "no such template": "its template is gone",
};

/** Why the gate decided so, as a part of a sentence; null where there is nothing to say. */
export function reasonWords(reason: string | null): string | null {
  return reason === null ? null : (REASONS[reason] ?? reason);
}

/** Why a mail stands where it does; null where it left and that is that. */
export function standingWords(
  mail: Decided & { readonly state: string },
  moment: (at: Instant) => string,
): string | null {
  if (mail.state === "sent" || mail.state === "sending") return null;
  if (mail.state === "queued" || mail.state === "dropped") return decisionWords(mail, moment);
  return mail.reason === null ? null : capital(`${mail.reason}.`);
}

interface Decided {
  readonly decision: string | null;
  readonly reason: string | null;
  readonly until: Instant | null;
}

/** What the gate said, in the words of email/gate.ts but with instants of the page's zone: `moment` writes them. */
export function decisionWords({ decision, reason, until }: Decided, moment: (at: Instant) => string): string {
  const why = reasonWords(reason);
  switch (decision) {
    case null:
      return "It waits its turn in the queue.";
    case "send":
      return "Sent: nothing stood against it.";
    case "drop":
      return `Not sent: ${why ?? "no reason is known"}.`;
    case "defer": {
      const end = until === null ? "it is released" : moment(until);
      return `Waits until ${end}: ${why ?? "no reason is known"}.`;
    }
    case "send_again":
      return `To be sent again${why === null ? "" : `: ${why}`}.`;
    default:
      return capital(`${decision}${why === null ? "" : `: ${why}`}.`);
  }
}
