import { sql } from "kysely";
import { inList } from "../db/batch.store.ts";
import { kept } from "../db/kept.store.ts";
import { readSetting, writeSetting } from "../db/settings.store.ts";
import type { Db } from "../db/tables.ts";
import { MINUTE, type Instant } from "../instant.ts";

const doubtsBetween = kept((db: Db, since: Instant, until: Instant) =>
  db
    .selectFrom("messages")
    .select(["domain", "done_at as at"])
    // Written out, so that the partial index is seen to fit.
    .where("state", "=", sql.lit("in_doubt"))
    .where("done_at", ">", since)
    .where("done_at", "<=", until),
);

/** Mails that fell in doubt within the last minute, as of what left (`recentSends`): they may have. */
export async function recentDoubts(db: Db, now: Instant): Promise<{ domain: string; at: Instant }[]> {
  const rows = await doubtsBetween(db, now - MINUTE, now + MINUTE);
  return rows.map(({ domain, at }) => ({ domain, at: at ?? now }));
}

/** Those of these messages that were in doubt and that a person had sent again. */
export async function askedAgain(db: Db, ids: readonly number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom("message_decisions")
    .select("message_id")
    .where(inList(db, "message_id", ids))
    .where("decision", "=", "send_again")
    .execute();
  return new Set(rows.map(({ message_id }) => message_id));
}

const BACKUP = "backup_at";
const RESTORED = "restored_at";

/** Written into a backup, never into the database that it is of: one that starts with this mark was restored. */
export async function markBackup(backup: Db, at: Instant): Promise<void> {
  await writeSetting(backup, BACKUP, String(at));
}

/**
 * For whoever is about to send: recognises a restored backup. What was due before this instant may have been sent after
 * the backup was made, so that it is in doubt.
 */
export async function noticeRestore(db: Db, now: Instant): Promise<void> {
  if ((await readSetting(db, BACKUP)) === null) return;
  await writeSetting(db, RESTORED, String(now));
  await writeSetting(db, BACKUP, null);
}

/** When the database was last restored; −Infinity where it never was. */
export async function restoredAt(db: Db): Promise<Instant> {
  return Number((await readSetting(db, RESTORED)) ?? -Infinity);
}
