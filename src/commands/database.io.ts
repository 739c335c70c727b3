import { readEnvironment } from "../config/environment.io.ts";
import { migrateToLatest } from "../db/migrate.store.ts";
import { openDatabase, type Database } from "../db/open.io.ts";

/** The environment's database, up to date, for as long as the work takes. */
export async function withDatabase(work: (db: Database) => Promise<void>): Promise<void> {
  const db = await openDatabase(readEnvironment().databaseUrl, { patient: true });
  try {
    await migrateToLatest(db.kysely);
    await work(db);
  } finally {
    await db.close();
  }
}
