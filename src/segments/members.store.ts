import type { Db } from "../db/tables.ts";

/** How many leads each segment has: counted in an index. A segment without any is left out. */
export async function countMembers(db: Db): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("segment_members")
    .select(({ fn }) => ["segment", fn.countAll<number>().as("count")])
    .groupBy("segment")
    .execute();
  return new Map(rows.map(({ segment, count }) => [segment, Number(count)]));
}
