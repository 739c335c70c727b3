import { insertMany } from "../db/batch.store.ts";
import type { Db } from "../db/tables.ts";
import type { Instant } from "../instant.ts";
import { domainOf } from "../leads/address.ts";

/** Before any mail of a sequence. */
const PRIORITY = 1000;

/** A mail that no sequence asked for: to a rep, or to a lead that has asked for it just now. */
export interface OwnMail {
  readonly id: number;
  readonly kind: "notice" | "digest" | "announcement" | "confirmation";
  /** The same mail can't be queued twice. */
  readonly key: string;
  readonly recipient: string;
  /** The lead that it is to or about. */
  readonly lead: number | null;
  /** The template's name; `system:NAME` for one that is finished. */
  readonly template: string;
  /** What a finished mail says, and what must be known of it beside that. */
  readonly body: { readonly subject: string; readonly html: string; readonly text: string } | null;
  readonly at: Instant;
  /** When it should have left, where that is earlier than `at`. */
  readonly due?: Instant;
  readonly programme: string;
}

/** Puts them into the outbox; says how many were new. */
export async function queueOwnMails(db: Db, mails: readonly OwnMail[]): Promise<number> {
  const rows = mails.map((mail) => ({
    id: mail.id,
    message_key: mail.key,
    kind: mail.kind,
    lead_id: mail.lead,
    recipient: mail.recipient,
    template: mail.template,
    subject: mail.body?.subject ?? null,
    variables: mail.body && JSON.stringify(mail.body),
    state: "queued",
    queued_at: mail.at,
    due_at: mail.due ?? mail.at,
    priority: PRIORITY,
    domain: domainOf(mail.recipient).toLowerCase(),
    attempt: 0,
    tries: 0,
    hits: '{"links":0,"list":[]}',
    programme: mail.programme,
  }));
  const columns = Object.keys(rows[0] ?? {}) as (keyof (typeof rows)[number])[];
  return insertMany(db, "messages", rows, { columns, onConflict: "nothing" });
}
