import { sql, type Kysely } from "kysely";

// What was live when is a log; a version is only files. A definition lives on while somebody may still finish it:
// `in_flight` is what the apply that replaced it said, null for one that is current.
const STATEMENTS = `
create table applies (
  id SERIAL, at INT not null, version text not null, kind text not null, author text not null, message text not null,
  in_flight text not null, enrol_existing text not null
);
insert into applies (at, version, kind, author, message, in_flight, enrol_existing)
  select applied_at, hash, 'apply', author, message, 'migrate', '[]' from versions order by applied_at;
alter table versions drop column applied_at;
alter table versions drop column author;
alter table versions drop column message;
delete from settings where name = 'applied';
create table definitions (
  hash text primary key, sequence text not null, body text not null, templates text not null, in_flight text, replaced_by INT
);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  const sqlite = db.getExecutor().adapter.constructor.name.startsWith("Sqlite");
  for (const statement of STATEMENTS.split(";\n")) {
    if (statement.trim() === "") continue;
    const text = statement
      .replace(/\bSERIAL\b/g, sqlite ? "integer primary key autoincrement" : "bigserial primary key")
      .replace(/\bINT\b/g, sqlite ? "integer" : "bigint");
    await sql.raw(text).execute(db);
  }
}
