import type { Db } from "../db/tables.ts";
import { queueOwnMails } from "../email/own-mails.store.ts";
import type { Instant } from "../instant.ts";
import type { Lead } from "../leads/lead.ts";
import type { Programme } from "../programme/programme.ts";
import type { Stock } from "./ids.store.ts";

/** The mail with the link by which a lead confirms its address. */
const TEMPLATE = "system/confirm";

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
  await queueOwnMails(
    db,
    asked.map((lead) => ({
      id: stock.message(),
      kind: "confirmation",
      key: confirmationKey(lead.id),
      recipient: lead.email,
      lead: lead.id,
      template: TEMPLATE,
      body: null,
      at: now,
      programme: hash,
    })),
  );
}
