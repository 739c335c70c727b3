import type { Command } from "commander";
import { stopwatch, systemClock } from "../clock.ts";
import { readEnvironment, type Environment } from "../config/environment.io.ts";
import { InputError } from "../config/problems.ts";
import { secretFile } from "../config/secret.io.ts";
import { backUp } from "../db/backup.io.ts";
import { openDatabase, sqlitePath } from "../db/open.io.ts";
import { prepareSchema } from "../db/migrate.store.ts";
import { markBackup } from "../email/doubt.store.ts";
import { formatInstant, SECOND } from "../instant.ts";
import { progressLine } from "./progress.io.ts";

interface Options {
  readonly force?: boolean;
  readonly restored?: boolean;
  readonly json?: boolean;
}

export function backupCommand(program: Command): void {
  program
    .command("backup")
    .description("copy the database to a file, while a server runs too; a restored copy sends nothing twice")
    .argument("[file]", "where to; it must not be there yet")
    .option("--force", "put it in the place of a file that is there")
    .option(
      "--restored",
      "instead: say that the database was restored by other means (pg_restore, a snapshot)",
    )
    .option("--json", "print what was done as JSON")
    .addHelpText(
      "after",
      "\nSQLite only; PostgreSQL is backed up by pg_dump. To restore: stop the server, put the file where DATABASE_URL" +
        "\npoints, remove FILE-wal and FILE-shm of the old one, start. What was due before that start is in doubt, not" +
        "\nsent again: GET /api/messages?state=in_doubt lists it.",
    )
    .action(run);
}

async function run(file: string | undefined, options: Options): Promise<void> {
  const environment = readEnvironment();
  if (options.restored) {
    if (file !== undefined) throw new InputError("--restored is about the database itself: name no FILE");
    return sayRestored(environment.databaseUrl, options);
  }
  if (!environment.databaseUrl.startsWith("sqlite:")) throw otherMeans(file);
  if (file === undefined)
    throw new InputError("name the FILE to write, like: kindling backup kindling-backup.db");
  await copy(environment, file, options);
}

/** For a database that somebody else put back: the next start knows that it is an earlier state. */
async function sayRestored(url: string, { json }: Options): Promise<void> {
  const db = await openDatabase(url, { patient: true });
  try {
    await prepareSchema(db);
    await markBackup(db.kysely, systemClock.now());
  } finally {
    await db.close();
  }
  const said = "The next start will know: what was due before it is in doubt, not sent again.";
  process.stdout.write(`${json ? JSON.stringify({ restored: true }) : said}\n`);
}

function otherMeans(file: string | undefined): InputError {
  const dump = `pg_dump --format=custom --file=${file ?? "FILE"} "$DATABASE_URL"`;
  return new InputError(
    `PostgreSQL is backed up by its own tools: ${dump}. After pg_restore, and before anything starts, run \`kindling backup --restored\`, so that nothing is sent twice`,
  );
}

async function copy(environment: Environment, file: string, { force = false, json }: Options): Promise<void> {
  const took = stopwatch();
  const at = systemClock.now();
  const bar = progressLine("copying", 0, 1);
  let bytes;
  try {
    bytes = await backUp(sqlitePath(environment.databaseUrl), file, {
      force,
      mark: (db) => markBackup(db, at),
      heard: (written, expected) => bar.at(expected === 0 ? 0 : Math.min(1, written / expected)),
    });
  } finally {
    bar.end();
  }
  const seconds = took() / SECOND;
  const secret = environment.secrets.length > 0 ? "KINDLING_SECRET" : secretFile(environment.databaseUrl);
  if (json) {
    const done = { file, bytes, seconds, at: formatInstant(at), holds_secret: false, secret };
    return void process.stdout.write(`${JSON.stringify(done)}\n`);
  }
  process.stdout.write(
    [
      `${file}: ${sizeOf(bytes)} in ${seconds.toFixed(1)} s, checked.`,
      `  secret    not in it: save ${secret} too, in another place`,
      "  save too  config/ and templates/, and the keys that they name",
      "  restored  the next start notices: what was due before it is in doubt, not sent again",
      "",
    ].join("\n"),
  );
}

function sizeOf(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
