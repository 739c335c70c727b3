import { sql, type Kysely } from "kysely";

/** Requests of mail providers that were taken, so that the same one again does nothing; forgotten once too old to count. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const int = db.getExecutor().adapter.constructor.name.startsWith("Sqlite") ? "integer" : "bigint";
  await sql
    .raw(`create table provider_requests (request_key text primary key, at ${int} not null)`)
    .execute(db);
  await sql.raw("create index provider_requests_at on provider_requests (at)").execute(db);
}
