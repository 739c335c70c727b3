import { sql } from "kysely";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { readEnvironment } from "../config/environment.io.ts";
import { onlyServer } from "../db/only-server.io.ts";
import { DAY, MINUTE } from "../instant.ts";
import { inventScript } from "../planning/personas.ts";
import { simulate } from "../planning/simulate.run.ts";
import { appliedFiles } from "../programme/versions.store.ts";
import { openWorld } from "../world.ts";
import { progressLine } from "./progress.io.ts";
import { serve } from "../serve.ts";

const LEADS = 160;
const DAYS = 120;
const SEED = 7;

interface Options {
  readonly config: string;
  readonly templates: string;
  readonly data: string;
}

export function demoCommand(program: Command): void {
  program
    .command("demo")
    .description(
      `a company with ${LEADS} made-up leads, ${DAYS} days of their life, then the dashboard; no mail leaves`,
    )
    .option("--config <dir>", "the folder of kindling.yaml", "config")
    .option("--templates <dir>", "the folder of the templates", "templates")
    .option("--data <dir>", "where the demo's database is made, anew each time", join("data", "demo"))
    .action(demo);
}

async function demo(options: Options): Promise<void> {
  const environment = readEnvironment();
  const file = join(options.data, "kindling.db");
  mkdirSync(options.data, { recursive: true });
  // Not the one of a demo that is running.
  onlyServer(`sqlite:${file}`)();
  for (const leftover of ["", "-wal", "-shm"]) rmSync(file + leftover, { force: true });
  const databaseUrl = `sqlite:${file}`;
  // Whole minutes, so that a demo looks tidy; what it shows ends now.
  const until = Math.floor(systemClock.now() / MINUTE) * MINUTE;
  const from = until - DAYS * DAY;
  const world = await openWorld({
    config: options.config,
    templates: options.templates,
    from,
    seed: SEED,
  });
  const opened = { programme: world.spine.programme(), files: (await appliedFiles(world.app.db.kysely))! };
  const script = inventScript(opened, { cast: { leads: LEADS }, from, until, seed: SEED });
  process.stdout.write(`${LEADS} leads live through ${DAYS} days in virtual time …\n`);
  const progress = progressLine("living", from, until);
  let happened = 0;
  try {
    // Lived in memory, then put down at once: a commit on disk for each act would take minutes.
    await simulate(world, { ...script, from, until }, () => happened++, progress.at);
    await sql`vacuum into ${file}`.execute(world.app.db.kysely);
  } finally {
    progress.end();
    await world.app.close();
  }
  process.stdout.write(`${happened} things happened. All of it can be looked at:\n`);
  await serve({
    config: options.config,
    templates: options.templates,
    environment: {
      ...environment,
      databaseUrl,
      smtpUrl: null,
      imapUrl: null,
      secrets: world.app.environment.secrets,
    },
  });
}
