import { insertNew } from "../db/batch.store.ts";
import type { Db } from "../db/tables.ts";
import type { Instant } from "../instant.ts";

/** What is kept of a request that came with an Idempotency-Key. */
export interface Kept {
  readonly bodyHash: string;
  /** 0: its effect is done, its answer is not written yet; `answer` is then what the effect came to. */
  readonly status: number;
  /** JSON. */
  readonly answer: string;
}

/**
 * Takes the key for this request, or answers with what is kept under it. On PostgreSQL it waits for another transaction
 * that takes the same key.
 */
export async function takeRequest(db: Db, key: string, bodyHash: string, now: Instant): Promise<Kept | null> {
  const row = { request_key: key, body_hash: bodyHash, status: 0, answer: "null", at: now };
  const taken = await insertNew(db, "idempotency", [row], { returning: ["request_key"] });
  return taken.length > 0 ? null : findRequest(db, key);
}

export async function findRequest(db: Db, key: string): Promise<Kept | null> {
  const row = await db
    .selectFrom("idempotency")
    .selectAll()
    .where("request_key", "=", key)
    .executeTakeFirst();
  return row ? { bodyHash: row.body_hash, status: row.status, answer: row.answer } : null;
}

export async function keepOutcome(db: Db, key: string, outcome: string): Promise<void> {
  await db.updateTable("idempotency").set({ answer: outcome }).where("request_key", "=", key).execute();
}

/** The first answer stands. */
export async function keepAnswer(db: Db, key: string, status: number, answer: string): Promise<void> {
  await db
    .updateTable("idempotency")
    .set({ status, answer })
    .where("request_key", "=", key)
    .where("status", "=", 0)
    .execute();
}

/** When the oldest that is kept was asked; null: none is kept. */
export async function oldestRequest(db: Db): Promise<Instant | null> {
  const row = await db.selectFrom("idempotency").select("at").orderBy("at").limit(1).executeTakeFirst();
  return row?.at ?? null;
}

/** Forgets what was asked before then; says how many. */
export async function forgetRequests(db: Db, before: Instant): Promise<number> {
  const result = await db.deleteFrom("idempotency").where("at", "<", before).executeTakeFirst();
  return Number(result.numDeletedRows);
}
