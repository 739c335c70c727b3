import type { Command } from "commander";
import { readEnvironment } from "../config/environment.io.ts";
import { migrateToLatest } from "../db/migrate.store.ts";
import { openDatabase } from "../db/open.io.ts";

export function migrateCommand(program: Command): void {
  program
    .command("migrate")
    .description("bring the database (DATABASE_URL) to this version's schema; all or nothing")
    .action(async () => {
      const db = await openDatabase(readEnvironment().databaseUrl, { patient: true });
      try {
        const done = await migrateToLatest(db.kysely);
        process.stdout.write(
          done.length === 0 ? "Nothing to do: the schema is up to date.\n" : `Migrated: ${done.join(", ")}\n`,
        );
      } finally {
        await db.close();
      }
    });
}
