import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Native from "better-sqlite3";
import { SqliteDialect, type SqliteDatabase } from "kysely";
import { InputError } from "../config/problems.ts";
import { SECOND, type Duration } from "../instant.ts";
import { statementCache, type Statements } from "./statements.io.ts";
import { BUSY_TIMEOUT, rareWaits } from "./waiting.io.ts";

/** SQLite has no queue: who asks again and again is let in at last, as soon as the server takes a breath. */
const PATIENCE = 30 * SECOND;

interface SqliteOptions {
  readonly readonly: boolean;
  /** See `rareWaits`. */
  readonly serving: boolean;
  /** Has nothing else to do than to wait for its turn: a command. */
  readonly patient: boolean;
}

export interface SqliteConnection {
  readonly dialect: SqliteDialect;
  readonly statements: Statements;
  readonly close: () => void;
}

/**
 * Opens the file (its folder is made) or `:memory:`. Throws InputError for what is not a database, a folder, or a
 * file that may not be read or written.
 */
export function openSqlite(path: string, { readonly, serving, patient }: SqliteOptions): SqliteConnection {
  const native = openFile(path, readonly, patient ? PATIENCE : BUSY_TIMEOUT);
  const statements = statementCache(native, serving ? rareWaits(native) : undefined);
  const database: SqliteDatabase = { prepare: statements.prepare, close: () => native.close() };
  return { dialect: new SqliteDialect({ database }), statements, close: () => native.close() };
}

function openFile(path: string, readonly: boolean, timeout: Duration): Native.Database {
  const memory = path === ":memory:";
  let native: Native.Database | undefined;
  try {
    if (!memory && !readonly) mkdirSync(dirname(resolve(path)), { recursive: true });
    native = new Native(path, { readonly, fileMustExist: readonly, timeout });
    for (const pragma of pragmas(memory, readonly)) native.pragma(pragma);
    // The first read of the schema is where a damaged file shows itself.
    native.prepare("select count(*) from sqlite_schema").get();
    return native;
  } catch (error) {
    native?.close();
    throw new InputError(`cannot open the database ${path}: ${whyNot(path, error)}`);
  }
}

function pragmas(memory: boolean, readonly: boolean): string[] {
  const everywhere = [
    "foreign_keys = on",
    "temp_store = memory",
    "cache_size = -32000",
    "mmap_size = 67108864",
  ];
  if (readonly) return [...everywhere, "query_only = on"];
  if (memory) return [...everywhere, "synchronous = off", "journal_mode = memory"];
  return [
    ...everywhere,
    "journal_mode = wal",
    // An answered hit survives a power cut; NORMAL would lose what was committed since the last checkpoint.
    "synchronous = full",
    // Leads that act are spread over the whole file: copying back a thousand pages at a time, as is the default,
    // would write and sync most of them once a batch. Larger still, and one commit would take too long.
    "wal_autocheckpoint = 4000",
    "journal_size_limit = 67108864",
    // Deleted addresses would stay readable in the file.
    "secure_delete = on",
  ];
}

function whyNot(path: string, error: unknown): string {
  const { code = "", message = "" } = error as { code?: string; message?: string };
  if (isFolder(path)) return "it is a folder";
  if (code === "SQLITE_NOTADB") return "the file is not a SQLite database";
  if (code.startsWith("SQLITE_CORRUPT")) return "the file is damaged; restore a backup";
  if (code.startsWith("SQLITE_BUSY")) return "another process holds it";
  return message;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
