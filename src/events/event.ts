import type { Instant } from "../instant.ts";

export const VERDICTS = ["human", "proxy", "prefetch", "scanner"] as const;
export type Verdict = (typeof VERDICTS)[number];

export const ACTORS = ["lead", "rep", "system"] as const;
export type Actor = (typeof ACTORS)[number];

export type Properties = Readonly<Record<string, unknown>>;

/** One line of a lead's append-only log. Folded in the order (`at`, `seq`). */
export interface Event {
  /** Its place in the log. */
  readonly seq: number;
  readonly type: string;
  readonly at: Instant;
  readonly actor: Actor;
  readonly verdict: Verdict;
  readonly properties: Properties;
  /** The email it belongs to; offline the sender's own word, in the database the number of a message. */
  readonly message: string | null;
}

/** An event as it stands in the log, with why its verdict is what it is. */
export interface LoggedEvent extends Event {
  readonly verdictReason: string | null;
}

/** Only people count, also people seen through an image proxy. */
export function isCounted(event: { readonly verdict: Verdict }): boolean {
  return event.verdict === "human" || event.verdict === "proxy";
}

/** Order of the log: by instant, then by place. */
export function byLogOrder(a: Event, b: Event): number {
  return a.at - b.at || a.seq - b.seq;
}

/** Further ahead of the clock than this, an event is refused (spec/scoring.md, "What is scored"). */
export const FURTHEST_AHEAD = 5 * 60_000;

/** Opens and clicks: what machines imitate, so that reactions wait for the settling time. */
export function settles(type: string): boolean {
  return type === "email.opened" || type === "email.clicked";
}
