import { createHmac } from "node:crypto";
import type { Context } from "hono";
import type { TrustedProxies } from "../config/environment.io.ts";
import type { TokenKeys } from "../email/token.ts";
import type { Seen } from "../events/first-verdict.ts";
import { clientAddress } from "./client-address.ts";

/** What a request shows of who made it. */
export function seenOf(c: Context, proxies: TrustedProxies | null): Seen {
  const userAgent = c.req.header("user-agent") ?? "";
  return { method: c.req.method, userAgent, address: clientAddress(c, proxies) };
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
