import { setTimeout } from "node:timers/promises";

/** Resolves once `count()` is so high; throws where it stands still for `patience` ms before that. */
export async function reached(
  what: string,
  count: () => number,
  wanted: number,
  patience = 240_000,
): Promise<void> {
  let last = count();
  let since = performance.now();
  for (let now = last; now < wanted; now = count()) {
    if (now > last) [last, since] = [now, performance.now()];
    if (performance.now() > since + patience) {
      throw new Error(`no ${what} for ${patience / 1000} s, after ${now} of ${wanted}`);
    }
    await setTimeout(2);
  }
}
