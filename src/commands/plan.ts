import { existsSync } from "node:fs";
import { Option, type Command } from "commander";
import { systemClock } from "../clock.ts";
import { readEnvironment } from "../config/environment.io.ts";
import { formatProblem, InputError } from "../config/problems.ts";
import { pendingMigrations } from "../db/migrate.store.ts";
import { openDatabase, type Database } from "../db/open.io.ts";
import { openCompiler } from "../email/compiler.io.ts";
import { isHeld } from "../email/hold.store.ts";
import { formatInstant } from "../instant.ts";
import { writeBeforeAfter } from "../planning/before-after.io.ts";
import { changedMails } from "../planning/changed-mails.ts";
import { stayLean } from "../planning/lean.io.ts";
import { PLAN_DAYS, type Plan } from "../planning/plan.ts";
import { inOneView, planOf } from "../planning/plan.run.ts";
import { readApplied, type Applied } from "../programme/applied.run.ts";
import { changedFiles, type ChangedFile } from "../programme/changed-files.ts";
import { withWinners } from "../programme/experiments.ts";
import { openWorkable, type Opened } from "../programme/files.io.ts";
import type { InFlight } from "../programme/programme.ts";
import { successor } from "../programme/successor.ts";
import { readWinners } from "../programme/winners.store.ts";
import { ASSUMED, planWords } from "./plan-words.ts";
import { progressLine } from "./progress.io.ts";
import { changeLines, nothingApplied, short, whenUtc } from "./version-words.ts";

interface Options {
  readonly config: string;
  readonly templates: string;
  readonly inFlight: InFlight;
  readonly enrolExisting?: boolean;
  readonly json?: boolean;
  readonly out?: string;
}

export function planCommand(program: Command): void {
  program
    .command("plan")
    .description("what the changed files would do to the leads, if they were applied now; changes nothing")
    .option("--config <dir>", "the folder of kindling.yaml", "config")
    .option("--templates <dir>", "the folder of the templates", "templates")
    .addOption(
      new Option("--in-flight <policy>", "what becomes of those who are in a sequence that changes")
        .choices(["migrate", "keep", "exit"])
        .default("migrate"),
    )
    .option("--enrol-existing", "count those who are there already into the sequences that change")
    .option("--out <dir>", "where the pages of changed mails go (default: a new temporary folder)")
    .option("--json", "print the plan as JSON")
    .addHelpText(
      "after",
      `\nThe plan is of the ${PLAN_DAYS} days from now on, for all leads of the database (DATABASE_URL).`,
    )
    .action(run);
}

/** A plan with all that the files tell. */
interface Told {
  readonly applied: Applied;
  readonly proposed: Opened;
  readonly files: readonly ChangedFile[];
  readonly pages: readonly {
    readonly template: string;
    readonly locale: string | null;
    readonly change: string;
    readonly page: string;
  }[];
  readonly plan: Plan;
  /** All mail is on hold now. */
  readonly held: boolean;
}

async function run(options: Options): Promise<void> {
  const db = await openToLook(readEnvironment().databaseUrl);
  try {
    const { applied, proposed } = await readBoth(db, options);
    for (const warning of proposed.warnings) process.stderr.write(`${formatProblem(warning)}\n`);
    if (applied.apply.version === proposed.programme.hash) return sayNothingChanges(applied, options);
    const plan = await compare(db, applied, proposed, options);
    const mails = changedMails(applied.programme, proposed.programme);
    const pages = writeBeforeAfter(options.out ?? null, mails, {
      before: applied.programme.settings,
      after: proposed.programme.settings,
    });
    const told: Told = {
      applied,
      proposed,
      plan,
      held: await isHeld(db.kysely),
      files: changedFiles(applied.files, proposed.files),
      pages: mails.map(({ name, locale, change }, index) => ({
        template: name,
        locale,
        change,
        page: pages[index]!,
      })),
    };
    print(options.json ? json(told) : words(told));
  } finally {
    await db.close();
  }
}

async function readBoth(
  db: Database,
  { config, templates }: Options,
): Promise<{ readonly applied: Applied; readonly proposed: Opened }> {
  // In a process of its own, or MJML's memory would be held while the leads are lived through.
  const { compile, close } = openCompiler();
  try {
    const opened = await openWorkable(config, templates, compile);
    const programme = withWinners(opened.programme, await readWinners(db.kysely));
    const proposed = { ...opened, programme };
    const applied = await readApplied(db.kysely, compile);
    if (applied === null) throw nothingApplied();
    return { applied, proposed };
  } finally {
    close();
  }
}

async function compare(
  db: Database,
  { programme: live }: Applied,
  { programme }: Opened,
  options: Options,
): Promise<Plan> {
  const { inFlight, enrolExisting = false } = options;
  const proposed = successor(live, programme, { inFlight, enrolExisting });
  stayLean();
  const progress = progressLine("planning", 0, 1);
  try {
    return await inOneView(db.kysely, (trx) =>
      planOf(trx, { live, proposed, inFlight, now: systemClock.now() }, (done, leads) =>
        progress.at(done / Math.max(1, leads)),
      ),
    );
  } finally {
    progress.end();
  }
}

/** A database of somebody else's may be another version: it is not migrated. @throws InputError */
async function openToLook(url: string): Promise<Database> {
  const path = url.startsWith("sqlite:") ? url.slice("sqlite:".length).replace(/^\/\/(?=\/)/, "") : null;
  if (path !== null && !existsSync(path)) throw nothingApplied();
  const db = await openDatabase(url, { readonly: true });
  try {
    const pending = await pendingMigrations(db.kysely);
    if (pending.length > 0) {
      throw new InputError("the database has another version: run `kindling migrate` first");
    }
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}

function sayNothingChanges({ apply }: Applied, { json: asJson }: Options): void {
  if (asJson) print(JSON.stringify({ identical: true, version: apply.version }, null, 2));
  else
    print(
      `Nothing would change: version ${short(apply.version)}, live since ${whenUtc(apply.at)}, is the same.`,
    );
}

function json({ applied, proposed, files, pages, plan, held }: Told): string {
  const { at, leads, inFlight, ...counted } = plan;
  return JSON.stringify(
    {
      identical: false,
      at: formatInstant(at),
      days: PLAN_DAYS,
      live: applied.apply.version,
      proposed: proposed.programme.hash,
      in_flight: inFlight,
      leads,
      held,
      files,
      templates: pages,
      ...snake(counted),
      assumed: ASSUMED,
    },
    null,
    2,
  );
}

/** Keys as the API writes them. */
function snake(value: object): object {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner !== "object" || inner === null || Array.isArray(inner)
      ? inner
      : Object.fromEntries(
          Object.entries(inner).map(([key, of]) => [
            key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
            of,
          ]),
        ),
  );
  return JSON.parse(text) as object;
}

function words({ applied: { apply }, files, pages, plan, held }: Told): string {
  const lines = [
    `What differs from version ${short(apply.version)}, live since ${whenUtc(apply.at)}:`,
    ...changeLines(files),
    "",
    ...planWords(plan),
  ];
  if (pages.length > 0) {
    lines.push("Mails that differ, before and after");
    for (const { template, locale, change, page } of pages) {
      lines.push(`  ${template}${locale === null ? "" : ` (${locale})`}, ${change}: ${page}`);
    }
    lines.push("");
  }
  if (held) lines.push("All mail is on hold: none of these leaves before `kindling release`.");
  return [...lines, ASSUMED, "Nothing is changed yet: `kindling apply` does it."].join("\n");
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
