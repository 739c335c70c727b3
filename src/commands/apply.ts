import { createInterface } from "node:readline/promises";
import { Option, type Command } from "commander";
import { systemClock } from "../clock.ts";
import { readEnvironment } from "../config/environment.io.ts";
import { formatProblem } from "../config/problems.ts";
import { osUser } from "../config/user.io.ts";
import { prepareSchema } from "../db/migrate.store.ts";
import { openDatabase } from "../db/open.io.ts";
import { applyAndAnnounce, type Applying, type Outcome } from "../lifecycle/apply.run.ts";
import { changedFiles, type ChangedFile } from "../programme/changed-files.ts";
import { openWorkable } from "../programme/files.io.ts";
import type { InFlight, Programme } from "../programme/programme.ts";
import { appliedFiles, lastApply, type ApplyKind } from "../programme/versions.store.ts";
import { changeLines, short, whenUtc } from "./version-words.ts";

interface Options extends ApplyFlags {
  readonly config: string;
  readonly templates: string;
}

/** What `apply` and `rollback` have in common. */
export interface ApplyFlags {
  readonly message?: string;
  readonly author?: string;
  readonly inFlight: InFlight;
  readonly enrolExisting?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function applyCommand(program: Command): void {
  const command = program
    .command("apply")
    .description("make config/ and templates/ live; running processes follow within seconds")
    .option("--config <dir>", "the folder of kindling.yaml", "config")
    .option("--templates <dir>", "the folder of the templates", "templates");
  withFlags(command)
    .addHelpText(
      "after",
      "\nEvery mistake is said at once, and then nothing is changed. `kindling plan` shows what an apply would do to the" +
        "\nleads; `kindling rollback` takes it back.",
    )
    .action(run);
}

/** The flags of everything that makes another version live. */
export function withFlags(command: Command): Command {
  return command
    .option("--message <text>", "why, for reps, marketers and the log")
    .option("--author <name>", "who (default: the user of this system)")
    .addOption(
      new Option(
        "--in-flight <policy>",
        "those in a sequence that changes go on in the new version, keep the one that they began, or exit",
      )
        .choices(["migrate", "keep", "exit"])
        .default("migrate"),
    )
    .option("--enrol-existing", "let those enter who meet an entry of a new or changed sequence already")
    .option("--yes", "don't ask")
    .option("--json", "print the outcome as JSON");
}

async function run(options: Options): Promise<void> {
  const { programme, files, warnings } = await openWorkable(options.config, options.templates);
  for (const warning of warnings) process.stderr.write(`${formatProblem(warning)}\n`);
  const { databaseUrl, baseUrl } = readEnvironment();
  const db = await openDatabase(databaseUrl, { patient: true });
  try {
    await prepareSchema(db);
    await makeLive({ db, clock: systemClock, baseUrl }, programme, files, "apply", options);
  } finally {
    await db.close();
  }
}

/** Says what differs, asks where a person is there to answer, applies, and says what came of it. */
export async function makeLive(
  applying: Applying,
  programme: Programme,
  files: ReadonlyMap<string, string>,
  kind: ApplyKind,
  flags: ApplyFlags,
): Promise<void> {
  const { kysely } = applying.db;
  const before = await appliedFiles(kysely);
  const changed = changedFiles(before ?? new Map(), files);
  if (before !== null && changed.length === 0) {
    const live = (await lastApply(kysely))!;
    if (flags.json) return print(json(null, live.version, []));
    return print(`Version ${short(live.version)} is live already, since ${whenUtc(live.at)}. Nothing to do.`);
  }
  if (!flags.json && before !== null) {
    print([`What differs from what is live:`, ...changeLines(changed)].join("\n"));
    if (kind === "apply") print("`kindling plan` shows what this does to the leads.");
  }
  if (!(await agreed(flags))) return print("Nothing was changed.");
  const outcome = await applyAndAnnounce(applying, programme, files, {
    author: flags.author ?? osUser(),
    message: flags.message ?? "",
    at: applying.clock.now(),
    kind,
    inFlight: flags.inFlight,
    enrolExisting: flags.enrolExisting ?? false,
  });
  if (flags.json) return print(json(outcome, programme.hash, changed));
  print(words(programme.hash, outcome));
}

/** Only a person at a terminal is asked; scripts say what they mean. */
async function agreed({ yes, json }: ApplyFlags): Promise<boolean> {
  if (yes || json || !process.stdin.isTTY || !process.stdout.isTTY) return true;
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await lines.question("Make it live? [y/N] ")).trim());
  } finally {
    lines.close();
  }
}

function words(version: string, outcome: Outcome | null): string {
  if (outcome === null) return `Version ${short(version)} is live: somebody else was faster.`;
  const told =
    outcome.told === 0 ? "" : ` ${outcome.told} ${outcome.told === 1 ? "person is" : "people are"} told.`;
  return `Version ${short(version)} is live; running processes follow within seconds.${told}`;
}

function json(outcome: Outcome | null, version: string, files: readonly ChangedFile[]): string {
  const { kind = null, inFlight = null, enrolExisting = [] } = outcome?.apply ?? {};
  const said = {
    version,
    applied: outcome !== null,
    kind,
    in_flight: inFlight,
    enrol_existing: enrolExisting,
  };
  return JSON.stringify({ ...said, files, told: outcome?.told ?? 0 }, null, 2);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
