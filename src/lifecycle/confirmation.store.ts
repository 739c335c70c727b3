import { inList } from "../db/batch.store.ts";
import type { Db } from "../db/tables.ts";
import { CONFIRMATION_TEMPLATE } from "../email/own-link.ts";
import { queueOwnMails } from "../email/own-mails.store.ts";
import { DAY, type Instant } from "../instant.ts";
import type { Lead } from "../leads/lead.ts";
import type { Programme } from "../programme/programme.ts";
import type { Stock } from "./ids.store.ts";

/** Strangers can't make us write to somebody more often. */
const ASK_AGAIN = 7 * DAY;

export function confirmationKey(lead: number, at: Instant): string {
  return `confirm/${lead}/${at}`;
}

/** Asks these leads to confirm, where there is a template for it; never the suppressed, nor who was asked just now. */
export async function askToConfirm(
  db: Db,
  leads: readonly Lead[],
  { templates, hash }: Programme,
  stock: Stock,
  now: Instant,
): Promise<void> {
  const mailable = leads.filter(({ suppressed }) => suppressed === null);
  if (mailable.length === 0 || !templates.has(CONFIRMATION_TEMPLATE)) return;
  const lately = await askedSince(db, mailable, now - ASK_AGAIN);
  await queueOwnMails(
    db,
    mailable
      .filter(({ id }) => !lately.has(id))
      .map((lead) => ({
        id: stock.message(),
        kind: "confirmation",
        key: confirmationKey(lead.id, now),
        recipient: lead.email,
        lead: lead.id,
        template: CONFIRMATION_TEMPLATE,
        body: null,
        at: now,
        programme: hash,
      })),
  );
}

/** The leads among these to whom such a mail was queued since. */
async function askedSince(db: Db, leads: readonly Lead[], since: Instant): Promise<Set<number | null>> {
  const rows = await db
    .selectFrom("messages")
    .select("lead_id")
    .where(
      inList(
        db,
        "lead_id",
        leads.map(({ id }) => id),
      ),
    )
    .where("kind", "=", "confirmation")
    .where("template", "=", CONFIRMATION_TEMPLATE)
    .where("queued_at", ">", since)
    .execute();
  return new Set(rows.map(({ lead_id }) => lead_id));
}
