import { classifyRefusal, type BounceClass } from "../../sending/refusal.ts";
import type { Duration, Instant } from "../../instant.ts";
import { MINUTE } from "../../instant.ts";

/** One thing that a provider tells of one mail, in our words. What it opened or clicked we see ourselves. */
export interface News {
  /** The provider's own names for it: told again under any of them, it is the same. */
  readonly ids: readonly string[];
  readonly what:
    | { readonly type: "email.bounced"; readonly bounce: BounceClass; readonly status: string | null }
    | { readonly type: "email.complained" | "email.unsubscribed" };
  /** Message-IDs and return paths, any of which may be ours. */
  readonly mails: readonly string[];
  /** As the provider wrote it. */
  readonly recipient: string | null;
}

/** A request that is a provider's. */
export interface Told {
  /** What can't come twice, in a request whose age is signed; null where only the news can tell. */
  readonly once: string | null;
  readonly news: readonly News[];
}

/** A request that nothing was believed of. `status` also tells the provider whether to ask again. */
export class Refused extends Error {
  readonly status: 400 | 401 | 403 | 406 | 409 | 429 | 503;

  constructor(status: Refused["status"], reason: string) {
    super(reason);
    this.status = status;
  }
}

/** What a provider itself makes of a bounce. */
export interface Opinion {
  /** False: it speaks of this mail or of today. */
  readonly permanent: boolean;
  /** Null where the provider has no clear word. */
  readonly bounce: BounceClass | null;
}

export const BAD_ADDRESS: Opinion = {
  permanent: true,
  bounce: { class: "hard", reason: "userunknown", counts: false },
};

/** The mailbox is full, or the mail or its sender is what they object to. */
export function blameless(reason: string): Opinion {
  return { permanent: false, bounce: { class: "soft", reason, counts: false } };
}

export const TEMPORARY: Opinion = { permanent: false, bounce: null };
export const UNCLEAR: Opinion = { permanent: true, bounce: null };

/**
 * The server's own words go before the provider's opinion, which fills in where they say nothing. What the provider puts
 * down to the mail, the sender or a full mailbox is never held against the address, whatever the words.
 */
export function bounced(
  reply: { readonly code?: number | null; readonly status?: string | null; readonly text: string },
  opinion: Opinion,
): Extract<News["what"], { type: "email.bounced" }> {
  const text = reply.text.replace(/^\s*smtp;\s*/i, "");
  const code = reply.code ?? numberOf(/^([245]\d\d)(?=[\s-]|$)/.exec(text)?.[1]);
  const status = statusIn(reply.status ?? "") ?? statusIn(text.replace(/^\d{3}[ -]/, ""));
  const own = classifyRefusal({ code, status, text });
  const theirs = opinion.bounce;
  const spared = theirs?.class === "soft" && !theirs.counts;
  // 5.1.7 and 5.1.8 are clear: it is the sender's address that they object to (RFC 3463 §3.2).
  const unclear = own.reason === "rejected" && !/^\d\.1\.[78]$/.test(status ?? "");
  const bounce = theirs && (spared || unclear) ? theirs : own;
  if (bounce.class === "soft" || opinion.permanent) return { type: "email.bounced", bounce, status };
  return { type: "email.bounced", bounce: { class: "soft", reason: bounce.reason, counts: true }, status };
}

function statusIn(text: string): string | null {
  return /^\s*([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1] ?? null;
}

function numberOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

const AHEAD = 5 * MINUTE;

/** Refuses what was signed too long ago, or ahead of the clock. */
export function refuseStale(at: Instant, now: Instant, longest: Duration): void {
  if (now - at > longest)
    throw new Refused(403, "this was signed too long ago; is this machine's clock right?");
  if (at - now > AHEAD)
    throw new Refused(403, "this was signed in the future; is this machine's clock right?");
}

/** Seconds since 1970 as text, with nothing around them → instant. */
export function secondsOf(text: string): Instant | null {
  return /^\d{9,11}$/.test(text) ? Number(text) * 1000 : null;
}

/** JSON in UTF-8. @throws Refused */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new Refused(400, "the body is no JSON");
  }
}
