import type Native from "better-sqlite3";
import type { Waiting } from "./waiting.io.ts";

/** Statement texts differ in their conditions only (lists are one parameter), so that few are ever evicted. */
const MOST_STATEMENTS = 500;

const NOTHING = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [][Symbol.iterator](),
};

type KyselyStatement = Pick<Native.Statement<unknown[]>, "reader" | "all" | "run" | "iterate">;

export interface Statements {
  /** What Kysely's dialect asks for. */
  readonly prepare: (text: string) => KyselyStatement;
  /** A prepared statement of the hottest code, from the same cache. */
  readonly raw: (text: string) => Native.Statement<unknown[]>;
  /** How many are kept. */
  readonly size: () => number;
  /** How often a statement was asked for that may write this table: while it stands still, so does the table. */
  readonly writes: (table: string) => number;
}

interface Kept {
  readonly statement: Native.Statement<unknown[]>;
  /** Of the table that it writes; null for one that only reads. */
  readonly written: { times: number } | null;
  /** As Kysely has it: one that may have to wait for another process does so through `waiting`. */
  readonly shown: KyselyStatement;
}

const BEGIN = "begin immediate";
/** SQLite plans by the value of such a limit, and prepares the statement anew at every binding: several times its work. */
const BOUND_LIMIT = /\blimit \?/g;
const WRITTEN = /\b(?:into|update|delete\s+from)\s+"?(\w+)/i;
const CHILDREN = `select 1 from sqlite_schema, pragma_foreign_key_list(sqlite_schema.name) as key where key."table" = ?`;

/**
 * Kysely prepares each statement anew, which takes about twice as long as running a point select. Here each text is
 * prepared once; the least recently used one goes first.
 */
export function statementCache(native: Native.Database, waiting?: Waiting): Statements {
  const kept = new Map<string, Kept>();
  const tables = new Map<string, { times: number }>();
  const any = { times: 0 };

  function countOf(table: string): { times: number } {
    let count = tables.get(table);
    if (!count) tables.set(table, (count = { times: 0 }));
    return count;
  }

  function writtenBy({ readonly }: Native.Statement<unknown[]>, text: string): Kept["written"] {
    if (readonly || text === BEGIN) return null;
    const table = WRITTEN.exec(text)?.[1];
    if (table === undefined) return any;
    // Rows of other tables may go with what is deleted.
    const takesOthers = /\bdelete\b/i.test(text) && native.prepare(CHILDREN).get(table) !== undefined;
    return takesOthers ? any : countOf(table);
  }

  function shownAs(statement: Native.Statement<unknown[]>, text: string): KyselyStatement {
    if (!waiting || (statement.readonly && text !== BEGIN)) return statement;
    return {
      reader: statement.reader,
      all: (...given) => waiting(() => statement.all(...given)),
      run: (...given) => waiting(() => statement.run(...given)),
      iterate: (...given) => statement.iterate(...given),
    };
  }

  function keep(text: string): Kept {
    const found = kept.get(text);
    if (found) {
      kept.delete(text);
      kept.set(text, found);
      if (found.written) found.written.times++;
      return found;
    }
    const statement = native.prepare<unknown[]>(text.replace(BOUND_LIMIT, "limit (? + 0)"));
    const written = writtenBy(statement, text);
    if (written) written.times++;
    const one: Kept = { statement, written, shown: shownAs(statement, text) };
    if (/^\s*(create|alter|drop|vacuum|attach|detach|pragma)\b/i.test(text)) {
      // The columns that a kept `select *` answers with are those of the schema it was prepared for.
      kept.clear();
      return one;
    }
    kept.set(text, one);
    if (kept.size > MOST_STATEMENTS) kept.delete(kept.keys().next().value!);
    return one;
  }

  return {
    raw: (text) => keep(text).statement,
    size: () => kept.size,
    writes: (table) => any.times + countOf(table).times,
    prepare(text) {
      // A deferred transaction that reads first fails at its first write, whatever the busy timeout, once another
      // process has written in between.
      if (text === "begin" && !native.readonly) return keep(BEGIN).shown;
      // A full disk rolls back by itself; the error of a second rollback would hide the first.
      if (text === "rollback" && !native.inTransaction) return NOTHING;
      return keep(text).shown;
    },
  };
}
