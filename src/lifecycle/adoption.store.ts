import type { Db } from "../db/tables.ts";

/** How far the leads are taken over to a programme: segments are filled with them, and scores are by its models. */
export interface Adoption {
  readonly taken: number;
  readonly total: number;
}

/** Counted in an index. */
export async function adoptionOf(db: Db, programme: string): Promise<Adoption> {
  const rows = await db
    .selectFrom("lead_state")
    .select(({ fn }) => ["programme", fn.countAll<number>().as("count")])
    .groupBy("programme")
    .execute();
  const count = (some: typeof rows) => some.reduce((sum, row) => sum + Number(row.count), 0);
  return { taken: count(rows.filter((row) => row.programme === programme)), total: count(rows) };
}
