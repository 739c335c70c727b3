import type { Command } from "commander";
import { readEnvironment } from "../config/environment.io.ts";
import { migrateToLatest } from "../db/migrate.store.ts";
import { openDatabase } from "../db/open.io.ts";
import { setHold } from "../email/hold.store.ts";

/** `kindling hold` and `kindling release`: running processes heed them with their next mail. */
export function holdCommands(program: Command): void {
  program
    .command("hold")
    .description("stop all mail at once; what is due waits")
    .action(() => turn(true, "All mail is on hold. `kindling release` lets it go again.\n"));
  program
    .command("release")
    .description("let mail go again")
    .action(() => turn(false, "Mail goes out again.\n"));
}

async function turn(on: boolean, said: string): Promise<void> {
  const db = await openDatabase(readEnvironment().databaseUrl, { patient: true });
  try {
    await migrateToLatest(db.kysely);
    await setHold(db.kysely, on);
    process.stdout.write(said);
  } finally {
    await db.close();
  }
}
