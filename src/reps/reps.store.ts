import { inList, insertMany } from "../db/batch.store.ts";
import { isPostgres } from "../db/dialect.store.ts";
import type { Db } from "../db/tables.ts";
import type { Instant } from "../instant.ts";

/**
 * Locks the rows of these reps until the transaction ends, so that one process routes at a time, and says when each was
 * last told of anything; one who never was is left out.
 */
export async function lockReps(db: Db, reps: readonly string[]): Promise<Map<string, Instant>> {
  const query = db
    .selectFrom("reps")
    .selectAll()
    .where(inList(db, "rep", reps))
    .orderBy("rep");
  const locked = isPostgres(db) ? query.forNoKeyUpdate() : query;
  let rows = await locked.execute();
  if (rows.length < reps.length) {
    const names = reps.map((rep) => ({ rep, last_notified_at: null }));
    await insertMany(db, "reps", names, { onConflict: "nothing" });
    rows = await locked.execute();
  }
  return new Map(
    rows.flatMap((row) => (row.last_notified_at === null ? [] : [[row.rep, row.last_notified_at]])),
  );
}

export async function markNotified(db: Db, rep: string, at: Instant): Promise<void> {
  await db.updateTable("reps").set({ last_notified_at: at }).where("rep", "=", rep).execute();
}
