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

export interface WaitingRow {
  readonly id: number;
  readonly body: string;
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
export function peekInbox(db: Db, limit: number): Promise<WaitingRow[]> {
  return oldest(db, limit);
}

/** @throws Error, which quotes nothing of it, where the row holds no JSON */
export function readWaiting({ id, body }: WaitingRow): InboxRow {
  try {
    return { id, arrival: JSON.parse(body) as Arrival };
  } catch {
    // The parser's own words are of the body, which may name people.
    throw new Error(`the row is no JSON (${body.length} characters)`);
  }
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
