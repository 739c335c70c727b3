import { createHash, createHmac } from "node:crypto";
import { formatInstant, SECOND, type Instant } from "../instant.ts";

/** A request as it leaves. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Delivery {
  readonly id: number;
  readonly webhook: string;
  /** When what it tells of happened. */
  readonly at: Instant;
  /** What the spine wrote: `{event, email, data}`. */
  readonly body: string;
}

/**
 * A delivery to one of the company's own systems: `{id, at, event, email, data}`, the same bytes at each attempt. With a
 * secret it carries `Kindling-Signature: t=SECONDS,v1=HEX`, the HMAC-SHA256 of `SECONDS.BODY`, so that the receiver can
 * refuse what is not from us, or is old. `Idempotency-Key` names the delivery: an attempt may have arrived before.
 *
 * The name is of the row and of what it tells. A restored backup counts its rows on from where it was: by number alone
 * what is new would pass for what arrived in the time that was lost.
 */
export function webhookPost(delivery: Delivery, url: string, secret: string | null, now: Instant): Post {
  const id = `kindling-${nameOf(delivery)}`;
  const content = JSON.parse(delivery.body) as Record<string, unknown>;
  const body = JSON.stringify({ id, at: formatInstant(delivery.at), ...content });
  const signature: Record<string, string> =
    secret === null ? {} : { "Kindling-Signature": signed(body, secret, now) };
  return { url, headers: { ...HEADERS, "Idempotency-Key": id, ...signature }, body };
}

function nameOf({ id, webhook, at, body }: Delivery): string {
  const told = createHash("sha256").update(`${webhook}\0${at}\0${body}`).digest("hex");
  return `${id}-${told.slice(0, 16)}`;
}

/** A line for the chat, as chat tools take it from anybody who knows the address. */
export function chatPost(delivery: Delivery, url: string): Post {
  return { url, headers: HEADERS, body: delivery.body };
}

const HEADERS = { "Content-Type": "application/json; charset=utf-8", "User-Agent": "Kindling" };

function signed(body: string, secret: string, now: Instant): string {
  const seconds = Math.floor(now / SECOND);
  const mac = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${mac}`;
}
