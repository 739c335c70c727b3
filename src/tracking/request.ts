import { createHmac } from "node:crypto";
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import type { TokenKeys } from "../email/token.ts";
import type { Seen } from "../events/first-verdict.ts";

/** What a request shows of who made it. */
export function seenOf(c: Context): Seen {
  return { method: c.req.method, userAgent: c.req.header("user-agent") ?? "", address: clientAddress(c) };
}

/**
 * The address at the other end of the socket; null where there is none (a request made in the process).
 * `X-Forwarded-For` is not believed: anyone can write it, and no setting says yet which proxies are ours.
 */
function clientAddress(c: Context): string | null {
  const bindings = c.env as { readonly incoming?: unknown; readonly server?: unknown } | undefined;
  if (!bindings?.incoming && !bindings?.server) return null;
  return getConnInfo(c).remote.address ?? null;
}

/** Tells two addresses apart and says nothing else of them. */
export function addressHash(keys: TokenKeys, address: string | null): string | null {
  if (address === null) return null;
  return createHmac("sha256", keys[0]!.mac).update("address\0").update(address).digest("hex").slice(0, 12);
}

/** Do Not Track, or Global Privacy Control. */
export function asksForPrivacy(c: Context): boolean {
  return c.req.header("dnt") === "1" || c.req.header("sec-gpc") === "1";
}
