import type { Db } from "../../db/tables.ts";
import type { Instant } from "../../instant.ts";
import { enrolmentOf } from "../../lifecycle/snapshot.store.ts";
import type { Enrolment } from "../../sequences/enrolment.ts";

/** Whether something has come due for the lead that no pass has lived yet. */
export async function isDue(db: Db, lead: number, now: Instant): Promise<boolean> {
  const row = await db
    .selectFrom("lead_state")
    .select("due_at")
    .where("lead_id", "=", lead)
    .executeTakeFirst();
  return row !== undefined && row.due_at !== null && row.due_at <= now;
}

/** Newest first, each with when the mail that it waits for may leave. */
export async function readEnrolments(
  db: Db,
  lead: number,
): Promise<{ readonly enrolment: Enrolment; readonly mailDue: Instant | null }[]> {
  const rows = await db
    .selectFrom("enrolments")
    .selectAll()
    .where("lead_id", "=", lead)
    .orderBy("entered_at", "desc")
    .orderBy("id", "desc")
    .execute();
  const waiting = await db
    .selectFrom("messages")
    .select(["enrolment_id", "due_at"])
    .where("lead_id", "=", lead)
    .where("state", "=", "queued")
    .execute();
  const due = new Map(waiting.map((message) => [message.enrolment_id, message.due_at]));
  return rows.map((row) => ({ enrolment: enrolmentOf(row), mailDue: due.get(row.id) ?? null }));
}

/** The lead's latest enrolment in a sequence; null where it never was in it. */
export async function latestEnrolment(db: Db, lead: number, sequence: string): Promise<number | null> {
  const row = await db
    .selectFrom("enrolments")
    .select((of) => of.fn.max("id").as("id"))
    .where("lead_id", "=", lead)
    .where("sequence", "=", sequence)
    .executeTakeFirst();
  return row?.id ?? null;
}
