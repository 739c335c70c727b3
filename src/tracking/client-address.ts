import { isIP } from "node:net";
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import type { TrustedProxies } from "../config/environment.io.ts";
import { isWithin } from "../config/ranges.ts";

/**
 * Where a request comes from; null where it was made in the process. That is the other end of the socket: anyone can
 * write `X-Forwarded-For`, so that only what proxies of ours have written at its end is believed.
 */
export function clientAddress(c: Context, proxies: TrustedProxies | null): string | null {
  const bindings = c.env as { readonly incoming?: unknown; readonly server?: unknown } | undefined;
  if (!bindings?.incoming && !bindings?.server) return null;
  const socket = getConnInfo(c).remote.address ?? null;
  const forwarded = c.req.header("x-forwarded-for");
  if (proxies === null || socket === null || forwarded === undefined) return socket;
  const path = [...forwarded.split(",").map(addressOf), socket];
  let at = path.length - 1;
  // Each proxy wrote down who spoke to it: one step to the left is what the one before it said.
  for (let hops = 0; at > 0 && path[at - 1] !== null && passes(path[at]!, hops, proxies); hops++) at--;
  return path[at]!;
}

function passes(address: string, hops: number, proxies: TrustedProxies): boolean {
  return "hops" in proxies ? hops < proxies.hops : isWithin(address, proxies.ranges);
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`; null for anything else. */
function addressOf(text: string): string | null {
  const found = /^\s*(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+)(?::\d+)?|([^\s[\]]+))\s*$/.exec(text);
  const address = found?.[1] ?? found?.[2] ?? found?.[3] ?? "";
  return isIP(address) === 0 ? null : address;
}
