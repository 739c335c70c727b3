import { inList } from "../db/batch.store.ts";
import type { Db, Row } from "../db/tables.ts";

const MAIL_COLUMNS = [
  "id",
  "kind",
  "sequence",
  "step",
  "template",
  "template_hash",
  "variant",
  "tries",
  "programme",
  "subject",
  "state",
  "enrolment_id",
  "queued_at",
  "due_at",
  "sent_at",
  "done_at",
  "decision",
  "reason",
  "until",
  "opened_at",
  "clicked_at",
  "replied_at",
  "unsubscribed_at",
  "bounced_at",
  "machine_at",
] as const;

/** A mail without its body. */
export type MailRow = Pick<Row<"messages">, (typeof MAIL_COLUMNS)[number]>;

/** All mails to a lead, newest first; not those to reps about it. */
export async function mailsOf(db: Db, lead: number): Promise<MailRow[]> {
  return db
    .selectFrom("messages")
    .select(MAIL_COLUMNS)
    .where("lead_id", "=", lead)
    .where("kind", "in", ["sequence", "confirmation"])
    .orderBy("id", "desc")
    .execute();
}

/** What the gate said of these mails, oldest first. */
export async function decisionsOfMails(
  db: Db,
  mails: readonly number[],
): Promise<Map<number, Row<"message_decisions">[]>> {
  const rows = await db
    .selectFrom("message_decisions")
    .selectAll()
    .where(inList(db, "message_id", mails))
    .orderBy("message_id")
    .orderBy("place")
    .execute();
  return Map.groupBy(rows, (row) => row.message_id);
}

const MOST_ALIKE = 2000;

/** Addresses that one that nobody has may be meant for: at the same domain, or with the same beginning. */
export async function emailsLike(db: Db, email: string): Promise<string[]> {
  const domain = email.slice(email.lastIndexOf("@"));
  const start = email.slice(0, 2);
  const rows = await db
    .selectFrom("leads")
    .select("email")
    .where(({ or, eb, and }) =>
      or([
        and([eb("email", ">=", start), eb("email", "<", `${start}\u{10ffff}`)]),
        eb("email", "like", `%${domain.replaceAll(/[%_]/g, "")}`),
      ]),
    )
    .limit(MOST_ALIKE)
    .execute();
  return rows.map((row) => row.email);
}

export async function historyOf(db: Db, lead: number): Promise<Row<"score_history">[]> {
  return db
    .selectFrom("score_history")
    .selectAll()
    .where("lead_id", "=", lead)
    .orderBy("at")
    .orderBy("place")
    .execute();
}

export async function enrolmentsOf(db: Db, lead: number): Promise<Row<"enrolments">[]> {
  return db
    .selectFrom("enrolments")
    .selectAll()
    .where("lead_id", "=", lead)
    .orderBy("entered_at", "desc")
    .orderBy("id", "desc")
    .execute();
}

/** What the spine keeps of a lead, and when it looks at it next; null before it was ever looked at. */
export async function stateOf(
  db: Db,
  lead: number,
): Promise<Pick<Row<"lead_state">, "state" | "due_at"> | null> {
  const row = await db
    .selectFrom("lead_state")
    .select(["state", "due_at"])
    .where("lead_id", "=", lead)
    .executeTakeFirst();
  return row ?? null;
}
