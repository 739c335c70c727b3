import { mkdirSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import Native from "better-sqlite3";
import { InputError } from "../config/problems.ts";
import { sqlitePath } from "./open.io.ts";

/**
 * Makes this process the only server of a SQLite file until the answer is called; of PostgreSQL there may be many.
 * Commands go on beside it. The lock is the operating system's, on a file of its own beside the database, so that a
 * process that was killed holds none.
 * @throws InputError where another process serves it
 */
export function onlyServer(databaseUrl: string): () => void {
  if (!databaseUrl.startsWith("sqlite:") || databaseUrl === "sqlite::memory:") return () => {};
  const path = sqlitePath(databaseUrl);
  const lock = new Native(`${realPath(path)}.server`, { timeout: 0 });
  try {
    lock.exec("begin exclusive");
  } catch (error) {
    lock.close();
    if (!String((error as { code?: unknown }).code).startsWith("SQLITE_BUSY")) throw error;
    throw new InputError(
      `another Kindling serves ${path} already: SQLite is for one server process. Stop that one, or name another file or a PostgreSQL by DATABASE_URL`,
    );
  }
  held.add(lock);
  return () => {
    held.delete(lock);
    lock.close();
  };
}

/** What nobody refers to is collected, and its lock is gone. */
const held = new Set<Native.Database>();

/** However the file is called: a link to it is the same file. */
function realPath(path: string): string {
  const folder = dirname(resolve(path));
  mkdirSync(folder, { recursive: true });
  try {
    return realpathSync(path);
  } catch {
    return join(realpathSync(folder), basename(path));
  }
}
