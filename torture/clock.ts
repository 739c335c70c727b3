import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { FRESH } from "./shifted-clock.ts";

/** The time of day of a program that was started with this environment. */
export interface SteppedClock {
  readonly environment: Readonly<Record<string, string>>;
  /** By that clock; while it is being stepped the later of both. */
  now(): number;
  /** Sets it forward or back by so many ms; resolves once everybody has seen it. */
  step(by: number): Promise<void>;
}

export function steppedClock(folder: string): SteppedClock {
  const file = join(folder, "clock");
  let offset = 0;
  const write = (to: number) => {
    // In one go: half a file would be another time.
    writeFileSync(`${file}.new`, String(to));
    renameSync(`${file}.new`, file);
  };
  write(0);
  return {
    environment: {
      TORTURE_CLOCK: file,
      NODE_OPTIONS: `--import ${new URL("shifted-clock.js", import.meta.url).href}`,
    },
    now: () => Date.now() + offset,
    async step(by) {
      const to = offset + by;
      offset = Math.max(offset, to);
      write(to);
      await setTimeout(3 * FRESH);
      offset = to;
    },
  };
}
