import type { Db } from "../db/tables.ts";

export async function countLeads(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom("leads")
    .select(({ fn }) => fn.countAll<number | string>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** All types of events that the log has. Reads all of it: only for saying what there is. */
export async function eventTypes(db: Db): Promise<string[]> {
  const rows = await db.selectFrom("events").select("type").distinct().orderBy("type").execute();
  return rows.map(({ type }) => type);
}
