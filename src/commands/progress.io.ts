import { stopwatch } from "../clock.ts";

/** Redraws a line at most this often; ms. */
const EVERY = 100;
const WIDTH = 30;

/** A bar on standard error while a person is watching; silent in pipes and CI. */
export function progressLine(label: string, from: number, until: number) {
  const shown = process.stderr.isTTY;
  const watch = stopwatch();
  let last = -EVERY;
  return {
    at(now: number): void {
      if (!shown || watch() - last < EVERY) return;
      last = watch();
      const share = until === from ? 1 : Math.min(1, (now - from) / (until - from));
      const bar = "█".repeat(Math.round(share * WIDTH)).padEnd(WIDTH, "░");
      process.stderr.write(`\r${label} ${bar} ${Math.floor(share * 100)} %`);
    },
    end(): void {
      if (shown && last >= 0) process.stderr.write("\r\u001b[K");
    },
  };
}
