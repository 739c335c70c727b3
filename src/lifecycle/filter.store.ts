import type { Sql } from "../conditions/bounds.store.ts";
import type { Db } from "../db/tables.ts";
import { LEAD_COLUMNS, type LeadRow } from "../leads/leads.store.ts";

/** A lead as a list reads it, with what the spine keeps of it and the programme that it was last lived under. */
export type FilteredRow = LeadRow & { readonly state: string | null; readonly programme: string | null };

/** The number of the `size`-th lead after one; null where fewer are left. */
export async function leadNumberAfter(db: Db, after: number | null, size: number): Promise<number | null> {
  const row = await db
    .selectFrom("leads")
    .select("id")
    .where("id", ">", after ?? 0)
    .orderBy("id")
    .offset(size - 1)
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** The leads with numbers in (after, until], in order, for whom `narrowed` holds. */
export function leadsByNumber(
  db: Db,
  after: number | null,
  until: number | null,
  narrowed: Sql,
): Promise<FilteredRow[]> {
  return db
    .selectFrom("leads")
    .leftJoin("lead_state", "lead_state.lead_id", "leads.id")
    .select([...LEAD_COLUMNS, "lead_state.state", "lead_state.programme"])
    .where("leads.id", ">", after ?? 0)
    .$if(until !== null, (query) => query.where("leads.id", "<=", until!))
    .where(narrowed)
    .orderBy("leads.id")
    .execute();
}
