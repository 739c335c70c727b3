import type { DialectAdapter } from "kysely";
import type Native from "better-sqlite3";
import type { Db } from "./tables.ts";

/** The way past Kysely to SQLite's kept statements. Kysely takes several times as long as a point select itself. */
interface Direct {
  /** Null on PostgreSQL. */
  readonly raw: ((text: string) => Native.Statement<unknown[]>) | null;
  /** Throws where a unit reaches past its transaction. */
  readonly refuseInside: () => void;
}

const offered = new WeakMap<DialectAdapter, Direct>();

/** What `directly` answers for this database and its transactions. */
export function offerDirect(db: Db, direct: Direct): void {
  offered.set(db.getExecutor().adapter, direct);
}

/**
 * SQLite's statements for the transaction `db`, which has the one connection to itself. Null on PostgreSQL, and
 * outside a unit, where a statement has to wait for the unit under way.
 */
export function directly(db: Db): Direct["raw"] {
  const direct = offered.get(db.getExecutor().adapter);
  if (!direct) return null;
  if (db.isTransaction) return direct.raw;
  direct.refuseInside();
  return null;
}
