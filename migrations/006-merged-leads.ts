import { sql, type Kysely } from "kysely";

/** A lead that was made one with another leaves its number behind: links in its mails and browsers still say it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const int = db.getExecutor().adapter.constructor.name.startsWith("Sqlite") ? "integer" : "bigint";
  await sql
    .raw(
      `create table merged_leads (lead_id ${int} primary key, into_id ${int} not null references leads (id) on delete cascade)`,
    )
    .execute(db);
  await sql.raw("create index merged_leads_into on merged_leads (into_id)").execute(db);
}
