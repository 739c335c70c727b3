import type { Db, Row } from "../../db/tables.ts";
import { recordDecisions } from "../../email/messages.store.ts";
import type { Instant } from "../../instant.ts";

export interface MessageFilter {
  readonly state?: string;
  readonly email?: string;
  readonly sequence?: string;
  /** Only mails to this rep's leads. */
  readonly seenBy?: string;
}

/** A mail's row; `email` is its lead's address, null for a mail to our own people. */
export type ListedMessage = Row<"messages"> & {
  readonly email: string | null;
  readonly owner: string | null;
};

function messages(db: Db) {
  return db
    .selectFrom("messages")
    .leftJoin("leads", "leads.id", "messages.lead_id")
    .selectAll("messages")
    .select(["leads.email", "leads.owner"]);
}

/** Whether any mail is of this sequence, which may be no more. */
export async function hasMails(db: Db, sequence: string): Promise<boolean> {
  const row = await db
    .selectFrom("messages")
    .select("id")
    .where("sequence", "=", sequence)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Newest first, those before this number. */
export async function listMessages(
  db: Db,
  { state, email, sequence, seenBy }: MessageFilter,
  before: number | null,
  limit: number,
): Promise<ListedMessage[]> {
  return messages(db)
    .$if(state !== undefined, (query) => query.where("messages.state", "=", state!))
    .$if(email !== undefined, (query) => query.where("leads.email", "=", email!))
    .$if(sequence !== undefined, (query) => query.where("messages.sequence", "=", sequence!))
    .$if(seenBy !== undefined, (query) => query.where("leads.owner", "=", seenBy!))
    .$if(before !== null, (query) => query.where("messages.id", "<", before!))
    .orderBy("messages.id", "desc")
    .limit(limit)
    .execute();
}

export async function findMessage(db: Db, id: number): Promise<ListedMessage | null> {
  return (await messages(db).where("messages.id", "=", id).executeTakeFirst()) ?? null;
}

/** What the gate said of it, oldest first. */
export async function decisionsOf(db: Db, id: number): Promise<Row<"message_decisions">[]> {
  return db
    .selectFrom("message_decisions")
    .selectAll()
    .where("message_id", "=", id)
    .orderBy("place")
    .execute();
}

/** Puts a mail that is in doubt into the queue again, with its number; says whether it was in doubt. */
export async function sendAgain(db: Db, id: number, now: Instant): Promise<boolean> {
  const result = await db
    .updateTable("messages")
    .set({
      state: "queued",
      due_at: now,
      tries: 0,
      lease_until: null,
      gated_at: null,
      done_at: null,
      decision: null,
      reason: null,
      until: null,
    })
    .where("id", "=", id)
    .where("state", "=", "in_doubt")
    .executeTakeFirst();
  if (Number(result.numUpdatedRows) === 0) return false;
  await recordDecisions(db, [
    { message_id: id, at: now, decision: "send_again", reason: "asked for by a person", until: null },
  ]);
  return true;
}
