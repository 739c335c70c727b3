import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { readEnvironment } from "../config/environment.io.ts";
import { InputError } from "../config/problems.ts";
import { prepareSchema } from "../db/migrate.store.ts";
import { openDatabase } from "../db/open.io.ts";
import type { Db } from "../db/tables.ts";
import { loadProgramme } from "../programme/load.ts";
import { allApplies, filesOf } from "../programme/versions.store.ts";
import { makeLive, withFlags, type ApplyFlags } from "./apply.ts";
import { findVersion, nothingApplied, short } from "./version-words.ts";

export function rollbackCommand(program: Command): void {
  const command = program
    .command("rollback")
    .description(
      "make an earlier version live again, from the database; config/ and templates/ stay as they are",
    )
    .argument("[version]", "how its hash begins (default: what was live before)");
  withFlags(command).action(run);
}

async function run(asked: string | undefined, flags: ApplyFlags): Promise<void> {
  const { databaseUrl, baseUrl } = readEnvironment();
  const db = await openDatabase(databaseUrl, { patient: true });
  try {
    await prepareSchema(db);
    const version =
      asked === undefined ? await versionBefore(db.kysely) : await findVersion(db.kysely, asked);
    const files = (await filesOf(db.kysely, version))!;
    const loaded = await loadProgramme(files);
    if ("problems" in loaded) {
      throw new InputError(
        loaded.problems.map((problem) => ({ ...problem, file: `${short(version)} ${problem.file}` })),
      );
    }
    const message = flags.message ?? `Back to version ${short(version)}`;
    await makeLive({ db, clock: systemClock, baseUrl }, loaded.programme, files, "rollback", {
      ...flags,
      message,
    });
  } finally {
    await db.close();
  }
}

async function versionBefore(db: Db): Promise<string> {
  const [live, before] = await allApplies(db);
  if (!live) throw nothingApplied();
  if (!before)
    throw new InputError(`version ${short(live.version)} is the first one: there is none before it`);
  return before.version;
}
