import type { Actor, Properties, Verdict } from "./event.ts";
import type { Instant } from "../instant.ts";
import type { Stage } from "../leads/lead.ts";

/** An event on its way into the log. */
export interface EventInput {
  readonly kind: "event";
  readonly type: string;
  /** When it happened; null for what we see ourselves: then, but never before what the lead has already lived. */
  readonly at: Instant | null;
  readonly actor: Actor;
  readonly verdict: Verdict;
  readonly verdictReason: string | null;
  readonly properties: Properties;
  /** The message it belongs to. */
  readonly message: number | null;
  /** For opens and clicks that came in by HTTP. */
  readonly hit: {
    readonly kind: "open" | "click";
    readonly link: number | null;
    readonly from: string | null;
  } | null;
}

/** What can reach a lead. Everything that happens is an event; the rest are hands on its rows. */
export type Input =
  | EventInput
  /** A message of the lead came to its end without an event of its own (dropped, failed, in doubt). */
  | { readonly kind: "done"; readonly message: number }
  /** A marketer puts the lead into a sequence. */
  | { readonly kind: "enrol"; readonly sequence: string }
  | { readonly kind: "set"; readonly owner?: string | null; readonly stage?: Stage }
  /** An operator's list: no mail to this address from now on, or (null) it may be mailed again. */
  | { readonly kind: "suppress"; readonly reason: string | null; readonly source: string }
  /** The lead has another address from now on; one that has it already is the same person, and the two become one. */
  | { readonly kind: "rename"; readonly to: string }
  /** Look again at goals, exits and what is due. */
  | { readonly kind: "look" };

/** What came in together for one lead: entries are decided after all of it is folded. */
export interface Call {
  readonly at: Instant;
  /** False for imported history: it is folded, and nothing reacts. */
  readonly live: boolean;
  readonly inputs: readonly Input[];
}

export function eventInput(
  type: string,
  actor: Actor,
  properties: Properties,
  more: Partial<Omit<EventInput, "kind" | "type" | "actor" | "properties">> = {},
): EventInput {
  return {
    kind: "event",
    type,
    at: null,
    actor,
    verdict: "human",
    verdictReason: null,
    properties,
    message: null,
    hit: null,
    ...more,
  };
}
