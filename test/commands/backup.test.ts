import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Native from "better-sqlite3";
import { expect, test } from "vitest";
import { backUp } from "../../src/db/backup.io.ts";
import { migrateToLatest } from "../../src/db/migrate.store.ts";
import { openDatabase } from "../../src/db/open.io.ts";
import { ROOT } from "../docs.ts";
import { inFolder } from "./process.ts";

/** `kindling` as it is built, run in this folder. */
function kindling(cwd: string, options: readonly string[], variables: NodeJS.ProcessEnv = {}) {
  const env = { PATH: process.env["PATH"], ...variables };
  const ran = spawnSync(process.execPath, [join(ROOT, "bin/kindling.js"), ...options], {
    cwd,
    env,
    encoding: "utf8",
  });
  return { status: ran.status, out: ran.stdout, err: ran.stderr };
}

async function migrated(folder: string): Promise<void> {
  const db = await openDatabase(`sqlite:${join(folder, "data/kindling.db")}`);
  await migrateToLatest(db.kysely);
  await db.close();
}

function settings(file: string): Record<string, string> {
  const native = new Native(file, { readonly: true });
  const rows = native.prepare("select name, value from settings").all() as { name: string; value: string }[];
  native.close();
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

test("kindling backup writes one whole file, marked as a copy, says where the secret is, and overwrites nothing unasked", async () => {
  await inFolder(async (folder) => {
    await migrated(folder);
    const done = kindling(folder, ["backup", "copy.db"]);
    expect(done).toMatchObject({ status: 0, err: "" });
    expect(done.out).toMatch(
      /^copy\.db: \d+ kB in [\d.]+ s, checked\.\n {2}secret {4}not in it: save \.\/data\/kindling\.db\.secret too/,
    );
    expect(readdirSync(folder).sort()).toEqual(["copy.db", "data"]);
    expect(settings(join(folder, "copy.db"))).toHaveProperty("backup_at");
    expect(settings(join(folder, "data/kindling.db"))).not.toHaveProperty("backup_at");

    expect(kindling(folder, ["backup", "copy.db"])).toMatchObject({
      status: 2,
      err: "copy.db is there already; --force puts this backup in its place\n",
    });
    const forced = kindling(folder, ["backup", "copy.db", "--force", "--json"], {
      KINDLING_SECRET: "sixteen characters",
    });
    expect(JSON.parse(forced.out)).toMatchObject({
      file: "copy.db",
      holds_secret: false,
      secret: "KINDLING_SECRET",
    });

    // What can't be done is refused, and nothing is left behind.
    const own = join(folder, "data/kindling.db");
    mkdirSync(join(folder, "backups"));
    writeFileSync(join(folder, "empty.db"), "");
    for (const [from, to, why] of [
      [join(folder, "none.db"), "backups/copy.db", /there is no database/],
      [own, "data/kindling.db", /is the database itself/],
      [own, "backups", /is a folder/],
      [own, "nowhere/copy.db", /there is no folder/],
      [join(folder, "empty.db"), "backups/copy.db", /is no database of Kindling's/],
    ] as const) {
      const options = { force: true, mark: () => Promise.resolve(), heard: () => {} };
      await expect(backUp(from, join(folder, to), options)).rejects.toThrow(why);
    }
    expect(readdirSync(join(folder, "backups"))).toEqual([]);
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
  });
});

test("with PostgreSQL kindling backup says how pg_dump does it, and --restored marks what was put back by other means", async () => {
  await inFolder(async (folder) => {
    const postgres = { DATABASE_URL: "postgres://kindling@db.example/kindling" };
    const said = kindling(folder, ["backup", "copy.dump"], postgres);
    expect(said).toMatchObject({ status: 2, out: "" });
    expect(said.err).toContain('pg_dump --format=custom --file=copy.dump "$DATABASE_URL"');
    expect(said.err).toContain("kindling backup --restored");
    await migrated(folder);
    expect(kindling(folder, ["backup", "--restored"])).toMatchObject({ status: 0, err: "" });
    expect(settings(join(folder, "data/kindling.db"))).toHaveProperty("backup_at");
  });
});
