import { MINUTE, type Instant } from "../instant.ts";

const WINDOW = MINUTE;
const MOST_WRONG = 20;
/** Addresses remembered at once; the one that came first goes first. */
const MOST_ADDRESSES = 10_000;

/** Counts wrong keys by address, in windows of a minute. */
export interface Attempts {
  /** How long this address has to wait, in milliseconds; 0: not at all. */
  waitFor(address: string, now: Instant): number;
  wrong(address: string, now: Instant): void;
}

export function countAttempts(): Attempts {
  const seen = new Map<string, { count: number; until: Instant }>();
  return {
    waitFor(address, now) {
      const found = seen.get(address);
      return found && found.count >= MOST_WRONG && found.until > now ? found.until - now : 0;
    },
    wrong(address, now) {
      const found = seen.get(address);
      if (found && found.until > now) {
        found.count++;
        return;
      }
      seen.delete(address);
      seen.set(address, { count: 1, until: now + WINDOW });
      if (seen.size > MOST_ADDRESSES) seen.delete(seen.keys().next().value!);
    },
  };
}
