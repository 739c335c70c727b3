import type Native from "better-sqlite3";
import { CompiledQuery, sql, type QueryResult, type RawBuilder, type SqlBool } from "kysely";
import { directly } from "./direct.io.ts";
import { isPostgres } from "./dialect.store.ts";
import { Slot } from "./kept.store.ts";
import { COLUMNS, type ColumnKind, type Db, type Row, type Table } from "./tables.ts";

// Many rows travel as one array a column (PostgreSQL) or one JSON parameter (SQLite), so that a statement's text does
// not depend on their number and stays prepared. PostgreSQL takes such an insert twice as fast as multi-row values.
// Inside a unit of SQLite each row is a run of the same prepared statement, which beats taking JSON apart by far.

type ColumnOf<T extends Table> = keyof Row<T> & string;

/** What happens to a row whose key is there already; without it the insert fails. */
type Conflict<T extends Table> =
  | "nothing"
  | { readonly keys: readonly ColumnOf<T>[]; readonly update: readonly ColumnOf<T>[] };

interface InsertOptions<T extends Table, C extends ColumnOf<T>> {
  /** Those that the rows have; all columns of the table where left out. */
  readonly columns?: readonly C[];
  readonly onConflict?: Conflict<T>;
}

const ROWS_AT_ONCE = 4000;

/** Inserts the rows and says how many were written. With `update`, no two rows may have the same key. */
export async function insertMany<T extends Table, C extends ColumnOf<T> = ColumnOf<T>>(
  db: Db,
  table: T,
  rows: readonly Pick<Row<T>, NoInfer<C>>[],
  options: InsertOptions<T, C> = {},
): Promise<number> {
  if (rows.length === 0) return 0;
  const columns: readonly string[] = options.columns ?? Object.keys(COLUMNS[table]);
  const tail = conflictText(options.onConflict);
  const raw = directly(db);
  if (raw) return runEach(raw(rowInsertText(table, columns, tail)), table, columns, rows);
  const text = insertText(isPostgres(db), table, columns, tail);
  return countWritten(await runInChunks(db, text, table, columns, rows));
}

/** Inserts the rows whose key is new and answers with these columns of the ones written, in no order. */
export async function insertNew<T extends Table, R extends ColumnOf<T>, C extends ColumnOf<T> = ColumnOf<T>>(
  db: Db,
  table: T,
  rows: readonly Pick<Row<T>, NoInfer<C>>[],
  options: { readonly columns?: readonly C[]; readonly returning: readonly R[] },
): Promise<Pick<Row<T>, R>[]> {
  const columns: readonly string[] = options.columns ?? Object.keys(COLUMNS[table]);
  const tail = `${conflictText("nothing")} returning ${list(options.returning)}`;
  const text = insertText(isPostgres(db), table, columns, tail);
  const results = await runInChunks(db, text, table, columns, rows);
  return results.flatMap((result) => result.rows as Pick<Row<T>, R>[]);
}

/**
 * Sets `columns` of the rows that `keys` name, each to its own values, and says how many were found. No two rows may
 * have the same key; a null key finds nothing.
 */
export async function updateMany<T extends Table, K extends ColumnOf<T>, C extends ColumnOf<T>>(
  db: Db,
  table: T,
  keys: readonly K[],
  columns: readonly C[],
  rows: readonly Pick<Row<T>, NoInfer<K | C>>[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const raw = directly(db);
  if (raw) {
    const [set, found] = [columns, keys].map((names) => names.map((name) => `"${name}" = ?`));
    const text = `update ${table} set ${set!.join(", ")} where ${found!.join(" and ")}`;
    return runEach(raw(text), table, [...columns, ...keys], rows);
  }
  const all = [...keys, ...columns];
  const source = sourceText(isPostgres(db), table, all);
  const set = columns.map((column) => `"${column}" = given."${column}"`).join(", ");
  const found = keys.map((key) => `${table}."${key}" = given."${key}"`).join(" and ");
  const text = `update ${table} set ${set} from (${source}) as given where ${found}`;
  return countWritten(await runInChunks(db, text, table, all, rows));
}

/**
 * `where(inList(db, "lead_id", ids))`: the same statement for any number of values, also none. The column may be
 * written `table.column`.
 */
export function inList(
  db: Db,
  column: string,
  values: readonly number[] | readonly string[],
): RawBuilder<SqlBool> {
  return isPostgres(db)
    ? sql<SqlBool>`${sql.ref(column)} = any(${values})`
    : sql<SqlBool>`${sql.ref(column)} in (select value from json_each(${jsonOf(values)}))`;
}

/** In a kept statement the values are a slot until it is used. */
function jsonOf(values: readonly number[] | readonly string[] | Slot): string | Slot {
  return values instanceof Slot ? new Slot(values.place, true) : JSON.stringify(values);
}

async function runInChunks(
  db: Db,
  text: string,
  table: Table,
  columns: readonly string[],
  rows: readonly object[],
): Promise<QueryResult<unknown>[]> {
  const results: QueryResult<unknown>[] = [];
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    const chunk = rows.slice(start, start + ROWS_AT_ONCE) as Record<string, Value>[];
    const parameters = isPostgres(db)
      ? columns.map((column) => chunk.map((row) => checked(table, column, row[column])))
      : [JSON.stringify(chunk.map((row) => columns.map((column) => checked(table, column, row[column]))))];
    results.push(await db.executeQuery(CompiledQuery.raw(text, parameters)));
  }
  return results;
}

function runEach(
  statement: Native.Statement<unknown[]>,
  table: Table,
  columns: readonly string[],
  rows: readonly object[],
): number {
  let written = 0;
  for (const row of rows as readonly Record<string, Value>[]) {
    const values: (number | string | null)[] = [];
    for (const column of columns) values.push(checked(table, column, row[column]));
    written += statement.run(values).changes;
  }
  return written;
}

type Value = number | string | null | undefined;

/** JSON would turn NaN and the infinities into null without a word. */
function checked(table: Table, column: string, value: Value): number | string | null {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new RangeError(`${table}.${column} is given ${value}`);
  }
  return value ?? null;
}

function countWritten(results: readonly QueryResult<unknown>[]): number {
  return results.reduce((sum, result) => sum + Number(result.numAffectedRows ?? 0), 0);
}

const rowInserts = new Map<string, string>();

function rowInsertText(table: Table, columns: readonly string[], tail: string): string {
  const key = `${table} ${columns.join()} ${tail}`;
  let text = rowInserts.get(key);
  if (text === undefined) {
    const marks = columns.map(() => "?").join(", ");
    text = `insert into ${table} (${list(columns)}) values (${marks}) ${tail}`;
    rowInserts.set(key, text);
  }
  return text;
}

function insertText(postgres: boolean, table: Table, columns: readonly string[], tail: string): string {
  return `insert into ${table} (${list(columns)}) ${sourceText(postgres, table, columns)} ${tail}`;
}

/** A select that yields the parameter's rows under the names of their columns. */
function sourceText(postgres: boolean, table: Table, columns: readonly string[]): string {
  if (postgres) {
    const kinds = COLUMNS[table] as Record<string, ColumnKind>;
    const arrays = columns.map((column, index) => `$${index + 1}::${arrayType(kinds[column]!)}`);
    return `select * from unnest(${arrays.join(", ")}) as given (${list(columns)})`;
  }
  const values = columns.map((column, index) => `json_extract(value, '$[${index}]') as "${column}"`);
  // `where true`, or SQLite's parser takes a following `on conflict` for a join.
  return `select ${values.join(", ")} from json_each(?) where true`;
}

function arrayType(kind: ColumnKind): string {
  if (kind.startsWith("int")) return "int8[]";
  return kind.startsWith("real") ? "float8[]" : "text[]";
}

function conflictText<T extends Table>(conflict: Conflict<T> | undefined): string {
  if (conflict === undefined) return "";
  if (conflict === "nothing") return "on conflict do nothing";
  const set = conflict.update.map((column) => `"${column}" = excluded."${column}"`).join(", ");
  return `on conflict (${list(conflict.keys)}) do update set ${set}`;
}

function list(columns: readonly string[]): string {
  return columns.map((column) => `"${column}"`).join(", ");
}
