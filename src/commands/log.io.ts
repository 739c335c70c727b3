import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { InputError } from "../config/problems.ts";
import { formatInstant } from "../instant.ts";
import type { Happening } from "../lifecycle/changes.ts";

/** Where lines of what happened go. */
export interface Log {
  write(line: Happening): void;
  /** Resolves once all of it is written. */
  end(): Promise<void>;
}

/** A file that is ready to be written, or stdout for `-`. Throws InputError. */
export async function openLog(path: string): Promise<Log> {
  const out = path === "-" ? process.stdout : createWriteStream(path);
  if (out !== process.stdout) {
    await once(out, "open").catch(({ code }: NodeJS.ErrnoException) => {
      throw new InputError(`${path}: can't be written (${code})`);
    });
  }
  const lines: string[] = [];
  return {
    write: (line) => lines.push(writeHappening(line)),
    async end() {
      if (lines.length > 0 && !out.write(lines.join(""))) await once(out, "drain");
      if (out === process.stdout) return;
      out.end();
      await once(out, "finish");
    },
  };
}

/** A line of the log: instants are written out, numbers of rows are left out. */
function writeHappening(line: Happening): string {
  const { message: _row, deal: _deal, ...shown } = line;
  const until = line["until"];
  const at = formatInstant(line.at);
  return `${JSON.stringify({ ...shown, at, ...(typeof until === "number" ? { until: formatInstant(until) } : {}) })}\n`;
}
