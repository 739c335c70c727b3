import { sql, type Kysely } from "kysely";
import { foldedAttributes } from "../src/conditions/folded.ts";
import type { Attributes } from "../src/leads/lead.ts";

const AT_ONCE = 500;

/** Ad-hoc filters look into the attributes as conditions compare them; lists go by the day a lead was made. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table leads add column folded text not null default '{}'").execute(db);
  await sql.raw("create index leads_created on leads (created_at, id)").execute(db);
  for (let after = 0; ;) {
    const { rows } = await sql<{ id: number; attributes: string }>`
      select id, attributes from leads where id > ${after} order by id limit ${AT_ONCE}`.execute(db);
    for (const { id, attributes } of rows) {
      const folded = foldedAttributes(JSON.parse(attributes) as Attributes);
      if (folded !== "{}") await sql`update leads set folded = ${folded} where id = ${id}`.execute(db);
    }
    if (rows.length < AT_ONCE) return;
    after = rows.at(-1)!.id;
  }
}
