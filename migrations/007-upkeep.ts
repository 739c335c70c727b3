import { sql, type Kysely } from "kysely";

/** What is kept of requests for a while is forgotten by age. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("create index idempotency_at on idempotency (at)").execute(db);
}
