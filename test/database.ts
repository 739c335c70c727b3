import { randomBytes } from "node:crypto";
import { copyFileSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import pg from "pg";
import { afterAll, afterEach, beforeEach, describe, inject } from "vitest";
import { openDatabase, type Database } from "../src/db/open.io.ts";
import type { Db, Table } from "../src/db/tables.ts";

export interface TestDatabases {
  readonly kind: Database["kind"];
  /**
   * A fresh, migrated database, or one more connection to that of `other`. Closed by itself: after the test that
   * opened it, or with the suite where a `beforeAll` did.
   */
  readonly open: (other?: Database) => Promise<Database>;
  /** What `openDatabase` was given for it, for another process. */
  readonly url: (database: Database) => string;
}

/** Runs the suite twice: over SQLite in a file and over a real PostgreSQL. */
export function forEachDatabase(
  name: string,
  suite: (open: TestDatabases["open"], databases: TestDatabases) => void,
): void {
  const server = inject("postgresUrl");
  describe(`${name} (SQLite)`, () => {
    run("sqlite", newSqliteFile);
  });
  describe.skipIf(server === null)(`${name} (PostgreSQL)`, () => {
    run("postgres", () => newPostgres(server!));
  });

  function run(kind: Database["kind"], create: () => Promise<string>): void {
    const urls = new WeakMap<Database, string>();
    const ofSuite: Database[] = [];
    let opened = ofSuite;
    beforeEach(() => {
      opened = [];
    });
    afterEach(async () => {
      for (const database of opened) await database.close();
      opened = ofSuite;
    });
    afterAll(async () => {
      for (const database of ofSuite) await database.close();
    });

    const url = (database: Database) => urls.get(database)!;
    const open = async (other?: Database) => {
      const to = other ? url(other) : await create();
      const database = await openDatabase(to);
      urls.set(database, to);
      opened.push(database);
      return database;
    };
    suite(open, { kind, open, url });
  }
}

/** From now on PostgreSQL breaks the connection of whoever inserts into this table; returns what ends that. */
export async function breaking(db: Db, table: Table): Promise<() => Promise<unknown>> {
  await sql`
    create function break_off() returns trigger language plpgsql as
    $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$`.execute(db);
  await sql`
    create trigger break_off before insert on ${sql.table(table)} for each row execute function break_off()`.execute(
    db,
  );
  return () => sql`drop function break_off cascade`.execute(db);
}

/** A folder of its own, empty; all go when the tests end. */
export function temporaryFolder(): string {
  return mkdtempSync(join(inject("folder"), "of-"));
}

function newSqliteFile(): Promise<string> {
  const path = join(inject("folder"), `${unique()}.db`);
  copyFileSync(join(inject("folder"), "migrated.db"), path);
  return Promise.resolve(`sqlite:${path}`);
}

/** The server's `template1` is migrated (test/setup.ts), and so is what is made from it. */
async function newPostgres(server: string): Promise<string> {
  const name = `test_${unique()}`;
  const client = new pg.Client(server);
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return server.replace(/postgres$/, name);
}

function unique(): string {
  return randomBytes(6).toString("hex");
}
