import type { Command } from "commander";
import { openApp, type App } from "../app.ts";
import { describePlan, parseMap } from "../lifecycle/import-columns.ts";
import {
  importFile,
  type ImportCounts,
  type ImportOptions,
  type ImportReport,
} from "../lifecycle/import.run.ts";
import { openTable } from "../lifecycle/import-table.io.ts";
import { appliedFiles } from "../programme/versions.store.ts";
import { readProgrammeFiles } from "../programme/files.io.ts";
import { importProgress } from "./import-progress.io.ts";

interface Options {
  readonly config: string;
  readonly templates: string;
  readonly events?: boolean;
  readonly map?: readonly string[];
  readonly dryRun?: boolean;
  readonly live?: boolean;
  readonly bad?: string;
  readonly json?: boolean;
}

export function importCommand(program: Command): void {
  program
    .command("import")
    .description("bring in leads or events: CSV with a header, or JSON Lines")
    .argument("<file>", "comma, semicolon, tab or | between columns; or one JSON object a line")
    .option("--events", "the file has events (email, type, at, properties, …), not leads")
    .option(
      "--map <columns>",
      'which column is which attribute, where the header does not say: "COLUMN=NAME,OTHER=ignore"',
      oneMore,
    )
    .option("--dry-run", "say what would change, and change nothing")
    .option("--live", "let sequences, notices and deals react as if it all happened now")
    .option("--bad <file>", "where bad rows go, with line and reason (default: FILE.bad.csv)")
    .option("--json", "print the outcome as JSON")
    .option("--config <dir>", "the folder of kindling.yaml", "config")
    .option("--templates <dir>", "the folder of the templates", "templates")
    .addHelpText("after", HELP)
    .action(run);
}

/** An option that may be given several times. */
export function oneMore(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

const HELP = `
Columns are found by their header: email, the attributes of kindling.yaml and the built-in ones (first_name, country,
…), owner, stage, created_at, consent (yes, no or topics), confirmed (yes or when: proof under double opt-in) and
suppressed (Do Not Email, unsubscribed, …: no mail).
An empty cell changes nothing. Of several rows with one email the last counts. The same file again changes nothing.
Good rows go in even where others are bad; the exit status is 2 where none did, and nothing was changed.`;

async function run(file: string, options: Options): Promise<void> {
  const map = parseMap(options.map ?? []);
  // Before a database is made for a file that is not there.
  await openTable(file);
  const app = await openApp({
    config: options.config,
    templates: options.templates,
    apply: false,
    warn: (message, details) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
  });
  try {
    if (!options.json) await saySettingsDiffer(app, options.config);
    await runImport(
      app,
      {
        file,
        kind: options.events ? "events" : "leads",
        map,
        live: options.live ?? false,
        dryRun: options.dryRun ?? false,
        bad: options.bad ?? null,
      },
      options.json ?? false,
    );
  } finally {
    await app.close();
  }
}

/** Attributes that are declared but not applied yet are not known here. */
async function saySettingsDiffer({ db }: App, config: string): Promise<void> {
  const path = "config/kindling.yaml";
  const applied = (await appliedFiles(db.kysely))?.get(path);
  const here = (await readProgrammeFiles(config, "")).get(path);
  if (applied === undefined || here === undefined || applied === here) return;
  process.stderr.write(`${config}/kindling.yaml is not what is applied; \`kindling start\` applies it\n`);
}

/** Imports with progress on stderr and the outcome on stdout; also for `suppress import`. */
export async function runImport({ spine }: App, options: ImportOptions, json: boolean): Promise<void> {
  const progress = importProgress();
  const report = await importFile(spine, options, {
    reading: progress.reading,
    plan: (columns) => {
      progress.clear();
      progress.begin();
      if (!json) process.stdout.write(describePlan(columns));
    },
    progress: (counts, total) => progress.at(counts.rows, total, tell(counts, options.kind)),
  }).finally(progress.clear);
  const seconds = progress.seconds();
  if (json) process.stdout.write(`${JSON.stringify(asJson(report, options, seconds))}\n`);
  else {
    for (const { line, reason } of report.problems)
      process.stderr.write(`${options.file}:${line}: ${reason}\n`);
    process.stdout.write(summary(report, options, seconds));
  }
  if (report.bad > 0 && report.bad === report.rows) process.exitCode = 2;
}

function tell(counts: ImportCounts, kind: ImportOptions["kind"]): string {
  const { created, changed, unchanged, recorded, bad } = counts;
  const parts: readonly [number, string][] =
    kind === "leads"
      ? [
          [created, "created"],
          [changed, "changed"],
          [unchanged, "unchanged"],
        ]
      : kind === "events"
        ? [
            [recorded, "recorded"],
            [unchanged, "known already"],
            [created, "new leads"],
          ]
        : [
            [created, "suppressed"],
            [unchanged, "known already"],
          ];
  return [...parts, [bad, "bad"] as const]
    .map(([count, word]) => `${count.toLocaleString("en")} ${word}`)
    .join(", ");
}

function summary(report: ImportReport, { file, dryRun, kind }: ImportOptions, seconds: number): string {
  const rows = `${report.rows.toLocaleString("en")} ${report.rows === 1 ? "row" : "rows"}`;
  const lines = [`${file}: ${rows} in ${seconds.toFixed(1)} s: ${tell(report, kind)}`];
  if (report.badFile !== null)
    lines.push(`The bad ones are in ${report.badFile}, each with its line and reason.`);
  if (dryRun) lines.push("A dry run: nothing was changed.");
  return `${lines.join("\n")}\n`;
}

function asJson(report: ImportReport, { file, kind, dryRun, live }: ImportOptions, seconds: number) {
  const { rows, created, changed, unchanged, recorded, bad } = report;
  const counts = {
    leads: { created, changed, unchanged },
    events: { recorded, duplicates: unchanged, created },
    suppressions: { created, unchanged },
  }[kind];
  return {
    file,
    kind,
    dry_run: dryRun,
    live,
    columns: report.columns,
    rows,
    ...counts,
    bad,
    bad_file: report.badFile,
    problems: report.problems,
    seconds: Math.round(seconds * 1000) / 1000,
  };
}
