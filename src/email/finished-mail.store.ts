import { insertMany } from "../db/batch.store.ts";
import type { Db } from "../db/tables.ts";
import type { Instant } from "../instant.ts";
import { domainOf } from "../leads/address.ts";

/** Before any mail of a sequence. */
const PRIORITY = 1000;

/** A mail that a lead has asked for just now, and that no template makes. */
export interface FinishedMail {
  readonly id: number;
  /** Shown as `system:NAME`. */
  readonly name: string;
  /** The same mail can't be queued twice. */
  readonly key: string;
  readonly recipient: string;
  readonly lead: number;
  readonly body: { readonly subject: string; readonly html: string; readonly text: string };
  readonly at: Instant;
  readonly programme: string;
}

/** Puts it into the outbox; says whether it was new. */
export async function queueFinished(db: Db, mail: FinishedMail): Promise<boolean> {
  const row = {
    id: mail.id,
    message_key: mail.key,
    kind: "confirmation",
    lead_id: mail.lead,
    recipient: mail.recipient,
    template: `system:${mail.name}`,
    subject: mail.body.subject,
    variables: JSON.stringify(mail.body),
    state: "queued",
    queued_at: mail.at,
    due_at: mail.at,
    priority: PRIORITY,
    domain: domainOf(mail.recipient).toLowerCase(),
    attempt: 0,
    tries: 0,
    hits: '{"links":0,"list":[]}',
    programme: mail.programme,
  };
  const columns = Object.keys(row) as (keyof typeof row)[];
  return (await insertMany(db, "messages", [row], { columns, onConflict: "nothing" })) > 0;
}
