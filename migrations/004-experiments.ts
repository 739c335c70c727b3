import { sql, type Kysely } from "kysely";

// A trial is one lead's part in an A/B test or in the measure of a holdout; tallies are their sums, kept as outcomes
// come in; winners are what was decided.
const STATEMENTS = `
create table trials (
  test text not null, lead_id INT not null references leads (id) on delete cascade, variant text not null, message_id INT,
  asked_at INT not null, began_at INT, look_at INT, converted_at INT, primary key (test, lead_id)
) CLUSTERED;
create index trials_look on trials (look_at) where look_at is not null;
create index trials_lead on trials (lead_id);

create table tallies (
  test text not null, variant text not null, leads INT not null, converted INT not null, seen INT not null,
  seen_converted INT not null, primary key (test, variant)
) CLUSTERED;

create table winners (test text primary key, variant text not null, at INT not null, numbers text not null);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  const sqlite = db.getExecutor().adapter.constructor.name.startsWith("Sqlite");
  for (const statement of STATEMENTS.split(";\n")) {
    if (statement.trim() === "") continue;
    const text = statement
      .replace(/\bINT\b/g, sqlite ? "integer" : "bigint")
      .replace(/\) CLUSTERED/g, sqlite ? ") without rowid" : ")");
    await sql.raw(text).execute(db);
  }
}
