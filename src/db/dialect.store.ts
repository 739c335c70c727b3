import { CompiledQuery, PostgresAdapter, sql, type RawBuilder, type SelectQueryBuilder } from "kysely";
import { directly } from "./direct.io.ts";
import type { Db, Tables } from "./tables.ts";

/** The one place that knows how the two databases differ; `batch.store.ts` builds on `isPostgres` too. */
export function isPostgres(db: Db): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** Asked in every unit that lives leads on: not compiled anew each time. */
const COUNT_UP = "update counters set value = value + ? where name = ? returning value";

export type Counter = "lead" | "event" | "enrolment" | "message" | "notice";

/**
 * `n` new ascending numbers, never given before or again. On PostgreSQL they may have gaps, and a unit that committed
 * later may hold smaller ones.
 */
export async function allocate(db: Db, counter: Counter, n: number): Promise<number[]> {
  if (n === 0) return [];
  if (isPostgres(db)) {
    const { rows } = await sql<{ id: number }>`
      select nextval(${`kindling_${counter}_seq`}::regclass) as id from generate_series(1, ${n}::int)`.execute(
      db,
    );
    return rows.map((row) => row.id);
  }
  const native = directly(db)?.(COUNT_UP);
  const [row] = native
    ? (native.all([n, counter]) as { value: number }[])
    : (await db.executeQuery<{ value: number }>(CompiledQuery.raw(COUNT_UP, [n, counter]))).rows;
  const first = row!.value - n + 1;
  return Array.from({ length: n }, (_, index) => first + index);
}

/**
 * Locks these leads until the transaction ends and says which it got, ascending; a lead that another process works on
 * is left out, or with `wait` waited for. Read their state only afterwards: joined into this select it would be stale.
 * `NO KEY`, so that rows which refer to a locked one can still be inserted elsewhere.
 */
export async function lockLeads(
  db: Db,
  ids: readonly number[],
  { wait = false }: { wait?: boolean } = {},
): Promise<number[]> {
  const ascending = [...new Set(ids)].sort((a, b) => a - b);
  // A unit of SQLite holds the whole database already.
  if (!isPostgres(db)) return ascending;
  // Whoever waits does so in the order of ids, so that no two wait for each other.
  const { rows } = await sql<{ lead_id: number }>`
    select lead_id from lead_state where lead_id = any(${ascending}) order by lead_id
    for no key update ${wait ? sql`` : sql`skip locked`}`.execute(db);
  return rows.map((row) => row.lead_id);
}

/** Adds `for no key update skip locked` to a select on PostgreSQL, for rows that several processes claim. */
export function skipLocked<T extends keyof Tables, O>(
  db: Db,
  query: SelectQueryBuilder<Tables, T, O>,
): SelectQueryBuilder<Tables, T, O> {
  return isPostgres(db) ? query.forNoKeyUpdate().skipLocked() : query;
}

/** The text under a key of a JSON object in a column; null where there is none. `key` has letters, digits and `_ .-`. */
export function jsonText(db: Db, column: string, key: string): RawBuilder<string | null> {
  return isPostgres(db)
    ? sql`(${sql.ref(column)}::json ->> ${key})`
    : sql`json_extract(${sql.ref(column)}, ${`$."${key}"`})`;
}

/** A text that compares byte by byte, not by the rules of a language. */
export function inBytes<T>(db: Db, text: RawBuilder<T>): RawBuilder<T> {
  return isPostgres(db) ? sql`(${text}) collate "C"` : text;
}
