import { sql, type Kysely } from "kysely";

/** The few mails in doubt are listed for people, and count against the rates. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("create index messages_in_doubt on messages (done_at) where state = 'in_doubt'").execute(db);
}
