import { readSetting } from "../../db/settings.store.ts";
import type { Db } from "../../db/tables.ts";
import type { Instant } from "../../instant.ts";

/** How far a mailbox is read. */
export interface Progress {
  /** Nobody looks before: while it is being read the end of the reader's lease, then when it is looked at next. */
  readonly nextAt: Instant;
  /** What came to the mailbox before is not read: set at the first look, and kept. */
  readonly since: Instant;
  /** See Mailbox; null before the first look succeeded. */
  readonly validity: string | null;
  /** The last mail that was read, or passed over. */
  readonly uid: number;
  /** Looks in a row that ended in trouble. */
  readonly failures: number;
  /** The mail that such looks broke off at, and how often in a row. */
  readonly stuck: { readonly uid: number; readonly times: number } | null;
}

/** The row as it stands. */
export interface Kept {
  readonly value: string;
  readonly progress: Progress;
}

export async function readProgress(db: Db, name: string): Promise<Kept | null> {
  const value = await readSetting(db, name);
  return value === null ? null : { value, progress: JSON.parse(value) as Progress };
}

/** Writes it in place of what the caller knew; null where another process has written since, and nothing is done. */
export async function replaceProgress(
  db: Db,
  name: string,
  known: Kept | null,
  progress: Progress,
): Promise<Kept | null> {
  const value = JSON.stringify(progress);
  const written =
    known === null
      ? await db
          .insertInto("settings")
          .values({ name, value })
          .onConflict((conflict) => conflict.column("name").doNothing())
          .executeTakeFirst()
      : await db
          .updateTable("settings")
          .set({ value })
          .where("name", "=", name)
          .where("value", "=", known.value)
          .executeTakeFirst();
  const rows = "numUpdatedRows" in written ? written.numUpdatedRows : written.numInsertedOrUpdatedRows;
  return rows === 1n ? { value, progress } : null;
}

/** When the first mail was queued; null where none was. */
export async function firstMailAt(db: Db): Promise<Instant | null> {
  const row = await db.selectFrom("messages").select("queued_at").orderBy("id").limit(1).executeTakeFirst();
  return row?.queued_at ?? null;
}
