import { sql } from "kysely";
import { insertMany, inList } from "../db/batch.store.ts";
import { kept } from "../db/kept.store.ts";
import type { Db } from "../db/tables.ts";
import type { Instant } from "../instant.ts";
import type { Input } from "./input.ts";

/** What reached us for one lead, on its way to the spine. What came in one call for one lead is one arrival. */
export interface Arrival {
  /** Whom it is for: a lead, the lead of a message, or an address. */
  readonly to: { readonly lead: number } | { readonly message: number } | { readonly email: string };
  readonly at: Instant;
  /** False for imported history: folded, nothing reacts. */
  readonly live: boolean;
  /** Whether an address that nobody has makes a lead. `form`: by a stranger's form, to be confirmed first. */
  readonly create: "yes" | "no" | "form";
  readonly inputs: readonly Input[];
}

export interface InboxRow {
  readonly id: number;
  readonly arrival: Arrival;
}

/** Appends in order; the caller commits. */
export async function appendToInbox(db: Db, arrivals: readonly Arrival[]): Promise<void> {
  await insertMany(
    db,
    "inbox",
    arrivals.map((arrival) => ({ received_at: arrival.at, body: JSON.stringify(arrival) })),
    { columns: ["received_at", "body"] },
  );
}

const oldest = kept((db: Db, limit: number) =>
  db.selectFrom("inbox").select(["id", "body"]).where("failed", "is", null).orderBy("id").limit(limit),
);

/** The oldest that wait, in order of arrival. */
export async function peekInbox(db: Db, limit: number): Promise<InboxRow[]> {
  const rows = await oldest(db, limit);
  return rows.map((row) => ({ id: row.id, arrival: JSON.parse(row.body) as Arrival }));
}

const remove = kept((db: Db, ids: readonly number[]) => db.deleteFrom("inbox").where(inList(db, "id", ids)));

export async function removeFromInbox(db: Db, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await remove(db, ids);
}

/** Keeps a row that can't be folded out of the way, with the reason. */
export async function failInInbox(db: Db, id: number, reason: string): Promise<void> {
  await db
    .updateTable("inbox")
    .set({ failed: reason.slice(0, 1000) })
    .where("id", "=", id)
    .execute();
}

const anyWaiting = kept((db: Db) =>
  db
    .selectFrom("inbox")
    .select(sql<number>`1`.as("one"))
    .where("failed", "is", null)
    .limit(1),
);

export async function isInboxEmpty(db: Db): Promise<boolean> {
  return (await anyWaiting(db)).length === 0;
}
