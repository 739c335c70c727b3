import type { Db } from "../db/tables.ts";
import type { MailVariables } from "../email/render.ts";
import type { Template } from "../email/template.ts";
import { findTemplate } from "../programme/versions.store.ts";

/** The lead of a message; null for one that is gone, or of no lead. */
export async function readLeadOf(db: Db, message: number): Promise<number | null> {
  const row = await db.selectFrom("messages").select("lead_id").where("id", "=", message).executeTakeFirst();
  return row?.lead_id ?? null;
}

/** In what language the lead of a message reads; null where nobody said. */
export async function readLocale(db: Db, message: number): Promise<string | null> {
  const row = await db
    .selectFrom("messages")
    .innerJoin("leads", "leads.id", "messages.lead_id")
    .select(["leads.attributes", "messages.locale"])
    .where("messages.id", "=", message)
    .executeTakeFirst();
  return row ? (localeOf(JSON.parse(row.attributes) as Record<string, unknown>) ?? row.locale) : null;
}

export function localeOf(attributes: Readonly<Record<string, unknown>>): string | null {
  const { locale } = attributes;
  return typeof locale === "string" ? locale : null;
}

/** A mail as it left, to be rendered again. */
export interface SentMail {
  readonly id: number;
  readonly sequence: string | null;
  readonly template: Template;
  readonly variables: MailVariables;
}

/** Null for a message that is gone, has not left yet, or has no template. */
export async function readSentMail(db: Db, message: number): Promise<SentMail | null> {
  const row = await db
    .selectFrom("messages")
    .select(["id", "sequence", "template_hash", "variables"])
    .where("id", "=", message)
    .executeTakeFirst();
  if (!row || row.template_hash === null || row.variables === null) return null;
  const template = await findTemplate(db, row.template_hash);
  if (!template) return null;
  const variables = JSON.parse(row.variables) as MailVariables;
  return { id: row.id, sequence: row.sequence, template, variables };
}

/** A lead who asked by mail. */
export interface Asker {
  readonly id: number;
  readonly email: string;
  readonly locale: string | null;
  readonly confirmed: boolean;
  readonly suppressed: string | null;
}

/** The lead, if the mail with this key went to the address that is theirs now. */
export async function readAsker(db: Db, lead: number, key: string): Promise<Asker | null> {
  const row = await db
    .selectFrom("messages")
    .innerJoin("leads", "leads.id", "messages.lead_id")
    .select(["leads.id", "leads.email", "leads.attributes", "leads.confirmed", "leads.suppressed"])
    .where("leads.id", "=", lead)
    .where("messages.message_key", "=", key)
    .whereRef("messages.recipient", "=", "leads.email")
    .executeTakeFirst();
  if (!row) return null;
  const attributes = JSON.parse(row.attributes) as Record<string, unknown>;
  const { id, email, suppressed } = row;
  return { id, email, locale: localeOf(attributes), confirmed: row.confirmed === 1, suppressed };
}
