import { inList } from "../../db/batch.store.ts";
import type { Db } from "../../db/tables.ts";

/** Those of these addresses that are no leads of this rep's: other reps' and nobody's. */
export async function notTheirs(db: Db, rep: string, emails: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom("leads")
    .select("email")
    .where(inList(db, "email", emails))
    .where("owner", "=", rep)
    .execute();
  const own = new Set(rows.map((row) => row.email));
  return new Set(emails.filter((email) => !own.has(email)));
}

/** Whether any lead is theirs, though they may have left. */
export async function ownsLeads(db: Db, owner: string): Promise<boolean> {
  const row = await db
    .selectFrom("leads")
    .select("id")
    .where("owner", "=", owner)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Those of these that name a deal which is another lead's. */
export async function dealsOfOthers<T extends { readonly deal: string; readonly email: string }>(
  db: Db,
  named: readonly T[],
): Promise<T[]> {
  if (named.length === 0) return [];
  const rows = await db
    .selectFrom("deals")
    .innerJoin("leads", "leads.id", "deals.lead_id")
    .select(["deals.id", "leads.email"])
    .where(
      inList(
        db,
        "deals.id",
        named.map((one) => one.deal),
      ),
    )
    .execute();
  const owners = new Map(rows.map((row) => [row.id, row.email]));
  return named.filter((one) => (owners.get(one.deal) ?? one.email) !== one.email);
}
