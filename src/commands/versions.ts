import type { Command } from "commander";
import { readEnvironment } from "../config/environment.io.ts";
import { InputError } from "../config/problems.ts";
import { suggest } from "../config/nearest.ts";
import { prepareSchema } from "../db/migrate.store.ts";
import { openDatabase } from "../db/open.io.ts";
import type { Db } from "../db/tables.ts";
import { formatInstant } from "../instant.ts";
import { changedFiles, lineDiff, withContext, type ChangedFile } from "../programme/changed-files.ts";
import { allApplies, appliedFiles, filesOf, type Apply } from "../programme/versions.store.ts";
import { findVersion, nothingApplied, short, whenUtc } from "./version-words.ts";

/** `kindling versions` and `kindling show`. */
export function versionCommands(program: Command): void {
  program
    .command("versions")
    .description("what was live when, newest first: who applied it, and why")
    .option("--json", "print them as JSON")
    .action((options: { readonly json?: boolean }) => withDatabase((db) => list(db, options)));
  program
    .command("show")
    .description("the files of a version, or one of them")
    .argument("<version>", "how its hash begins, or: live")
    .argument("[file]", "like config/kindling.yaml; left out: which there are")
    .option("--diff", "what differs from what is live")
    .option("--json", "print the files as JSON, by path")
    .action((version: string, file: string | undefined, options: ShowOptions) =>
      withDatabase((db) => show(db, version, file, options)),
    );
}

interface ShowOptions {
  readonly diff?: boolean;
  readonly json?: boolean;
}

async function withDatabase(use: (db: Db) => Promise<string>): Promise<void> {
  const db = await openDatabase(readEnvironment().databaseUrl, { patient: true });
  try {
    await prepareSchema(db);
    process.stdout.write(`${await use(db.kysely)}\n`);
  } finally {
    await db.close();
  }
}

async function list(db: Db, { json }: { readonly json?: boolean }): Promise<string> {
  const applies = await allApplies(db);
  if (json) return JSON.stringify(applies.map(toJson), null, 2);
  if (applies.length === 0) return "Nothing was applied yet.";
  return applies.map((apply, place) => line(apply, place === 0)).join("\n");
}

function line({ version, at, kind, author, message, inFlight }: Apply, live: boolean): string {
  const how = [kind, ...(inFlight === "migrate" ? [] : [`--in-flight ${inFlight}`])].join(" ");
  const why = message === "" ? "" : `  ${message}`;
  return `${short(version)}  ${whenUtc(at)}  ${live ? "live" : "    "}  ${how} by ${author}${why}`;
}

function toJson(apply: Apply, place: number): unknown {
  const { version, at, kind, author, message, inFlight, enrolExisting } = apply;
  const how = { kind, author, message, in_flight: inFlight, enrol_existing: enrolExisting };
  return { version, live: place === 0, at: formatInstant(at), ...how };
}

async function show(db: Db, asked: string, file: string | undefined, options: ShowOptions): Promise<string> {
  const live = await appliedFiles(db);
  if (live === null) throw nothingApplied();
  const files = (await filesOf(db, await findVersion(db, asked)))!;
  if (file !== undefined && !files.has(file) && !(options.diff && live.has(file))) {
    const near = suggest(file, [...files.keys()]);
    throw new InputError(`FILE: version ${asked} has no ${file}${near === undefined ? "" : ` (${near})`}`);
  }
  const mine = (changes: readonly ChangedFile[]) =>
    changes.filter(({ path }) => file === undefined || path === file);
  if (options.diff) {
    // What differs now from what was then reads as what has changed since.
    const changed = mine(changedFiles(files, live));
    if (options.json) return JSON.stringify(changed, null, 2);
    if (changed.length === 0) return "Nothing differs from what is live.";
    return changed.map(({ path }) => diffOf(path, files.get(path), live.get(path))).join("\n");
  }
  if (options.json) {
    const wanted = [...files].filter(([path]) => file === undefined || path === file);
    return JSON.stringify(Object.fromEntries(wanted), null, 2);
  }
  if (file !== undefined) return files.get(file)!.replace(/\n$/, "");
  return [...files.keys()].sort().join("\n");
}

function diffOf(path: string, then: string | undefined, now: string | undefined): string {
  const lines = withContext(lineDiff(then ?? "", now ?? "")).map(
    (line) => line && `${line.sign}${line.text}`,
  );
  return [
    `--- ${then === undefined ? "nothing" : path}`,
    `+++ ${now === undefined ? "nothing" : `${path} (live)`}`,
    ...lines.map((line) => line ?? "…"),
  ].join("\n");
}
