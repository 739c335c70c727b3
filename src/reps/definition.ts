import type { Condition } from "../conditions/condition.ts";
import type { Weekday } from "../config/settings.ts";
import type { Duration } from "../instant.ts";

/** `config/reps.yaml`, checked, defaults filled in. */
export interface Reps {
  readonly reps: readonly Rep[];
  /** Tried in this order. */
  readonly routing: readonly Routing[];
  readonly notices: readonly NoticeRule[];
  /** Local `HH:MM` of each rep; null: no digest. */
  readonly digest: { readonly at: string; readonly days: readonly Weekday[] } | null;
  readonly channels: { readonly chat: { readonly urlEnv: string } | null };
}

export type Routing = "owner" | "takes" | "round_robin";

export interface Rep {
  /** The word used for them in files: `maria`. */
  readonly rep: string;
  readonly name: string;
  readonly email: string;
  readonly timezone: string | null;
  /** Attribute conditions; null: takes nobody by rule. */
  readonly takes: Condition | null;
  /** Local days `YYYY-MM-DD`, both inclusive. */
  readonly away: readonly { readonly from: string; readonly to: string }[];
}

export type NoticeTrigger =
  | { readonly temperature: readonly string[]; readonly model: string }
  | { readonly cooled: readonly string[]; readonly model: string }
  | { readonly reached: string; readonly model: string }
  | { readonly did: string; readonly where: Condition | null };

export interface NoticeRule {
  /** What cooldowns and the log call it: `hot`, `cooled`, the mark, or the event's type. Unique. */
  readonly kind: string;
  readonly on: NoticeTrigger;
  /** null: every time. */
  readonly cooldown: Duration | null;
  readonly deal: "open" | null;
  readonly escalate: {
    readonly after: Duration;
    /** The window in which `after` counts; null: round the clock. */
    readonly window: string | null;
    /** `next` by routing, or a rep. */
    readonly to: string;
  } | null;
}
