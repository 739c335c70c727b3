import { Migrator } from "kysely/migration";
import { migrations } from "../../migrations/index.ts";
import { InputError } from "../config/problems.ts";
import type { Database } from "./open.io.ts";
import type { Db } from "./tables.ts";

/** Runs what is pending, in order, and names it. All or nothing: a failure leaves the schema as it was. */
export async function migrateToLatest(db: Db): Promise<string[]> {
  const { error, results = [] } = await migrator(db).migrateToLatest();
  if (error) throw error;
  return results.map((result) => result.migrationName);
}

/** The names of the migrations that this database still lacks; changes nothing. */
export async function pendingMigrations(db: Db): Promise<string[]> {
  const known = await migrator(db).getMigrations();
  return known.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name);
}

/**
 * For a process beside servers: makes the schema where there is none, and on SQLite brings it up to date; a PostgreSQL
 * that others serve is left alone. @throws InputError where `kindling migrate` has to come first
 */
export async function prepareSchema(db: Pick<Database, "kind" | "kysely">): Promise<void> {
  const pending = await pendingMigrations(db.kysely);
  if (db.kind === "sqlite" || pending.length === Object.keys(migrations).length) {
    await migrateToLatest(db.kysely);
  } else if (pending.length > 0) {
    throw new InputError("the database has another version: run `kindling migrate` first");
  }
}

function migrator(db: Db): Migrator {
  return new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
}
