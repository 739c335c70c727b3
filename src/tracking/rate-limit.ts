import { firstWithin } from "../email/limit.ts";
import type { Duration, Instant } from "../instant.ts";

const MOST_KEYS = 10_000;

/**
 * At most `most` in any sliding `within`, for each key. Says whether this one may pass; one that may not is not counted.
 * Of very many keys those that came first are forgotten.
 */
export function rateLimit(most: number, within: Duration): (key: string, now: Instant) => boolean {
  const passed = new Map<string, Instant[]>();
  return (key, now) => {
    const recent = (passed.get(key) ?? []).filter((at) => at > now - within);
    const may = firstWithin(recent, most, within, now) <= now;
    if (may) recent.push(now);
    passed.delete(key);
    if (passed.size >= MOST_KEYS) passed.delete(passed.keys().next().value!);
    passed.set(key, recent);
    return may;
  };
}
