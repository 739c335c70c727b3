import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { FRESH } from "./shifted-clock.ts";

/** The time of day of a program that was started with this environment. */
export interface SteppedClock {
  readonly environment: Readonly<Record<string, string>>;
  /** Sets it forward or back by so many ms; resolves once everybody has seen it. */
  step(by: number): Promise<void>;
  /** What it may have shown at any moment between these two (Date.now() here), at most and at least. */
  shown(from: number, until: number): { readonly latest: number; readonly earliest: number };
}

export function steppedClock(folder: string): SteppedClock {
  const file = join(folder, "clock");
  /** By how much it was off, from when until when; ascending. Where two overlap it may have been either. */
  const offsets = [{ offset: 0, from: -Infinity, until: Infinity }];
  const write = (offset: number) => {
    // In one go: half a file would be another time.
    writeFileSync(`${file}.new`, String(offset));
    renameSync(`${file}.new`, file);
  };
  write(0);
  return {
    environment: {
      TORTURE_CLOCK: file,
      NODE_OPTIONS: `--import ${new URL("shifted-clock.js", import.meta.url).href}`,
    },
    async step(by) {
      const last = offsets.at(-1)!;
      const offset = last.offset + by;
      offsets.push({ offset, from: Date.now(), until: Infinity });
      write(offset);
      await setTimeout(3 * FRESH);
      last.until = Date.now();
    },
    shown(from, until) {
      const some = offsets
        .filter((one) => one.from <= until && one.until >= from)
        .map(({ offset }) => offset);
      return { latest: until + Math.max(...some), earliest: from + Math.min(...some) };
    },
  };
}
