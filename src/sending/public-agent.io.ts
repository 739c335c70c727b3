import { lookup, type LookupAddress, type LookupOptions } from "node:dns";
import type { Agent } from "node:http";
import { BlockList, isIP } from "node:net";
import { useAgent } from "request-filtering-agent";

// What the library takes for public addresses.
const NOT_PUBLIC = new BlockList();
// `::127.0.0.1`, an IPv4 address as IPv6 once wrote it (RFC 4291 §2.5.5.1).
NOT_PUBLIC.addSubnet("::", 96, "ipv6");
// Azure's own services, which tell a machine its secrets.
NOT_PUBLIC.addAddress("168.63.129.16");

/**
 * For one request: what a name leads to is asked for once, looked at, and connected to, so that no other answer of a
 * name server can come in between. Private and reserved networks are refused.
 * @throws Error where the address itself is refused
 */
export function publicAgent(url: string, { allowPrivate = false } = {}): Agent {
  if (allowPrivate) return useAgent(url, { allowPrivateIPAddress: true, keepAlive: false });
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  if (isNotPublic(host)) throw refused(host);
  const options = { allowPrivateIPAddress: false, keepAlive: false, lookup: lookUp };
  return useAgent(url, options);
}

type Found = (error: Error | null, found: string | LookupAddress[], family?: number) => void;

function lookUp(name: string, options: LookupOptions, answer: Found): void {
  lookup(name, options, (error, found, family) => {
    const addresses = error ? [] : typeof found === "string" ? [found] : found.map(({ address }) => address);
    const wrong = addresses.find(isNotPublic);
    answer(wrong === undefined ? error : refused(wrong), found, family);
  });
}

function isNotPublic(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && NOT_PUBLIC.check(address, version === 4 ? "ipv4" : "ipv6");
}

function refused(address: string): Error {
  return new Error(`refused: the address leads into a private or reserved network (${address})`);
}

/** Why a request came to nothing, for people. */
export function reasonOf(error: Error): string {
  if (error.name === "AbortError" || error.name === "TimeoutError") return "no answer in 10 s";
  // Of a name with several addresses, none of which answered; it says nothing itself.
  if (error instanceof AggregateError)
    return [...new Set(error.errors.map((one: Error) => reasonOf(one)))].join("; ");
  const address = /^DNS lookup ([^(]+)\(.* is not allowed\./.exec(error.message)?.[1];
  return address === undefined ? error.message : refused(address).message;
}
