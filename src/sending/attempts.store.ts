import { sql } from "kysely";
import { inList } from "../db/batch.store.ts";
import { skipLocked } from "../db/dialect.store.ts";
import { kept } from "../db/kept.store.ts";
import type { Db } from "../db/tables.ts";
import type { MessageRow } from "../email/messages.store.ts";
import type { Instant } from "../instant.ts";

// Written into the statement, not bound: else neither database sees that the partial index fits.
const SENDING = sql.lit("sending");

export interface Completion {
  readonly id: number;
  readonly attempt: number;
  readonly state: string;
  readonly tries: number;
  readonly due_at: Instant;
  readonly sent_at: Instant | null;
  readonly done_at: Instant | null;
  readonly bounced_at: Instant | null;
  readonly reason: string | null;
}

const endAttempt = kept(
  (
    db: Db,
    id: number,
    attempt: number,
    state: string,
    tries: number,
    due_at: Instant,
    sent_at: Instant | null,
    done_at: Instant | null,
    bounced_at: Instant | null,
    reason: string | null,
  ) =>
    db
      .updateTable("messages")
      .set({ state, tries, due_at, sent_at, done_at, bounced_at, reason, lease_until: null })
      .where("id", "=", id)
      .where("attempt", "=", attempt)
      .where("state", "=", SENDING)
      .returning("id"),
);

/** Ends an attempt; only with its own number, so that a late answer of one that lost its lease is refused. */
export async function completeAttempt(db: Db, done: Completion): Promise<boolean> {
  const { id, attempt, state, tries, due_at, sent_at, done_at, bounced_at, reason } = done;
  const ended = await endAttempt(db, id, attempt, state, tries, due_at, sent_at, done_at, bounced_at, reason);
  return ended.length === 1;
}

/** Of attempts that are under way, those that ran out too: nobody has taken them. */
export async function renewLeases(db: Db, ids: readonly number[], until: Instant): Promise<void> {
  await db
    .updateTable("messages")
    .set({ lease_until: until })
    .where(inList(db, "id", ids))
    .where("state", "=", SENDING)
    .execute();
}

/** Leases that ran out: their worker died or froze. */
export async function expiredLeases(db: Db, now: Instant): Promise<MessageRow[]> {
  return skipLocked(
    db,
    db
      .selectFrom("messages")
      .selectAll()
      .where("state", "=", SENDING)
      .where("lease_until", "<=", now)
      .orderBy("id"),
  ).execute();
}

const firstLeaseEnd = kept((db: Db) =>
  db
    .selectFrom("messages")
    .select("lease_until")
    .where("state", "=", SENDING)
    .where("lease_until", "is not", null)
    .orderBy("lease_until")
    .limit(1),
);

export async function nextLeaseEnd(db: Db): Promise<Instant | null> {
  const [row] = await firstLeaseEnd(db);
  return row?.lease_until ?? null;
}
