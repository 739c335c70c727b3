import type { Instant } from "../instant.ts";
import type { Sample } from "../scoring/explain.ts";

const BARS = "▁▂▃▄▅▆▇█";

/** The line in so many characters, the highest total of each stretch; blank where there is no score. */
export function sparkline(
  line: readonly Sample[],
  {
    from,
    until,
    low,
    high,
    width,
  }: { from: Instant; until: Instant; low: number; high: number; width: number },
): string {
  const tops = Array.from<number | null>({ length: width }).fill(null);
  for (const { at, total } of line) {
    const place = Math.min(width - 1, Math.floor(((at - from) / Math.max(1, until - from)) * width));
    tops[place] = Math.max(tops[place] ?? -Infinity, total);
  }
  return tops.map((top) => (top === null ? " " : bar(top, low, high))).join("");
}

function bar(total: number, low: number, high: number): string {
  const share = high === low ? 0 : (total - low) / (high - low);
  return BARS[Math.min(BARS.length - 1, Math.max(0, Math.floor(share * BARS.length)))]!;
}
