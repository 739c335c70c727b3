import { readFile, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { readEnvironment } from "../config/environment.io.ts";
import { nearest, suggest } from "../config/nearest.ts";
import { formatProblem, InputError } from "../config/problems.ts";
import { pendingMigrations } from "../db/migrate.store.ts";
import { openDatabase } from "../db/open.io.ts";
import type { Db } from "../db/tables.ts";
import { CATALOGUE } from "../events/catalogue.ts";
import { reviewThreshold, type ThresholdReview } from "../insights/threshold-review.ts";
import { formatInstant, parseInstant, type Instant } from "../instant.ts";
import { backtest } from "../planning/backtest.run.ts";
import { countLeads, eventTypes } from "../planning/backtest.store.ts";
import type { Backtest } from "../planning/backtest.ts";
import { readProgrammeFiles } from "../programme/files.io.ts";
import { loadProgramme } from "../programme/load.ts";
import type { Programme } from "../programme/programme.ts";
import { readProposed } from "../programme/proposed.ts";
import { appliedFiles } from "../programme/versions.store.ts";
import type { Model } from "../scoring/model.ts";
import { thresholdPicture, type SideName } from "../web/dashboard/threshold-chart.tsx";
import { describeBacktest } from "./backtest-words.ts";
import { progressLine } from "./progress.io.ts";

interface Options {
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
A lead that had the outcome before --from is left out. Nothing is changed.`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const until = instantFlag("--until", options.until) ?? systemClock.now();
  const from = instantFlag("--from", options.from);
  if (from !== null && until < from) throw new InputError("--until lies before --from");
  const text = await readFile(options.model, "utf8").catch(({ code }: NodeJS.ErrnoException) => {
    throw new InputError(`--model ${options.model}: can't be read (${code})`);
  });
  const { databaseUrl } = readEnvironment();
  const db = await openDatabase(databaseUrl, { readonly: true });
  try {
    if ((await pendingMigrations(db.kysely)).length > 0) {
      throw new InputError("the database has another version: run `kindling migrate` first");
    }
    const files = await readProgrammeFiles(options.config, "");
    const live = await liveProgramme(db.kysely, options);
    const proposed = propose(new Map([...live.files, ...files]), options.model, text);
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
    if (options.svg !== undefined) await writePicture(options.svg, found, names);
    if (options.json) process.stdout.write(`${JSON.stringify(jsonOf(found, names, review), null, 2)}\n`);
    else {
      if (!before) process.stdout.write(`${noLive(proposed, live.programme)}\n`);
      process.stdout.write(describeBacktest(found, names, review));
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
  { config, templates }: Options,
): Promise<{ programme: Programme; files: ReadonlyMap<string, string> }> {
  const files = (await appliedFiles(db)) ?? (await readProgrammeFiles(config, templates));
  const loaded = await loadProgramme(files);
  if ("problems" in loaded) throw new InputError(loaded.problems);
  return { programme: loaded.programme, files };
}

/** Throws InputError with all that is wrong in the model's file; says warnings. */
function propose(files: ReadonlyMap<string, string>, file: string, text: string): Model {
  const { model, problems } = readProposed(files, file, text);
  if (!model) throw new InputError(problems.filter(({ severity }) => severity === "error"));
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
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

function noLive({ name }: Model, { models }: Programme): string {
  const hint = suggest(
    name,
    models.map((model) => model.name),
  );
  return `There is no live model "${name}"${hint ? ` (${hint})` : ""}: the proposed one stands alone.`;
}

function jsonOf(found: Backtest, names: readonly SideName[], review: ThresholdReview): unknown {
  const { sides, thresholds, notified, from, until, ...rest } = found;
  const bySide = <T>(values: readonly T[]) =>
    Object.fromEntries(values.map((value, index) => [names[index]!, value]));
  return {
    ...rest,
    from: formatInstant(from),
    until: formatInstant(until),
    thresholds: thresholds.map((at, place) => ({
      at,
      ...bySide(
        sides.map(({ columns }) => {
          const { reached, hits, precision, recall, leadDays } = columns[place]!;
          return { reached, hits, precision, recall, lead_days: leadDays };
        }),
      ),
    })),
    models: bySide(
      sides.map(({ thresholds: own, marks, qualified }) => ({
        ...own,
        marks: Object.fromEntries(marks.map(({ name, at }) => [name, at])),
        qualified,
      })),
    ),
    notified: notified.map(({ email, sides: told, outcome }) => ({
      email,
      outcome_at: outcome === null ? null : formatInstant(outcome),
      ...bySide(told.map((one) => one && { ...one, at: formatInstant(one.at) })),
    })),
    notices_a_week: sides[0]!.weeks.reps.map(({ rep }, index) => ({
      rep,
      ...bySide(
        sides.map(({ weeks }) => {
          const { notices, byTurn, perWeek, busiest } = weeks.reps[index]!;
          return { notices, by_turn: byTurn, per_week: perWeek, busiest_week: busiest };
        }),
      ),
    })),
    review,
  };
}
