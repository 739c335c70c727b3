import { expect, test } from "vitest";
import { migrations } from "../../migrations/index.ts";
import { migrateToLatest, pendingMigrations } from "../../src/db/migrate.store.ts";
import { openDatabase } from "../../src/db/open.io.ts";
import { COLUMNS } from "../../src/db/tables.ts";
import { forEachDatabase } from "../database.ts";

test("a new database lacks every migration, gets them in order, and then none", async () => {
  const database = await openDatabase("sqlite::memory:");
  const { kysely } = database;
  const names = Object.keys(migrations);
  expect(await pendingMigrations(kysely)).toEqual(names);
  expect(await migrateToLatest(kysely)).toEqual(names);
  expect(await pendingMigrations(kysely)).toEqual([]);
  expect(await migrateToLatest(kysely)).toEqual([]);
  await database.close();
});

forEachDatabase("the schema", (open, { kind }) => {
  test("has exactly the tables and columns that the code knows", async () => {
    const { kysely } = await open();
    const tables = await kysely.introspection.getTables();
    const found: Record<string, Record<string, string>> = {};
    for (const { name, columns } of tables) {
      found[name] = Object.fromEntries(columns.map((column) => [column.name, nullable(column.isNullable)]));
    }
    const known: typeof found = {};
    for (const [name, columns] of Object.entries(COLUMNS)) {
      const kinds = Object.entries(columns).map(([column, columnKind]) => [
        column,
        nullable(columnKind.endsWith("?")),
      ]);
      known[name] = Object.fromEntries(kinds);
    }
    expect(found).toMatchObject(known);
    for (const name of Object.keys(known))
      expect(Object.keys(found[name]!)).toEqual(Object.keys(known[name]!));
  });

  /** SQLite calls a primary key nullable, so only PostgreSQL tells. */
  function nullable(yes: boolean): string {
    return kind === "sqlite" ? "any" : yes ? "may be null" : "not null";
  }
});
