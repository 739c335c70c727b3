import { AsyncLocalStorage } from "node:async_hooks";
import type Native from "better-sqlite3";
import { Kysely, type Dialect, type KyselyPlugin } from "kysely";
import { InputError } from "../config/problems.ts";
import { offerDirect } from "./direct.io.ts";
import { openPostgres } from "./postgres.io.ts";
import { openSqlite } from "./sqlite.io.ts";
import type { Statements } from "./statements.io.ts";
import type { Db, Table, Tables } from "./tables.ts";

export interface Database {
  readonly kind: "sqlite" | "postgres";
  /** For single statements outside a unit. */
  readonly kysely: Db;
  /**
   * Runs the work in one transaction: all of it is committed, or none. On SQLite units run strictly one after another,
   * so await nothing but SQL inside. On PostgreSQL the work may run again after a deadlock: keep no effect outside
   * the transaction.
   */
  unit<T>(work: (trx: Db) => Promise<T>): Promise<T>;
  /**
   * A kept statement of SQLite for the hottest code; null on PostgreSQL. Use it inside a unit only: elsewhere it
   * would join whatever transaction happens to be open.
   */
  readonly raw: ((text: string) => Native.Statement<unknown[]>) | null;
  /** Grows with every write to these tables: while it stands still so do they. Null on PostgreSQL, where others write too. */
  changes(tables: readonly Table[]): number | null;
  /** After the units under way. */
  close(): Promise<void>;
}

interface OpenOptions {
  readonly readonly?: boolean;
  readonly serving?: boolean;
  readonly patient?: boolean;
}

/** One transaction is tried this often before its deadlock or serialization failure is the caller's. */
const MOST_TRIES = 5;
const SERIALIZATION_FAILURE = "40001";
const DEADLOCK = "40P01";

/**
 * Opens `sqlite:./data/kindling.db` (made with its folder), `sqlite::memory:` or `postgres://user:password@host/name`.
 * Throws InputError, which names what is wrong and never a password, where that can't be done. `serving`: while another
 * process holds a SQLite file this one's requests hear so, instead of waiting one after another. `patient`: it waits for
 * its turn, as a command does that has nothing else to do.
 */
export async function openDatabase(
  url: string,
  { readonly = false, serving = false, patient = false }: OpenOptions = {},
): Promise<Database> {
  if (url.startsWith("sqlite:")) {
    const { dialect, statements, close } = openSqlite(sqlitePath(url), { readonly, serving, patient });
    return database("sqlite", dialect, statements, close);
  }
  if (/^postgres(ql)?:\/\//.test(url)) {
    return database("postgres", await openPostgres(url, readonly), null, () => {});
  }
  throw new InputError("DATABASE_URL must begin with sqlite: or postgres://");
}

/** `sqlite:./a.db`, `sqlite:/var/a.db`, `sqlite:///var/a.db`, `sqlite::memory:`. */
export function sqlitePath(url: string): string {
  const path = url.slice("sqlite:".length).replace(/^\/\/(?=\/)/, "");
  if (path === "") throw new InputError("DATABASE_URL names no file; write sqlite:./data/kindling.db");
  return path;
}

function database(
  kind: Database["kind"],
  dialect: Dialect,
  statements: Statements | null,
  closeFile: () => void,
): Database {
  const { raw, writes } = statements ?? { raw: null, writes: null };
  const kysely = new Kysely<Tables>({ dialect });
  const inside = new AsyncLocalStorage<{ open: boolean }>();

  // On SQLite's one connection these would wait for the open unit for ever; on PostgreSQL they would miss its changes.
  function refuseInside(): void {
    if (inside.getStore()?.open) throw new Error("inside a unit use its transaction, not the database");
  }

  offerDirect(kysely, { raw, refuseInside });

  const underWay = new Set<Promise<unknown>>();

  async function unit<T>(work: (trx: Db) => Promise<T>): Promise<T> {
    refuseInside();
    const scope = { open: true };
    const running = inside.run(scope, () => retried(() => kysely.transaction().execute(work)));
    underWay.add(running);
    try {
      return await running;
    } finally {
      scope.open = false;
      underWay.delete(running);
    }
  }

  async function shut(): Promise<void> {
    await Promise.allSettled(underWay);
    // A single statement may wait for SQLite's one connection too.
    if (kind === "sqlite") await kysely.connection().execute(() => Promise.resolve());
    await kysely.destroy();
    closeFile();
  }

  const guard: KyselyPlugin = {
    transformQuery({ node }) {
      refuseInside();
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  };
  let closing: Promise<void> | undefined;

  return {
    kind,
    kysely: kysely.withPlugin(guard),
    unit,
    raw,
    changes: (tables) => writes && tables.reduce((sum, table) => sum + writes(table), 0),
    close: () => (closing ??= shut()),
  };
}

async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (tries === MOST_TRIES || (code !== SERIALIZATION_FAILURE && code !== DEADLOCK)) throw error;
    }
  }
}
