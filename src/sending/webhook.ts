import { createHmac } from "node:crypto";
import { formatInstant, SECOND, type Instant } from "../instant.ts";

/** A request as it leaves. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Delivery {
  readonly id: number;
  /** When what it tells of happened. */
  readonly at: Instant;
  /** What the spine wrote: `{event, email, data}`. */
  readonly body: string;
}

/**
 * A delivery to one of the company's own systems: `{id, at, event, email, data}`, the same bytes at each attempt. With a
 * secret it carries `Kindling-Signature: t=SECONDS,v1=HEX`, the HMAC-SHA256 of `SECONDS.BODY`, so that the receiver can
 * refuse what is not from us, or is old. `Idempotency-Key` names the delivery: an attempt may have arrived before.
 */
export function webhookPost(delivery: Delivery, url: string, secret: string | null, now: Instant): Post {
  const id = `kindling-${delivery.id}`;
  const content = JSON.parse(delivery.body) as Record<string, unknown>;
  const body = JSON.stringify({ id, at: formatInstant(delivery.at), ...content });
  const signature: Record<string, string> =
    secret === null ? {} : { "Kindling-Signature": signed(body, secret, now) };
  return { url, headers: { ...HEADERS, "Idempotency-Key": id, ...signature }, body };
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
