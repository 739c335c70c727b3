import { stopwatch } from "../clock.ts";

const WIDTH = 20;
/** ms between two drawings: on a terminal, and as lines in a pipe. */
const REDRAW = 100;
const LINE = 5000;

/**
 * How far an import is, on standard error: a bar that moves while a person is watching, a line every five seconds in
 * a pipe.
 */
export function importProgress(terminal = process.stderr.isTTY) {
  const watch = stopwatch();
  let started = 0;
  let last = terminal ? -REDRAW : 0;
  let drawn = false;

  function show(text: string): void {
    const now = watch();
    if (now - last < (terminal ? REDRAW : LINE)) return;
    last = now;
    drawn = true;
    // A longer line would wrap, and `\r` goes back to the wrapped part only.
    const fitting = text.slice(0, process.stderr.columns - 1);
    process.stderr.write(terminal ? `\r\u001b[K${fitting}` : `${text}\n`);
  }

  return {
    reading: (rows: number): void => {
      show(`reading: ${rows.toLocaleString("en")} rows`);
    },
    /** Reading is over, writing begins. */
    begin: (): void => {
      started = watch();
    },
    /** `told` are counts, as in `created 120, bad 3`. */
    at: (done: number, total: number, told: string): void => {
      const seconds = (watch() - started) / 1000;
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const bar = terminal ? `${"█".repeat(Math.round(share * WIDTH)).padEnd(WIDTH, "░")} ` : "";
      const speed = seconds > 0 ? `, ${Math.round(done / seconds).toLocaleString("en")} rows/s` : "";
      const rows = `${done.toLocaleString("en")} of ${total.toLocaleString("en")}`;
      show(`${bar}${Math.floor(share * 100)} %, ${rows}${speed}: ${told}`);
    },
    /** Takes the bar away. */
    clear: (): void => {
      if (terminal && drawn) process.stderr.write("\r\u001b[K");
      drawn = false;
    },
    seconds: () => watch() / 1000,
  };
}
