import { sql } from "kysely";
import { inList } from "../db/batch.store.ts";
import { kept } from "../db/kept.store.ts";
import type { Db } from "../db/tables.ts";
import { domainOf } from "../leads/address.ts";
import type { Lead } from "../leads/lead.ts";
import { addToTallies } from "./trials.store.ts";

const heirs = kept((db: Db, leads: readonly number[]) =>
  db
    .selectFrom("merged_leads")
    .selectAll()
    .where(inList(db, "lead_id", leads)),
);

/** The leads that these numbers stand for now, where they were made one with another. */
export async function heirsOf(db: Db, leads: readonly number[]): Promise<Map<number, number>> {
  if (leads.length === 0) return new Map();
  return new Map((await heirs(db, leads)).map((row) => [row.lead_id, row.into_id]));
}

/** Gives the lead its address, and sends there what has not left yet. */
export async function moveAddress(db: Db, lead: number, from: string, to: string): Promise<void> {
  await db.updateTable("leads").set({ email: to }).where("id", "=", lead).execute();
  await moveMails(db, lead, from, to);
}

async function moveMails(db: Db, lead: number, from: string, to: string): Promise<void> {
  await db
    .updateTable("messages")
    .set({ recipient: to, domain: domainOf(to) })
    .where("lead_id", "=", lead)
    .where("recipient", "=", from)
    .where("state", "in", ["queued", "in_doubt"])
    .execute();
}

/**
 * Gives all that belongs to `from` to `to`, and removes `from`. Its open enrolments are closed for the moment, since two
 * in one sequence may not be open at once: what they come to is for the caller to write.
 */
export async function moveRows(db: Db, from: Lead, to: Lead): Promise<void> {
  const ids = [from.id, to.id] as const;
  for (const table of ["events", "event_keys", "notices", "deals"] as const) {
    await db.updateTable(table).set({ lead_id: to.id }).where("lead_id", "=", from.id).execute();
  }
  await db
    .updateTable("enrolments")
    .set({ state: "ended" })
    .where("lead_id", "=", from.id)
    .where("state", "=", "open")
    .execute();
  await db.updateTable("enrolments").set({ lead_id: to.id }).where("lead_id", "=", from.id).execute();
  // A sequence's mail has the lead's number at the beginning of its key.
  const prefix = `${from.id}/`;
  await db
    .updateTable("messages")
    .set({ message_key: sql<string>`${`${to.id}/`} || substr(message_key, ${sql.lit(prefix.length + 1)})` })
    .where("lead_id", "=", from.id)
    .where("message_key", "like", `${prefix}%`)
    .execute();
  await db.updateTable("messages").set({ lead_id: to.id }).where("lead_id", "=", from.id).execute();
  await moveMails(db, to.id, from.email, to.email);
  await moveMemberships(db, ...ids);
  await moveTrials(db, ...ids);
  await db.updateTable("merged_leads").set({ into_id: to.id }).where("into_id", "=", from.id).execute();
  await db.insertInto("merged_leads").values({ lead_id: from.id, into_id: to.id }).execute();
  const created_at = Math.min(from.createdAt, to.createdAt);
  await db.updateTable("leads").set({ created_at }).where("id", "=", to.id).execute();
  await db.deleteFrom("leads").where("id", "=", from.id).execute();
}

async function moveMemberships(db: Db, from: number, to: number): Promise<void> {
  const own = db.selectFrom("segment_members").select("segment").where("lead_id", "=", to);
  await db
    .updateTable("segment_members")
    .set({ lead_id: to })
    .where("lead_id", "=", from)
    .where("segment", "not in", own)
    .execute();
}

/** One person is measured once: in a test that both are part of, by whoever was asked first. */
async function moveTrials(db: Db, from: number, to: number): Promise<void> {
  const trials = await db
    .selectFrom("trials")
    .selectAll()
    .where("lead_id", "in", [from, to])
    .orderBy("test")
    .orderBy("asked_at")
    .orderBy("lead_id")
    .execute();
  const second = trials.filter(({ test }, index) => trials[index - 1]?.test === test);
  for (const { test, variant, lead_id, began_at, look_at, converted_at } of second) {
    await db.deleteFrom("trials").where("test", "=", test).where("lead_id", "=", lead_id).execute();
    if (began_at === null || look_at === null) continue;
    const counted = { leads: -1, converted: converted_at === null ? 0 : -1, seen: 0, seen_converted: 0 };
    await addToTallies(db, [{ test, variant, ...counted }]);
  }
  await db.updateTable("trials").set({ lead_id: to }).where("lead_id", "=", from).execute();
}
