import { writeFile } from "node:fs/promises";
import { InputError } from "../config/problems.ts";
import { DAY, type Instant } from "../instant.ts";
import { PERSONAS } from "../planning/habits.ts";
import { describeLives } from "../planning/life-words.ts";
import { livePersonas } from "../planning/lives.run.ts";
import { utcDay } from "../instant.ts";
import { openProgramme } from "../programme/files.io.ts";
import { counted } from "../reps/words.ts";
import { personasPage } from "../web/dashboard/personas-page.tsx";
import { openWorld } from "../world.ts";
import { openLog } from "./log.io.ts";
import { progressLine } from "./progress.io.ts";

interface Options {
  readonly config: string;
  readonly templates: string;
  readonly from: Instant;
  readonly until: Instant;
  readonly seed: number;
  readonly each: number;
  readonly out: string | null;
  readonly html: string | null;
}

/** Where personas begin to live unless something else is asked for: a Monday, the same whenever it is run. */
export const PERSONAS_FROM = "2026-03-02T00:00:00Z";
export const PERSONAS_FOR = 120 * DAY;

/** What each kind of lead would live through, as text on stdout; the log and a page where they are asked for. */
export async function showPersonas(options: Options): Promise<void> {
  const { config, templates, from, until, seed, each } = options;
  const opened = await openProgramme(config, templates);
  const world = await openWorld({ config, templates, opened, from, seed });
  const progress = progressLine("living", from, until);
  try {
    const log = options.out === null ? null : await openLog(options.out);
    const kinds = await livePersonas(
      world,
      { files: opened.files, each, from, until, seed },
      (line) => log?.write(line),
      progress.at,
    );
    await log?.end();
    progress.end();
    const days = Math.round((until - from) / DAY);
    const title = `${counted(days, "day")} from ${utcDay(from)}, ${counted(each, "lead")} of each of ${PERSONAS.length} kinds`;
    if (options.out !== "-")
      process.stdout.write(`${[title, "", ...describeLives(kinds, from, until)].join("\n")}`);
    if (options.html !== null)
      await writePage(options.html, await personasPage(kinds, { title, from, until }));
  } finally {
    progress.end();
    await world.app.close();
  }
}

async function writePage(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch(({ code }: NodeJS.ErrnoException) => {
    throw new InputError(`${path}: can't be written (${code})`);
  });
}
