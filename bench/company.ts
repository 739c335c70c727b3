import { openDatabase, type Database } from "../src/db/open.io.ts";
import { migrateToLatest } from "../src/db/migrate.store.ts";
import { virtualClock, type VirtualClock } from "../src/clock.ts";
import { tokenKeys, type TokenKeys } from "../src/email/token.ts";
import { parseInstant } from "../src/instant.ts";
import { suppressionKeys } from "../src/leads/suppression.ts";
import type { Spine } from "../src/lifecycle/spine.ts";
import { readProgrammeFiles } from "../src/programme/files.io.ts";
import { loadProgramme } from "../src/programme/load.ts";
import type { Programme } from "../src/programme/programme.ts";
import { applyVersion } from "../src/programme/versions.store.ts";

/** A Tuesday within everybody's business hours. */
export const NOON = parseInstant("2026-03-03T12:00:00Z")!;
export const BASE = "http://127.0.0.1:3000";

/** The shipped programme over a database of its own, on a clock that stands still. */
export interface Company {
  readonly db: Database;
  readonly spine: Spine;
  readonly clock: VirtualClock;
  readonly programme: Programme;
  readonly keys: TokenKeys;
}

export async function openCompany(databaseUrl: string): Promise<Company> {
  const { programme, files } = await shipped();
  const db = await openDatabase(databaseUrl);
  await migrateToLatest(db.kysely);
  await db.unit((trx) => applyVersion(trx, programme, files, { author: "bench", message: "", at: NOON }));
  const clock = virtualClock(NOON);
  const keys = tokenKeys(["a secret of the bench"]);
  const spine: Spine = {
    db,
    clock,
    programme: () => programme,
    suppressionKeys: suppressionKeys(["a secret of the bench"]),
    warn: (message, details) => console.error(message, details),
  };
  return { db, spine, clock, programme, keys };
}

/** As shipped, but for the rates: they are there to be slow. */
export async function shipped(): Promise<{ programme: Programme; files: Map<string, string> }> {
  const files = await readProgrammeFiles("config", "templates");
  const settings = files.get("config/kindling.yaml")!;
  files.set("config/kindling.yaml", settings.replace(/^ *rate:.*$/m, ""));
  const loaded = await loadProgramme(files);
  if ("problems" in loaded) throw new Error(`the shipped programme: ${JSON.stringify(loaded.problems)}`);
  return { programme: loaded.programme, files };
}
