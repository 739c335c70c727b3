import { nextOpen, type Window } from "../calendar/window.ts";
import type { Cap } from "../config/settings.ts";
import { END_OF_TIME, formatInstant, type Instant } from "../instant.ts";
import { firstWithin } from "./limit.ts";

/**
 * What kind of mail it is decides what it has to pass:
 * - `sequence`: everything.
 * - `confirmation`: the double opt-in's own mail and what a person has asked for just now ("my data"): no mail
 *   to the suppressed, and the rate.
 * - `notice`, `test`: to our own people; only the rate.
 */
export type MailKind = "sequence" | "confirmation" | "notice" | "test";

/** A cap and what it has counted: a company's cap counts all mails to the lead, a sequence's its own. */
export interface CountedCap extends Cap {
  /** Ascending instants at which mails were sent, began to be sent, or fell in doubt, of the last `in` at least. */
  readonly counted: readonly Instant[];
}

/** Everything that the gate looks at. It reads nothing else. */
export interface GateFacts {
  readonly now: Instant;
  readonly kind: MailKind;
  /** All mail is stopped (`kindling hold`). */
  readonly held: boolean;
  /** Why this address gets no mail; null where it may. */
  readonly suppressed: string | null;
  readonly consent: {
    readonly required: boolean;
    /**
     * The lead's last word on this mail's topic (or, of a mail without one, on mail as such); `asked`: said in its name,
     * and not confirmed by it.
     */
    readonly state: "given" | "withdrawn" | "asked" | "none";
    /** For a lead that a stranger's form made, until they confirm: how long mails wait for that; null for all others. */
    readonly awaited: Instant | null;
  };
  /** Null for a mail that belongs to no enrolment. */
  readonly enrolment: {
    readonly open: boolean;
    readonly goalHolds: boolean;
    readonly exitHolds: boolean;
  } | null;
  readonly pausedUntil: Instant | null;
  readonly caps: readonly CountedCap[];
  /** Null where the sequence has none. `zone` and `country` as `placeOf` gives them. */
  readonly window: { readonly window: Window; readonly zone: string; readonly country: string | null } | null;
  /** The first instant that the rates allow (sending/rate.ts); null where that is now. */
  readonly rateAllows: Instant | null;
}

/** Why a mail is never sent. A sentence each, for whoever asks. */
export const DROP_REASONS = {
  suppressed: "the address is on the suppression list",
  consent_withdrawn: "the lead has withdrawn their consent to this topic",
  no_consent: "the lead has not given the consent that the configuration requires",
  unconfirmed: "the lead has not confirmed yet that we may write",
  enrolment_ended: "its enrolment has ended",
  goal_reached: "the sequence's goal is reached",
  exit_holds: "the sequence's exit condition holds",
  cap_of_none: "a frequency cap allows no mail at all",
  window_never_opens: "its window never opens",
} as const;
export type DropReason = keyof typeof DROP_REASONS;

/** Why a mail is sent later. */
export const DEFER_REASONS = {
  held: "all mail is on hold",
  unconfirmed: "the lead has not confirmed yet that we may write",
  paused: "the lead's sequences are paused",
  cap: "the lead has had as many mails as the frequency cap allows",
  window: "it is outside the sending window, or a holiday",
} as const;
export type DeferReason = keyof typeof DEFER_REASONS;

const WAIT_REASONS = { rate: "the sending rate is used up for the moment" } as const;

export type GateDecision =
  | { readonly do: "send" }
  /** `detail`: for `suppressed` why the address is on the list. */
  | { readonly do: "drop"; readonly reason: DropReason; readonly detail?: string }
  /** Asked again from the top at `until`; null: when the hold is released. */
  | { readonly do: "defer"; readonly reason: DeferReason; readonly until: Instant | null }
  /** Stays in the queue, first in line at `until`. */
  | { readonly do: "wait"; readonly reason: "rate"; readonly until: Instant };

const SEND: GateDecision = { do: "send" };

type Check = (facts: GateFacts) => GateDecision | null;

/** In exactly the order of spec/sending.md, "The gate". */
const CHECKS: Readonly<Record<MailKind, readonly Check[]>> = {
  sequence: [hold, suppression, consent, enrolment, pause, caps, sendingWindow, rate],
  confirmation: [hold, suppression, rate],
  notice: [hold, rate],
  test: [hold, rate],
};

/** What becomes of a mail now: the first thing that stands against it decides. Pure. */
export function gate(facts: GateFacts): GateDecision {
  for (const check of CHECKS[facts.kind]) {
    const decision = check(facts);
    if (decision) return decision;
  }
  return SEND;
}

/** All that stands against a mail now, in the gate's order; none: it may leave. */
export function obstacles(facts: GateFacts): GateDecision[] {
  return CHECKS[facts.kind].flatMap((check) => check(facts) ?? []);
}

/** What will become of a mail if nothing else happens; `do: "defer"` without `until`: not before somebody acts. */
export type Outlook =
  | { readonly do: "send"; readonly at: Instant }
  | Extract<GateDecision, { readonly do: "drop" }>
  | { readonly do: "defer"; readonly reason: DeferReason; readonly until: null };

/** The gate is asked at each instant to which it defers, as the outbox does, until the mail may leave. */
export function outlook(facts: GateFacts): Outlook {
  for (let now = facts.now; ;) {
    const decision = gate({ ...facts, now });
    if (decision.do === "send") return { do: "send", at: now };
    if (decision.do === "drop") return decision;
    const { until } = decision;
    if (decision.do === "defer" && (until === null || until >= END_OF_TIME)) {
      return { do: "defer", reason: decision.reason, until: null };
    }
    now = until!;
  }
}

/** One sentence: what is decided, why, and when it is looked at again. */
export function explainDecision(decision: GateDecision): string {
  switch (decision.do) {
    case "send":
      return "Sent: nothing stands against it.";
    case "drop": {
      const detail = decision.detail === undefined ? "" : ` (${decision.detail})`;
      return `Dropped: ${DROP_REASONS[decision.reason]}${detail}.`;
    }
    case "defer": {
      const until = decision.until === null ? "it is released" : formatInstant(decision.until);
      return `Deferred until ${until}: ${DEFER_REASONS[decision.reason]}.`;
    }
    case "wait":
      return `Waiting until ${formatInstant(decision.until)}: ${WAIT_REASONS[decision.reason]}.`;
    default:
      return decision satisfies never;
  }
}

function hold({ held }: GateFacts): GateDecision | null {
  return held ? { do: "defer", reason: "held", until: null } : null;
}

function suppression({ suppressed }: GateFacts): GateDecision | null {
  return suppressed === null ? null : { do: "drop", reason: "suppressed", detail: suppressed };
}

function consent({ consent: about, now }: GateFacts): GateDecision | null {
  const { required, state, awaited } = about;
  if (state === "withdrawn") return drop("consent_withdrawn");
  // The welcome that a form earned leaves with the lead's yes, if that comes soon.
  if (awaited !== null && awaited > now) return defer("unconfirmed", awaited);
  if (awaited !== null || state === "asked") return drop("unconfirmed");
  return required && state !== "given" ? drop("no_consent") : null;
}

function enrolment({ enrolment: of }: GateFacts): GateDecision | null {
  if (!of) return null;
  if (!of.open) return drop("enrolment_ended");
  if (of.goalHolds) return drop("goal_reached");
  return of.exitHolds ? drop("exit_holds") : null;
}

function pause({ pausedUntil, now }: GateFacts): GateDecision | null {
  return pausedUntil !== null && pausedUntil > now ? defer("paused", pausedUntil) : null;
}

/** All caps have to allow it, and each allows it from its own instant on, so the latest is the first allowed. */
function caps({ caps: all, now }: GateFacts): GateDecision | null {
  let until = now;
  for (const cap of all) until = Math.max(until, firstWithin(cap.counted, cap.emails, cap.in, now));
  if (until === Infinity) return drop("cap_of_none");
  return until > now ? defer("cap", until) : null;
}

function sendingWindow({ window: at, now }: GateFacts): GateDecision | null {
  if (!at) return null;
  const until = nextOpen(at.window, at.zone, at.country, now);
  if (until === null) return drop("window_never_opens");
  return until > now ? defer("window", until) : null;
}

function rate({ rateAllows, now }: GateFacts): GateDecision | null {
  return rateAllows !== null && rateAllows > now ? { do: "wait", reason: "rate", until: rateAllows } : null;
}

function drop(reason: DropReason): GateDecision {
  return { do: "drop", reason };
}

function defer(reason: DeferReason, until: Instant): GateDecision {
  return { do: "defer", reason, until };
}
