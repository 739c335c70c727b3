import type { DeferReason } from "../email/gate.ts";
import type { NewMessage } from "../email/message.ts";
import type { LoggedEvent, Verdict } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import type { Reason } from "../reps/reason.ts";
import type { Crossing } from "../scoring/fold.ts";

/**
 * `withdrawn`: a crossing that was told and, computed again, never happened. `revision`: what that computing changed of
 * the temperature of its day. Neither is a crossing. Cause `model`: the programme changed, not the lead.
 */
export interface HistoryRow extends Omit<Crossing, "cause" | "kind"> {
  readonly kind: Crossing["kind"] | "withdrawn" | "revision";
  readonly cause: Crossing["cause"] | "model";
  readonly model: string;
  readonly revised: boolean;
}

/** Why a rep is told: what the notice shows and what it is called. */
export interface NewNotice {
  readonly id: number;
  /** `hot`, `cooled`, a mark, an event's type, or `sequence` for a notify step. */
  readonly kind: string;
  /** Place in `notices` of reps.yaml; null for a notify step. */
  readonly rule: number | null;
  /** `owner` (by routing) or a rep. */
  readonly to: string;
  readonly reason: Reason;
  readonly at: Instant;
}

export interface DealChange {
  readonly id: string;
  readonly stage: string | null;
  readonly value: number | null;
  readonly reason: string | null;
  readonly opened: boolean;
  readonly outcome: "won" | "lost" | null;
  readonly at: Instant;
}

/** A line of what happened, as `simulate` prints it. Keys in the order in which they are printed. */
export type Happening = { readonly at: Instant; readonly what: string } & Readonly<Record<string, unknown>>;

/** What one lead's batch leads to. The rows that were there are compared by the writer; what is new is listed. */
export interface Changes {
  readonly events: LoggedEvent[];
  readonly verdicts: {
    readonly at: Instant;
    readonly seq: number;
    readonly verdict: Verdict;
    readonly reason: string | null;
  }[];
  readonly history: HistoryRow[];
  /** The whole history, where it was computed again. */
  rewritten: HistoryRow[] | null;
  readonly messages: NewMessage[];
  /** Unsent mails that are no longer due, with the reason. */
  readonly dropped: { readonly message: number; readonly reason: string }[];
  /** Mails whose step has another id or says something else in a version that was applied. */
  readonly renamed: {
    readonly message: number;
    readonly key: string;
    readonly step: string;
    readonly template: string;
    readonly variant: string | null;
  }[];
  /** Parts in A/B tests (by their mail), and entries into sequences with a holdout. */
  readonly trials: {
    readonly test: string;
    readonly variant: string;
    readonly message: number | null;
    readonly at: Instant;
  }[];
  readonly notices: NewNotice[];
  /** Notices that lost their reason: kinds, or the place of the event that they answered. */
  readonly withdrawn: ({ readonly kind: string } | { readonly seq: number })[];
  readonly deals: DealChange[];
  readonly segments: { readonly segment: string; readonly joined: boolean; readonly at: Instant }[];
  /** Put the address on the suppression list. */
  suppress: { readonly reason: string; readonly source: string; readonly at: Instant } | null;
  /** Addresses that the lead had before, and that are on the list from now on too. */
  readonly block: { readonly email: string; readonly reason: string; readonly at: Instant }[];
  /** Take it off: the lead's own confirmed opt-in, or an operator's mistake put right. */
  welcomeBack: boolean;
  /** Ask the lead by mail whether a consent that was given in its name is its own. */
  asks: boolean;
  /** A pause is over early, a window or a cap is another one, the lead said yes: mails that wait for it ask again. */
  readonly wake: Set<Exclude<DeferReason, "held">>;
  readonly webhooks: {
    readonly webhook: string;
    readonly event: string;
    readonly data: unknown;
    readonly at: Instant;
  }[];
  readonly happenings: Happening[];
}

export function noChanges(): Changes {
  return {
    events: [],
    verdicts: [],
    history: [],
    rewritten: null,
    messages: [],
    dropped: [],
    renamed: [],
    trials: [],
    notices: [],
    withdrawn: [],
    deals: [],
    segments: [],
    suppress: null,
    block: [],
    wake: new Set(),
    welcomeBack: false,
    asks: false,
    webhooks: [],
    happenings: [],
  };
}
