import { inList } from "../db/batch.store.ts";
import { skipLocked } from "../db/dialect.store.ts";
import type { Db, Row } from "../db/tables.ts";
import type { Instant } from "../instant.ts";

export type DeliveryRow = Row<"webhook_deliveries">;

/** `waiting` until it is delivered, or has failed for good; `skipped` where nothing may leave. */
export type DeliveryState = "waiting" | "delivered" | "failed" | "skipped";

/**
 * Takes due deliveries for one attempt each: until `lease` nobody else does, and if this process dies they are due again
 * then. The rows as they were before, longest due first.
 */
export async function claimDeliveries(
  db: Db,
  now: Instant,
  lease: Instant,
  limit: number,
): Promise<DeliveryRow[]> {
  const due = db
    .selectFrom("webhook_deliveries")
    .selectAll()
    .where("state", "=", "waiting")
    .where("due_at", "<=", now)
    .orderBy("due_at")
    .orderBy("id")
    .limit(limit);
  const rows = await skipLocked(db, due).execute();
  if (rows.length > 0) {
    await db
      .updateTable("webhook_deliveries")
      .set((of) => ({ due_at: lease, tries: of("tries", "+", 1) }))
      .where(
        inList(
          db,
          "id",
          rows.map((row) => row.id),
        ),
      )
      .execute();
  }
  return rows;
}

/** Writes what came of an attempt, unless another one has begun since. */
export async function settleDelivery(
  db: Db,
  claimed: DeliveryRow,
  outcome: { readonly state: DeliveryState; readonly due_at: Instant; readonly error: string | null },
): Promise<void> {
  await db
    .updateTable("webhook_deliveries")
    .set(outcome)
    .where("id", "=", claimed.id)
    .where("tries", "=", claimed.tries + 1)
    .where("state", "=", "waiting")
    .execute();
}

export async function nextDeliveryDue(db: Db): Promise<Instant | null> {
  const row = await db
    .selectFrom("webhook_deliveries")
    .select("due_at")
    .where("state", "=", "waiting")
    .orderBy("due_at")
    .limit(1)
    .executeTakeFirst();
  return row?.due_at ?? null;
}
