import { readFile, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { readEnvironment } from "../config/environment.io.ts";
import { nearest, suggest } from "../config/nearest.ts";
import { formatProblem, InputError } from "../config/problems.ts";
import { pendingMigrations } from "../db/migrate.store.ts";
import { openDatabase } from "../db/open.io.ts";
import type { Db } from "../db/tables.ts";
import { isTrouble } from "../db/trouble.ts";
import { compileHere } from "../email/compiler.ts";
import { CATALOGUE } from "../events/catalogue.ts";
import { reviewThreshold } from "../insights/threshold-review.ts";
import { parseInstant, type Instant } from "../instant.ts";
import { backtest } from "../planning/backtest.run.ts";
import { countLeads, eventTypes } from "../planning/backtest.store.ts";
import type { Backtest, SideName } from "../planning/backtest.ts";
import { keepBacktest } from "../planning/kept-backtest.store.ts";
import { readApplied } from "../programme/applied.run.ts";
import { openProgramme, readProgrammeFiles } from "../programme/files.io.ts";
import type { Programme } from "../programme/programme.ts";
import { readProposed } from "../programme/proposed.ts";
import type { Model } from "../scoring/model.ts";
import { thresholdPicture } from "../web/dashboard/threshold-chart.tsx";
import { backtestJson } from "./backtest-json.ts";
import { describeBacktest } from "./backtest-words.ts";
import { progressLine } from "./progress.io.ts";

export interface BacktestOptions {
  readonly config: string;
  readonly templates: string;
  readonly model: string;
  readonly outcome: string;
  readonly from?: string;
  readonly until?: string;
  readonly json?: boolean;
  readonly svg?: string;
}

export function backtestCommand(program: Command): void {
  program
    .command("backtest")
    .description(
      "replay history under a scoring model, beside the live one of its name: would it have been right?",
    )
    .requiredOption("--model <file>", "the proposed model, a YAML file as in config/scoring/")
    .option("--outcome <event>", "what a hot lead should lead to", "deal.won")
    .option("--from <instant>", "judge from then on; what happened before gives points (default: all)")
    .option("--until <instant>", "leave out what happened later (default: now)")
    .option("--json", "all of it as JSON")
    .option("--svg <file>", "write precision and recall over the threshold as a picture")
    .option("--config <dir>", "the folder of kindling.yaml, for its declared attributes", "config")
    .option("--templates <dir>", "the folder of the templates", "templates")
    .addHelpText(
      "after",
      `
Each lead is followed from --from to just before its first outcome, or to --until. It counts at a threshold if its
score was so high at any instant of that time. What happens at the outcome's own instant, or later, predicts nothing.
A lead that had the outcome before --from is left out. No lead is changed; the dashboard shows the curve of the last backtest.`,
    )
    .action((options: BacktestOptions) =>
      runBacktest(options, {
        databaseUrl: readEnvironment().databaseUrl,
        now: systemClock.now(),
        stdout: (text) => void process.stdout.write(text),
        stderr: (text) => void process.stderr.write(text),
      }),
    );
}

interface Surroundings {
  readonly databaseUrl: string;
  readonly now: Instant;
  stdout(text: string): void;
  stderr(text: string): void;
}

/** `kindling backtest`. Throws InputError, before anything is replayed, for whatever is wrong with what was asked. */
export async function runBacktest(options: BacktestOptions, io: Surroundings): Promise<void> {
  const until = instantFlag("--until", options.until) ?? io.now;
  const from = instantFlag("--from", options.from);
  if (from !== null && until < from) throw new InputError("--until lies before --from");
  const text = await readFile(options.model, "utf8").catch(({ code }: NodeJS.ErrnoException) => {
    throw new InputError(`--model ${options.model}: can't be read (${code})`);
  });
  const db = await openDatabase(io.databaseUrl, { readonly: true });
  try {
    if ((await pendingMigrations(db.kysely)).length > 0) {
      throw new InputError("the database has another version: run `kindling migrate` first");
    }
    const files = await readProgrammeFiles(options.config, "");
    const live = await liveProgramme(db.kysely, options);
    const proposed = propose(new Map([...live.files, ...files]), options.model, text, io);
    await checkOutcome(db.kysely, options.outcome);
    const before = live.programme.models.find(({ name }) => name === proposed.name);
    const progress = progressLine("replaying", 0, await countLeads(db.kysely));
    const found = await backtest(
      db.kysely,
      {
        models: before ? [before, proposed] : [proposed],
        outcome: options.outcome,
        from,
        until,
        reps: live.programme.reps,
        company: live.programme.settings.company,
      },
      { read: progress.at },
    ).finally(progress.end);
    const names: SideName[] = before ? ["live", "proposed"] : ["proposed"];
    const review = reviewThreshold(found, 0);
    await keep(io, options.model, found, names);
    if (options.svg !== undefined) await writePicture(options.svg, found, names);
    if (options.json) io.stdout(`${JSON.stringify(backtestJson(found, names, review), null, 2)}\n`);
    else {
      if (!before) io.stdout(`${noLive(proposed, live.programme)}\n`);
      io.stdout(describeBacktest(found, names, review));
    }
  } finally {
    await db.close();
  }
}

function instantFlag(flag: string, text: string | undefined): Instant | null {
  if (text === undefined) return null;
  const at = parseInstant(text);
  if (at !== undefined) return at;
  throw new InputError(`${flag} must be an instant with a zone, like 2026-01-03T10:00:00Z, not "${text}"`);
}

/** What is applied; before the first apply the folders stand in. */
async function liveProgramme(
  db: Db,
  { config, templates }: BacktestOptions,
): Promise<{ programme: Programme; files: ReadonlyMap<string, string> }> {
  return (await readApplied(db, compileHere)) ?? (await openProgramme(config, templates));
}

/** Throws InputError with all that is wrong in the model's file; says warnings. */
function propose(files: ReadonlyMap<string, string>, file: string, text: string, io: Surroundings): Model {
  const { model, problems } = readProposed(files, file, text);
  if (!model) throw new InputError(problems.filter(({ severity }) => severity === "error"));
  for (const problem of problems) io.stderr(`${formatProblem(problem)}\n`);
  return model;
}

/** One of the catalogue may well not have happened yet; another name that is nowhere in the log is a mistake. */
async function checkOutcome(db: Db, outcome: string): Promise<void> {
  if (Object.hasOwn(CATALOGUE, outcome)) return;
  const types = await eventTypes(db);
  if (types.includes(outcome)) return;
  const hint = nearest(outcome, [...types, ...Object.keys(CATALOGUE)]);
  const said = hint === undefined ? suggest(outcome, types) : `did you mean "${hint}"?`;
  throw new InputError(`--outcome: no event "${outcome}" is in the log${said ? ` (${said})` : ""}`);
}

async function writePicture(file: string, found: Backtest, names: readonly SideName[]): Promise<void> {
  const picture = await thresholdPicture({ curve: found, names });
  await writeFile(file, picture).catch(({ code }: NodeJS.ErrnoException) => {
    throw new InputError(`--svg ${file}: can't be written (${code})`);
  });
}

/** For the dashboard. A database that can't be written now has answered all the same. */
async function keep(
  io: Surroundings,
  file: string,
  found: Backtest,
  names: readonly SideName[],
): Promise<void> {
  const { notified, ...curve } = found;
  const alone = (side: number) =>
    notified.filter(({ sides }) => sides[side] && sides.every((other, index) => index === side || !other))
      .length;
  const kept = {
    file,
    at: io.now,
    names,
    curve,
    newly: alone(names.length - 1),
    noLonger: alone(0),
  };
  const db = await openDatabase(io.databaseUrl);
  try {
    await keepBacktest(db.kysely, kept);
  } catch (error) {
    if (!isTrouble(error)) throw error;
    io.stderr(`the dashboard does not show this backtest: ${(error as Error).message}\n`);
  } finally {
    await db.close();
  }
}

function noLive({ name }: Model, { models }: Programme): string {
  const hint = suggest(
    name,
    models.map((model) => model.name),
  );
  return `There is no live model "${name}"${hint ? ` (${hint})` : ""}: the proposed one stands alone.`;
}
