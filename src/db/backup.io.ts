import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { sql } from "kysely";
import { InputError } from "../config/problems.ts";
import { longStatement } from "./long-statement.io.ts";
import { openDatabase } from "./open.io.ts";
import type { Db } from "./tables.ts";

/** How often it is said how far a copy is; ms. */
const EVERY = 200;

/**
 * Copies a SQLite database, also while others write to it: one instant of it, whole and checked, or no file at all.
 * `mark` may write to the copy before anybody sees it; `heard` gets bytes written, and about how many there will be.
 *
 * `VACUUM INTO`: it reads within one transaction. SQLite's online backup begins anew at each write of another process,
 * and never ended under load.
 *
 * @param path the database.
 * @returns bytes of the copy.
 * @throws InputError where there is no such database, or the file can't be put there
 */
export async function backUp(
  path: string,
  to: string,
  options: {
    readonly force: boolean;
    mark(copy: Db): Promise<void>;
    heard(bytes: number, expected: number): void;
  },
): Promise<number> {
  const target = resolve(to);
  refuse(path, target, to, options.force);
  await refuseForeign(path);
  const part = join(dirname(target), `.${basename(target)}.${process.pid}.part`);
  const leave = () => {
    remove(part);
    process.exit(1);
  };
  process.once("SIGINT", leave).once("SIGTERM", leave);
  const timer = setInterval(
    () => options.heard(bytesOf(part), bytesOf(path) + bytesOf(`${path}-wal`)),
    EVERY,
  );
  try {
    // Made first, for its owner alone: it holds all that is known of people.
    closeSync(openSync(part, "wx", 0o600));
    await longStatement(path, "vacuum into ?", part);
    const copy = await openDatabase(`sqlite:${part}`);
    try {
      await options.mark(copy.kysely);
    } finally {
      await copy.close();
    }
    const [row] = await longStatement(part, "pragma integrity_check(1)");
    if (row?.["integrity_check"] !== "ok")
      throw new Error(`the copy is damaged: ${String(row?.["integrity_check"])}`);
    sync(part);
    renameSync(part, target);
    sync(dirname(target));
    return bytesOf(target);
  } finally {
    clearInterval(timer);
    process.off("SIGINT", leave).off("SIGTERM", leave);
    remove(part);
  }
}

function refuse(path: string, target: string, to: string, force: boolean): void {
  if (path === ":memory:" || !existsSync(path))
    throw new InputError(`there is no database at ${path} yet (DATABASE_URL says where it is)`);
  if (!existsSync(dirname(target)))
    throw new InputError(`${to}: there is no folder ${dirname(target)}; make it first`);
  if (!existsSync(target)) return;
  if (statSync(target).isDirectory()) throw new InputError(`${to} is a folder; name a file in it`);
  if (realpathSync(target) === realpathSync(path))
    throw new InputError(`${to} is the database itself; name another file`);
  if (!force) throw new InputError(`${to} is there already; --force puts this backup in its place`);
}

async function refuseForeign(path: string): Promise<void> {
  const db = await openDatabase(`sqlite:${resolve(path)}`, { readonly: true });
  try {
    const own = await sql`select 1 from sqlite_schema where name = 'settings'`.execute(db.kysely);
    if (own.rows.length === 0) throw new InputError(`${path} is no database of Kindling's`);
  } finally {
    await db.close();
  }
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The log that SQLite keeps beside a file goes with it. */
function remove(part: string): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(part + end, { force: true });
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } catch (error) {
    // Windows syncs no folder, and no file that is open for reading.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  } finally {
    closeSync(file);
  }
}
