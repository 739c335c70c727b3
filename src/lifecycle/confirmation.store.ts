import { insertMany } from "../db/batch.store.ts";
import type { Db } from "../db/tables.ts";
import type { Instant } from "../instant.ts";
import { domainOf } from "../leads/address.ts";
import type { Lead } from "../leads/lead.ts";
import type { Programme } from "../programme/programme.ts";
import type { Stock } from "./ids.store.ts";

/** The mail with the link by which a lead confirms its address. */
const TEMPLATE = "system/confirm";

/** Before any mail of a sequence. */
const PRIORITY = 1000;

/** One mail a lead, ever: strangers can't make us write to somebody twice. */
export function confirmationKey(lead: number): string {
  return `confirm/${lead}`;
}

/** Asks those of these new leads who have to confirm first, where there is a template for it; never the suppressed. */
export async function askToConfirm(
  db: Db,
  leads: readonly Lead[],
  { templates, hash }: Programme,
  stock: Stock,
  now: Instant,
): Promise<void> {
  const asked = leads.filter((lead) => !lead.confirmed && lead.suppressed === null);
  if (asked.length === 0 || !templates.has(TEMPLATE)) return;
  const rows = asked.map((lead) => ({
    id: stock.message(),
    message_key: confirmationKey(lead.id),
    kind: "confirmation",
    lead_id: lead.id,
    recipient: lead.email,
    template: TEMPLATE,
    state: "queued",
    queued_at: now,
    due_at: now,
    priority: PRIORITY,
    domain: domainOf(lead.email),
    attempt: 0,
    tries: 0,
    hits: '{"links":0,"list":[]}',
    programme: hash,
  }));
  const columns = Object.keys(rows[0]!) as (keyof (typeof rows)[number])[];
  await insertMany(db, "messages", rows, { columns, onConflict: "nothing" });
}
