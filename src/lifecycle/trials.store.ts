import { sql } from "kysely";
import { inList, updateMany } from "../db/batch.store.ts";
import { skipLocked } from "../db/dialect.store.ts";
import { kept } from "../db/kept.store.ts";
import type { Db, Row } from "../db/tables.ts";
import type { Instant } from "../instant.ts";
import type { Shift } from "./outcome.ts";

export type Trial = Row<"trials">;
export type Tally = Row<"tallies">;

const earliestLook = kept((db: Db) =>
  db.selectFrom("trials").select("look_at").where("look_at", "is not", null).orderBy("look_at").limit(1),
);

/** When the outcome of a trial is looked at next. */
export async function nextLook(db: Db): Promise<Instant | null> {
  const [row] = await earliestLook(db);
  return row?.look_at ?? null;
}

/** Trials whose outcome is to be looked at by now; locked until the transaction ends. */
export function claimTrials(db: Db, now: Instant, limit: number): Promise<Trial[]> {
  const due = db
    .selectFrom("trials")
    .selectAll()
    .where("look_at", "<=", now)
    .orderBy("look_at")
    .orderBy("test")
    .orderBy("lead_id")
    .limit(limit);
  return skipLocked(db, due).execute();
}

export async function saveTrials(db: Db, trials: readonly Trial[]): Promise<void> {
  await updateMany(db, "trials", ["test", "lead_id"], ["began_at", "look_at", "converted_at"], trials);
}

/** Adds to the sums of trials. */
export async function addToTallies(db: Db, tallies: readonly Tally[]): Promise<void> {
  for (const tally of tallies) {
    await db
      .insertInto("tallies")
      .values(tally)
      .onConflict((conflict) =>
        conflict.columns(["test", "variant"]).doUpdateSet({
          leads: sql`tallies.leads + excluded.leads`,
          converted: sql`tallies.converted + excluded.converted`,
          seen: sql`tallies.seen + excluded.seen`,
          seen_converted: sql`tallies.seen_converted + excluded.seen_converted`,
        }),
      )
      .execute();
  }
}

export function readTallies(db: Db, tests: readonly string[]): Promise<Tally[]> {
  return db
    .selectFrom("tallies")
    .selectAll()
    .where(inList(db, "test", tests))
    .execute();
}

/** What the measures `clicked`, `opened` and `replied` ask of a mail. */
export type MailOutcome = Pick<
  Row<"messages">,
  "id" | "state" | "due_at" | "sent_at" | "clicked_at" | "opened_at" | "replied_at"
>;

export async function mailOutcomes(db: Db, ids: readonly number[]): Promise<Map<number, MailOutcome>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("messages")
    .select(["id", "state", "due_at", "sent_at", "clicked_at", "opened_at", "replied_at"])
    .where(inList(db, "id", ids))
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** Changes of temperature after an instant, by lead, in order of time. */
export async function shiftsSince(
  db: Db,
  leads: readonly number[],
  since: Instant,
): Promise<ReadonlyMap<number, readonly Shift[]>> {
  if (leads.length === 0) return new Map();
  const rows = await db
    .selectFrom("score_history")
    .select(["lead_id", "model", "at", "from_state as from", "to_state as to"])
    .where(inList(db, "lead_id", leads))
    .where("kind", "=", "temperature")
    .where("at", ">", since)
    .orderBy("at")
    .orderBy("place")
    .execute();
  return Map.groupBy(rows, ({ lead_id }) => lead_id);
}

/** When deals were opened, by lead. */
export async function dealsOf(
  db: Db,
  leads: readonly number[],
): Promise<ReadonlyMap<number, readonly Instant[]>> {
  if (leads.length === 0) return new Map();
  const rows = await db
    .selectFrom("deals")
    .select(["lead_id", "opened_at"])
    .where(inList(db, "lead_id", leads))
    .execute();
  const found = new Map<number, Instant[]>();
  for (const { lead_id, opened_at } of rows) found.set(lead_id, [...(found.get(lead_id) ?? []), opened_at]);
  return found;
}
