import { foldedAttributes } from "../conditions/folded.ts";
import { inList, insertMany, updateMany } from "../db/batch.store.ts";
import { kept } from "../db/kept.store.ts";
import type { Db, Row } from "../db/tables.ts";
import type { Attributes, Lead, Stage } from "./lead.ts";

/** What a lead is made of. `folded` is for SQL alone. */
export const LEAD_COLUMNS = [
  "leads.id",
  "leads.email",
  "leads.attributes",
  "leads.owner",
  "leads.stage",
  "leads.paused_until",
  "leads.suppressed",
  "leads.confirmed",
  "leads.created_at",
] as const;

export type LeadRow = Omit<Row<"leads">, "folded">;

export function leadOf(row: LeadRow): Lead {
  return {
    id: row.id,
    email: row.email,
    attributes: JSON.parse(row.attributes) as Attributes,
    owner: row.owner,
    stage: row.stage as Stage,
    pausedUntil: row.paused_until,
    suppressed: row.suppressed,
    confirmed: row.confirmed === 1,
    createdAt: row.created_at,
  };
}

function rowOf(lead: Lead): Row<"leads"> {
  return {
    id: lead.id,
    email: lead.email,
    attributes: JSON.stringify(lead.attributes),
    folded: foldedAttributes(lead.attributes),
    owner: lead.owner,
    stage: lead.stage,
    paused_until: lead.pausedUntil,
    suppressed: lead.suppressed,
    confirmed: lead.confirmed ? 1 : 0,
    created_at: lead.createdAt,
  };
}

const idsOf = kept((db: Db, emails: readonly string[]) =>
  db
    .selectFrom("leads")
    .select(["id", "email"])
    .where(inList(db, "email", emails)),
);

/** Ids of the leads that have these normalised addresses. */
export async function findLeadIds(db: Db, emails: readonly string[]): Promise<Map<string, number>> {
  const rows = await idsOf(db, emails);
  return new Map(rows.map((row) => [row.email, row.id]));
}

export async function findLead(db: Db, email: string): Promise<Lead | null> {
  const row = await db.selectFrom("leads").select(LEAD_COLUMNS).where("email", "=", email).executeTakeFirst();
  return row ? leadOf(row) : null;
}

export async function insertLeads(db: Db, leads: readonly Lead[]): Promise<void> {
  await insertMany(db, "leads", leads.map(rowOf));
}

export async function updateLeads(db: Db, leads: readonly Lead[]): Promise<void> {
  await updateMany(
    db,
    "leads",
    ["id"],
    ["attributes", "folded", "owner", "stage", "paused_until", "suppressed", "confirmed"],
    leads.map(rowOf),
  );
}
