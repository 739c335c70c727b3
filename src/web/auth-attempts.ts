import { isIPv6 } from "node:net";
import { MINUTE, type Duration, type Instant } from "../instant.ts";

const MOST_WRONG = 20;
/** Addresses remembered at once; the one that came first goes first. */
const MOST_ADDRESSES = 10_000;

/** Counts wrong keys and passwords by address, or by whatever else is being guessed at, in windows of time. */
export interface Attempts {
  /** How long this address has to wait, in milliseconds; 0: not at all. */
  waitFor(address: string, now: Instant): number;
  wrong(address: string, now: Instant): void;
  /** One that was counted before it was looked at was right. */
  wasRight(address: string): void;
}

export function countAttempts(most = MOST_WRONG, within: Duration = MINUTE): Attempts {
  const seen = new Map<string, { count: number; until: Instant }>();
  return {
    waitFor(address, now) {
      const found = seen.get(address);
      return found && found.count >= most && found.until > now ? found.until - now : 0;
    },
    wrong(address, now) {
      const found = seen.get(address);
      if (found && found.until > now) {
        found.count++;
        return;
      }
      seen.delete(address);
      seen.set(address, { count: 1, until: now + within });
      if (seen.size > MOST_ADDRESSES) seen.delete(seen.keys().next().value!);
    },
    wasRight(address) {
      const found = seen.get(address);
      if (found) found.count--;
    },
  };
}

/** Whom an address is one of: of IPv6 everybody has a whole network (the first 64 bits) to choose addresses from. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes(".")) return address;
  const [head, tail] = address.split("%")[0]!.split("::");
  const [first, last] = [head, tail].map((part) => (part ? part.split(":") : []));
  const zeros = tail === undefined ? [] : Array<string>(8 - first!.length - last!.length).fill("0");
  return [...first!, ...zeros, ...last!].slice(0, 4).join(":");
}
