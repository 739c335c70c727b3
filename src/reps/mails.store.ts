import type { Db } from "../db/tables.ts";
import { queueOwnMails } from "../email/own-mails.store.ts";
import type { Instant } from "../instant.ts";
import type { MailBody } from "./notice-mail.ts";
import type { SentMail } from "./notice.ts";

export interface RepMail {
  readonly id: number;
  readonly kind: "notice" | "digest" | "announcement";
  /** The same mail can't be queued twice. */
  readonly key: string;
  readonly recipient: string;
  /** The lead that it is about; null for a digest or an announcement. */
  readonly lead: number | null;
  readonly body: MailBody;
  /** Leads that a digest names, so that an erasure finds it. */
  readonly leads?: readonly number[];
  readonly at: Instant;
  /** When it should have left, where that is earlier than `at`: a restored backup catches up on what was told already. */
  readonly due?: Instant;
  readonly programme: string;
}

/** Puts a mail to a rep into the outbox, finished; says whether it was new. */
export async function queueRepMail(db: Db, mail: RepMail): Promise<boolean> {
  const { subject, html, text } = mail.body;
  const body = { subject, html, text, ...(mail.leads ? { leads: mail.leads } : {}) };
  const { leads: _named, body: _said, ...queued } = mail;
  return (await queueOwnMails(db, [{ ...queued, template: `system:${mail.kind}`, body }])) > 0;
}

/** The mails of sequences to a lead: those that were sent, latest first, and the subjects of all, by number. */
export async function mailsTo(
  db: Db,
  lead: number,
): Promise<{ readonly sent: SentMail[]; readonly subjects: Map<string, string> }> {
  const rows = await db
    .selectFrom("messages")
    .select(["id", "subject", "template", "sent_at", "opened_at", "clicked_at", "replied_at"])
    .where("lead_id", "=", lead)
    .where("kind", "=", "sequence")
    .orderBy("id", "desc")
    .execute();
  const sent = rows
    .filter((row) => row.sent_at !== null)
    .map((row) => ({
      subject: row.subject ?? row.template,
      sentAt: row.sent_at!,
      openedAt: row.opened_at,
      clickedAt: row.clicked_at,
      repliedAt: row.replied_at,
    }))
    .sort((a, b) => b.sentAt - a.sentAt);
  return { sent, subjects: new Map(rows.map((row) => [String(row.id), row.subject ?? row.template])) };
}
