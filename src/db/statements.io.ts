import type Native from "better-sqlite3";

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
}

/**
 * Kysely prepares each statement anew, which takes about twice as long as running a point select. Here each text is
 * prepared once; the least recently used one goes first.
 */
export function statementCache(native: Native.Database): Statements {
  const kept = new Map<string, Native.Statement<unknown[]>>();

  function raw(text: string): Native.Statement<unknown[]> {
    const found = kept.get(text);
    if (found) {
      kept.delete(text);
      kept.set(text, found);
      return found;
    }
    const statement = native.prepare<unknown[]>(text);
    if (/^\s*(create|alter|drop|vacuum|attach|detach|pragma)\b/i.test(text)) {
      // The columns that a kept `select *` answers with are those of the schema it was prepared for.
      kept.clear();
      return statement;
    }
    kept.set(text, statement);
    if (kept.size > MOST_STATEMENTS) kept.delete(kept.keys().next().value!);
    return statement;
  }

  return {
    raw,
    size: () => kept.size,
    prepare(text) {
      // A deferred transaction that reads first fails at its first write, whatever the busy timeout, once another
      // process has written in between.
      if (text === "begin" && !native.readonly) return raw("begin immediate");
      // A full disk rolls back by itself; the error of a second rollback would hide the first.
      if (text === "rollback" && !native.inTransaction) return NOTHING;
      return raw(text);
    },
  };
}
