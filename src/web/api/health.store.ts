import type { Db } from "../../db/tables.ts";
import type { Instant } from "../../instant.ts";

export interface Backlog {
  /** When the oldest row came that waits in the inbox; null: none waits. */
  readonly inboxSince: Instant | null;
  /** The instant for which a lead should have been lived on and was not yet; null: none is due. */
  readonly leadsSince: Instant | null;
}

/** What the passes have not done yet, as the database tells it: also of a worker in another process. */
export async function readBacklog(db: Db, now: Instant): Promise<Backlog> {
  const row = await db
    .selectFrom("inbox")
    .select("received_at")
    .where("failed", "is", null)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  const due = await db
    .selectFrom("lead_state")
    .select("due_at")
    .where("due_at", "is not", null)
    .where("due_at", "<=", now)
    .orderBy("due_at")
    .limit(1)
    .executeTakeFirst();
  return { inboxSince: row?.received_at ?? null, leadsSince: due?.due_at ?? null };
}

export interface Counts {
  readonly inboxWaiting: number;
  /** Rows that could not be folded and are kept for a person to look at. */
  readonly inboxFailed: number;
  readonly queued: number;
  readonly sending: number;
}

/** Short tables and partial indexes only: a scrape must cost nothing. */
export async function readCounts(db: Db): Promise<Counts> {
  const inbox = await db
    .selectFrom("inbox")
    .select(({ fn }) => [fn.countAll<number>().as("all"), fn.count<number>("failed").as("failed")])
    .executeTakeFirstOrThrow();
  const messages = async (state: "queued" | "sending") => {
    const row = await db
      .selectFrom("messages")
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .where("state", "=", state)
      .executeTakeFirstOrThrow();
    return Number(row.count);
  };
  const failed = Number(inbox.failed);
  return {
    inboxWaiting: Number(inbox.all) - failed,
    inboxFailed: failed,
    queued: await messages("queued"),
    sending: await messages("sending"),
  };
}
