import { sql, type Kysely } from "kysely";

/** People who log in to the dashboard, and the browsers in which they have. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const sqlite = db.getExecutor().adapter.constructor.name.startsWith("Sqlite");
  const int = sqlite ? "integer" : "bigint";
  // A number is never given twice: what names a user who is gone names nobody.
  const serial = sqlite ? "integer primary key autoincrement" : "bigserial primary key";
  const statements = [
    `create table users (
       id ${serial}, email text not null unique, role text not null, rep text, password text not null,
       created_at ${int} not null, logged_in_at ${int}
     )`,
    `create table sessions (
       hash text primary key, user_id ${int} not null, created_at ${int} not null, seen_at ${int} not null,
       expires_at ${int} not null
     )`,
    "create index sessions_user on sessions (user_id)",
    "create index sessions_expires on sessions (expires_at)",
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}
