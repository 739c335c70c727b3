import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import Native from "better-sqlite3";
import { sql } from "kysely";
import { describe, expect, inject, test } from "vitest";
import { InputError } from "../../src/config/problems.ts";
import { migrateToLatest } from "../../src/db/migrate.store.ts";
import { openDatabase, type Database } from "../../src/db/open.io.ts";
import { forEachDatabase, temporaryFolder } from "../database.ts";

const SETTING = { name: "a", value: "0" };

/** Reads, then writes: what loses counts wherever two units overlap unlocked. */
async function countUp(database: Database): Promise<void> {
  await database.unit(async (trx) => {
    const select = trx.selectFrom("settings").select("value").where("name", "=", "a");
    const locked = database.kind === "postgres" ? select.forNoKeyUpdate() : select;
    const { value } = await locked.executeTakeFirstOrThrow();
    const next = String(Number(value) + 1);
    await trx.updateTable("settings").set({ value: next }).where("name", "=", "a").execute();
  });
}

async function refusal(url: string): Promise<string> {
  const failure = await openDatabase(url).then(
    (database) => database.close(),
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(InputError);
  return (failure as InputError).message;
}

forEachDatabase("a database", (open, { kind, url }) => {
  test("counts every one of 100 units that start side by side", async () => {
    const database = await open();
    await database.kysely.insertInto("settings").values(SETTING).execute();
    await Promise.all(Array.from({ length: 100 }, () => countUp(database)));
    const found = await database.kysely.selectFrom("settings").select("value").executeTakeFirstOrThrow();
    expect(found.value).toBe("100");
  });

  test("keeps nothing of a unit that fails, and works on", async () => {
    const database = await open();
    const failing = database.unit(async (trx) => {
      await trx.insertInto("settings").values(SETTING).execute();
      throw new Error("changed my mind");
    });
    await expect(failing).rejects.toThrow("changed my mind");
    expect(await database.kysely.selectFrom("settings").selectAll().execute()).toEqual([]);
    await database.unit((trx) => trx.insertInto("settings").values(SETTING).execute());
    expect(await database.kysely.selectFrom("settings").selectAll().execute()).toEqual([SETTING]);
  });

  // Lived through by separate processes in torture/cases/frozen-worker.ts.
  test.runIf(kind === "postgres")("keeps no locks of a process that freezes inside a unit", async () => {
    const database = await open();
    const found = await sql<{ ends: string }>`
      select current_setting('idle_in_transaction_session_timeout') as ends`.execute(database.kysely);
    expect(found.rows).toEqual([{ ends: "30s" }]);
  });

  test("says so at once where a unit reaches past its transaction, in place of waiting for ever", async () => {
    const database = await open();
    const past = /inside a unit use its transaction/;
    await expect(database.unit(() => database.unit(() => Promise.resolve()))).rejects.toThrow(past);
    const query = database.kysely.selectFrom("settings").selectAll();
    await expect(database.unit(() => query.execute())).rejects.toThrow(past);
    expect(await query.execute()).toEqual([]);
  });

  test("answers sums, counts and the largest safe integer as numbers", async () => {
    const { kysely } = await open();
    const at = Number.MAX_SAFE_INTEGER;
    await kysely.insertInto("reps").values({ rep: "maria", last_notified_at: at }).execute();
    const found = await kysely
      .selectFrom("reps")
      .select(({ fn }) => [
        "last_notified_at",
        fn.countAll<number>().as("n"),
        fn.sum<number>("last_notified_at").as("sum"),
      ])
      .groupBy("last_notified_at")
      .executeTakeFirstOrThrow();
    expect(found).toEqual({ last_notified_at: at, n: 1, sum: at });
  });

  test("closes after the units under way, and a second time does nothing", async () => {
    const database = await open();
    const written = database.unit((trx) => trx.insertInto("settings").values(SETTING).execute());
    await Promise.all([database.close(), database.close()]);
    await written;
    const again = await open(database);
    expect(await again.kysely.selectFrom("settings").selectAll().execute()).toEqual([SETTING]);
  });

  test("writes nothing where it was opened for reading", async () => {
    const reader = await openDatabase(url(await open()), { readonly: true });
    expect(await reader.kysely.selectFrom("settings").selectAll().execute()).toEqual([]);
    await expect(reader.unit((trx) => trx.selectFrom("settings").selectAll().execute())).resolves.toEqual([]);
    await expect(reader.kysely.insertInto("settings").values(SETTING).execute()).rejects.toThrow(
      /read-?only/,
    );
    await reader.close();
  });

  if (kind === "sqlite") return;

  test("gets two units through that lock the same rows crosswise", async () => {
    const database = await open();
    await database.kysely
      .insertInto("settings")
      .values([SETTING, { name: "b", value: "0" }])
      .execute();
    let arrived = 0;
    let letBoth = () => {};
    const bothHoldOne = new Promise<void>((resolve) => (letBoth = resolve));
    const crosswise = (names: string[]) =>
      database.unit(async (trx) => {
        for (const name of names) {
          await sql`update settings set value = (value::int + 1)::text where name = ${name}`.execute(trx);
          if (++arrived === 2) letBoth();
          await bothHoldOne;
        }
      });
    await Promise.all([crosswise(["a", "b"]), crosswise(["b", "a"])]);
    const found = await database.kysely.selectFrom("settings").select("value").execute();
    expect(found).toEqual([{ value: "2" }, { value: "2" }]);
  });

  test("outlives a server that ends its connections, also in the middle of a unit", async () => {
    const database = await open();
    const server = await open(database);
    const cutOff = database.unit(async (trx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
      const { pid } = rows[0]!;
      await sql`select pg_terminate_backend(${pid}::int, 5000)`.execute(server.kysely);
      // Between two statements: what the server says is heard by nobody's query.
      await sql`select 1`.execute(server.kysely);
      await trx.insertInto("settings").values(SETTING).execute();
    });
    await expect(cutOff).rejects.toThrow(/terminat|not queryable/);
    await database.unit((trx) => trx.insertInto("settings").values(SETTING).execute());
    expect(await database.kysely.selectFrom("settings").selectAll().execute()).toEqual([SETTING]);
  });
});

describe("opening a SQLite file", () => {
  const folder = temporaryFolder();
  const path = (name: string) => join(folder, name);

  test("makes its folder, and survives power cuts and the curious", async () => {
    const database = await openDatabase(`sqlite:${path("new/folder/kindling.db")}`);
    const pragma = (name: string) => database.raw!(`pragma ${name}`).pluck().get();
    expect(["journal_mode", "synchronous", "secure_delete", "foreign_keys"].map(pragma)).toEqual([
      "wal",
      2,
      1,
      1,
    ]);
    await database.close();
  });

  test("keeps one in memory apart from all others", async () => {
    const one = await openDatabase("sqlite::memory:");
    const other = await openDatabase("sqlite::memory:");
    await sql`create table a (b integer)`.execute(one.kysely);
    await expect(sql`select * from a`.execute(other.kysely)).rejects.toThrow("no such table");
    await one.close();
    await other.close();
  });

  test("lets a second process wait its turn at the start of a unit only", async () => {
    const url = `sqlite:${path("shared.db")}`;
    const ours = await openDatabase(url);
    await migrateToLatest(ours.kysely);
    const theirs = await openDatabase(url);
    let tried = () => {};
    const theyTried = new Promise<void>((resolve) => (tried = resolve));
    const holding = ours.unit(async (trx) => {
      await trx.selectFrom("settings").selectAll().execute();
      await theyTried;
      await trx.insertInto("settings").values(SETTING).execute();
    });
    let entered = false;
    const refused = theirs.unit(() => {
      entered = true;
      return Promise.resolve();
    });
    await expect(refused).rejects.toThrow(/database is locked/);
    expect(entered).toBe(false);
    tried();
    await holding;
    await countUp(theirs);
    expect(await ours.kysely.selectFrom("settings").selectAll().execute()).toEqual([
      { ...SETTING, value: "1" },
    ]);
    await ours.close();
    await theirs.close();
  });

  // A server can't: while it waits nobody else is answered.
  test("lets a command wait for its turn, however busy the server", async () => {
    const timeouts: unknown[] = [];
    for (const options of [{}, { serving: true }, { patient: true }]) {
      const database = await openDatabase(`sqlite:${path("busy.db")}`, options);
      timeouts.push(database.raw!("pragma busy_timeout").get());
      await database.close();
    }
    expect(timeouts).toEqual([{ timeout: 250 }, { timeout: 250 }, { timeout: 30_000 }]);
  });

  test("says what is wrong with a folder, another file, a damaged and a missing one", async () => {
    mkdirSync(path("folder.db"));
    expect(await refusal(`sqlite:${path("folder.db")}`)).toMatch(/folder\.db: it is a folder$/);
    writeFileSync(path("letter.db"), "Dear Sir or Madam, this is no database. ".repeat(100));
    expect(await refusal(`sqlite:${path("letter.db")}`)).toMatch(
      /letter\.db: the file is not a SQLite database$/,
    );
    const native = new Native(path("damaged.db"));
    native.exec("create table a (b)");
    const bytes = native.serialize();
    native.close();
    bytes.fill(0xee, 100, 4096);
    writeFileSync(path("damaged.db"), bytes);
    expect(await refusal(`sqlite:${path("damaged.db")}`)).toMatch(/the file is damaged; restore a backup$/);
    await expect(openDatabase(`sqlite:${path("missing.db")}`, { readonly: true })).rejects.toThrow(
      InputError,
    );
  });

  test("refuses an address that names no database", async () => {
    expect(await refusal("mysql://root:secret@localhost/a")).toBe(
      "DATABASE_URL must begin with sqlite: or postgres://",
    );
    expect(await refusal("sqlite:")).toMatch(/names no file/);
  });
});

describe("reaching PostgreSQL", () => {
  test("names host and port of a server that is not there, never the password", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address!.port : 0;
    await new Promise((resolve) => server.close(resolve));
    expect(await refusal(`postgres://me:secret@127.0.0.1:${port}/a`)).toBe(
      `cannot reach PostgreSQL at 127.0.0.1:${port}: nothing listens there`,
    );
    expect(await refusal("postgres://me:sec ret@local host:port/a")).not.toMatch(/sec/);
  });

  const server = inject("postgresUrl");
  test.skipIf(server === null)("says that a login was refused, or that the database is missing", async () => {
    const wrong = server!.replace(/:[0-9a-f]{32}@/, ":secret@");
    expect(await refusal(wrong)).toMatch(/password authentication failed for user "kindling"$/);
    expect(await refusal(wrong)).not.toMatch(/secret/);
    expect(await refusal(server!.replace(/postgres$/, "nowhere"))).toMatch(/"nowhere" does not exist$/);
  });
});
