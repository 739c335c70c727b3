import type { Instant } from "./instant.ts";

/** The only source of the time. Passed in; nothing else reads it (the linter holds that). */
export interface Clock {
  now(): Instant;
  /**
   * Resolves once `now() >= at`, or when the signal aborts. Once as much time has passed as was to go at first, too: a
   * clock that is set back meanwhile holds nobody.
   */
  sleepUntil(at: Instant, signal?: AbortSignal): Promise<void>;
}

/** Longest single timer: setTimeout overflows past 2^31 − 1 ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleepUntil(at, signal) {
    const whole = at - Date.now();
    const slept = stopwatch();
    while (!signal?.aborted) {
      const left = Math.min(at - Date.now(), whole - slept());
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", done);
          resolve();
        };
        const timer = setTimeout(done, Math.min(left, LONGEST_TIMER));
        signal?.addEventListener("abort", done);
      });
    }
  },
};

export interface VirtualClock extends Clock {
  /** Moves forward, never back. */
  jumpTo(at: Instant): void;
}

/** A clock that stands still until it is told to jump. */
export function virtualClock(start: Instant): VirtualClock {
  let now = start;
  return {
    now: () => now,
    sleepUntil(at) {
      if (at > now) now = at;
      return Promise.resolve();
    },
    jumpTo(at) {
      if (at > now) now = at;
    },
  };
}

/** Milliseconds for measuring how long something took; never a point in time. */
export function stopwatch(): () => number {
  const start = performance.now();
  return () => performance.now() - start;
}
