import { expressionBuilder, type Expression, type SqlBool } from "kysely";
import type { Db, Tables } from "../../db/tables.ts";

// The one place that says what a rep sees.

/** A rep, to whom nothing is shown but what is theirs. */
export interface SeenBy {
  readonly rep: string;
  /** Where their notices go; null: the rep is in no file any more. */
  readonly address: string | null;
}

/** For a query that has the leads in it: those that a rep owns, and those of notices that wait for this rep's answer. */
export function leadsSeenBy(rep: string): Expression<SqlBool> {
  const leads = expressionBuilder<Tables, "leads">();
  const asked = leads
    .selectFrom("notices")
    .select("notices.lead_id")
    .where("notices.rep", "=", rep)
    .where("notices.state", "=", "sent");
  return leads.or([leads("leads.owner", "=", rep), leads("leads.id", "in", asked)]);
}

/**
 * For a query that has the messages and their leads in it: the mails to those leads, and those to the rep about them. Not
 * what other reps were sent about them, since whoever has that may answer for them.
 */
export function mailsSeenBy({ rep, address }: SeenBy): Expression<SqlBool> {
  const mails = expressionBuilder<Tables, "messages" | "leads">();
  // By the leads, of which one rep has few.
  const theirs = mails.selectFrom("leads").select("leads.id").where(leadsSeenBy(rep));
  const to: Expression<SqlBool>[] = [mails("messages.kind", "in", ["sequence", "confirmation"])];
  if (address !== null) to.push(mails("messages.recipient", "=", address));
  return mails.and([mails("messages.lead_id", "in", theirs), mails.or(to)]);
}

/** Whether a rep sees the lead of this address; null sees all. */
export async function seesLead(db: Db, seenBy: SeenBy | null, email: string): Promise<boolean> {
  if (seenBy === null) return true;
  const query = db.selectFrom("leads").select("id").where("email", "=", email);
  return (await query.where(leadsSeenBy(seenBy.rep)).executeTakeFirst()) !== undefined;
}

/** Whether a rep sees this mail; null sees all. */
export async function seesMail(db: Db, seenBy: SeenBy | null, id: number): Promise<boolean> {
  if (seenBy === null) return true;
  const query = db.selectFrom("messages").leftJoin("leads", "leads.id", "messages.lead_id");
  const found = await query
    .select("messages.id")
    .where("messages.id", "=", id)
    .where(mailsSeenBy(seenBy))
    .executeTakeFirst();
  return found !== undefined;
}
