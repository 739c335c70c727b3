import { sql, type Kysely } from "kysely";

// Written in the words that both databases share; INT, REAL and the clustering differ.
// `integer primary key` is SQLite's rowid itself; a bigint primary key there would be a second index.
const STATEMENTS = `
create table leads (
  id ID, email text not null unique, attributes text not null, owner text, stage text not null,
  paused_until INT, suppressed text, confirmed INT not null, created_at INT not null
);
create index leads_owner on leads (owner);
create index leads_stage on leads (stage);

create table lead_state (lead_id ID references leads (id) on delete cascade, state text not null, due_at INT, programme text not null);
create index lead_state_due on lead_state (due_at) where due_at is not null;
create index lead_state_programme on lead_state (programme, lead_id);

create table scores (
  model text not null, lead_id INT not null references leads (id) on delete cascade, temperature text not null,
  total REAL not null, at INT not null, next_at INT, primary key (lead_id, model)
) CLUSTERED;
create index scores_temperature on scores (model, temperature, total);

create table score_history (
  lead_id INT not null references leads (id) on delete cascade, model text not null, at INT not null, place INT not null,
  kind text not null, mark text, from_state text not null, to_state text not null, cause text not null, event text,
  total REAL not null, revised INT not null, primary key (lead_id, model, at, place)
) CLUSTERED;
create index score_history_at on score_history (at);

create table inbox (id SERIAL, received_at INT not null, body text not null, failed text);

create table events (
  lead_id INT not null references leads (id) on delete cascade, at INT not null, seq INT not null, type text not null,
  actor text not null, verdict text not null, verdict_reason text, message_id INT, properties text not null,
  recorded_at INT not null, primary key (lead_id, at, seq)
) CLUSTERED;

create table event_keys (event_key text primary key, lead_id INT not null, recorded_at INT not null) CLUSTERED;

create table enrolments (
  id ID, lead_id INT not null references leads (id) on delete cascade, sequence text not null, definition text not null,
  state text not null, step text, since INT not null, due_at INT, entered_at INT not null, ended_at INT, outcome text,
  holdout INT not null
);
create unique index enrolments_open on enrolments (lead_id, sequence) where state = 'open';
create index enrolments_open_lead on enrolments (lead_id, id) where state = 'open';
create index enrolments_lead on enrolments (lead_id);
create index enrolments_sequence on enrolments (sequence, state, step);

create table messages (
  id ID, message_key text not null unique, kind text not null, lead_id INT references leads (id) on delete cascade,
  recipient text not null, enrolment_id INT, sequence text, step text, template text not null, template_hash text,
  variant text, locale text, subject text, variables text, state text not null, queued_at INT not null, due_at INT not null,
  priority INT not null, domain text not null, attempt INT not null, tries INT not null, lease_until INT, gated_at INT,
  sent_at INT, done_at INT, decision text, reason text, until INT, opened_at INT, clicked_at INT, replied_at INT,
  unsubscribed_at INT, bounced_at INT, machine_at INT, hits text not null, programme text not null
);
create index messages_outbox on messages (priority desc, due_at, id) where state = 'queued';
create index messages_due on messages (due_at) where state = 'queued';
create index messages_lease on messages (lease_until) where state = 'sending';
create index messages_lead on messages (lead_id, id);
create index messages_enrolment on messages (enrolment_id);
create index messages_step on messages (sequence, step);
create index messages_sent on messages (sent_at, domain);

create table message_decisions (
  message_id INT not null references messages (id) on delete cascade, place INT not null, at INT not null,
  decision text not null, reason text, until INT, primary key (message_id, place)
) CLUSTERED;

create table templates (hash text primary key, name text not null, locale text not null, body text not null);

create table notices (
  id ID, lead_id INT not null references leads (id) on delete cascade, kind text not null, rule INT, state text not null,
  rep text, reason text not null, at INT not null, due_at INT, sent_at INT, escalations INT not null, answer text,
  answer_reason text, answered_at INT
);
create index notices_due on notices (due_at) where due_at is not null;
create index notices_lead on notices (lead_id, kind, at);
create index notices_rep on notices (rep, at);

create table deals (
  id text primary key, lead_id INT not null references leads (id) on delete cascade, stage text not null, value REAL,
  owner text, opened_at INT not null, changed_at INT not null, closed_at INT, outcome text, reason text
);
create index deals_lead on deals (lead_id);

create table segment_members (
  segment text not null, lead_id INT not null references leads (id) on delete cascade, joined_at INT not null,
  primary key (segment, lead_id)
) CLUSTERED;
create index segment_members_lead on segment_members (lead_id);

create table suppressions (hash text primary key, key_id text not null, reason text not null, source text not null, at INT not null);
create table reps (rep text primary key, last_notified_at INT);
create table versions (hash text primary key, applied_at INT not null, author text not null, message text not null, files text not null);
create table settings (name text primary key, value text not null);
create table api_keys (
  id SERIAL, name text not null, role text not null, rep text, hash text not null unique, created_at INT not null, revoked_at INT
);
create table idempotency (request_key text primary key, body_hash text not null, status INT not null, answer text not null, at INT not null);
create table webhook_deliveries (
  id SERIAL, webhook text not null, body text not null, state text not null, tries INT not null, due_at INT not null,
  at INT not null, error text
);
create index webhook_deliveries_due on webhook_deliveries (due_at) where state = 'waiting';
`;

/** Numbers that rows get: a table of counters in SQLite, sequences in PostgreSQL (no lock until commit). */
const COUNTERS = ["lead", "event", "enrolment", "message", "notice"];

export async function up(db: Kysely<unknown>): Promise<void> {
  const sqlite = isSqlite(db);
  for (const statement of STATEMENTS.split(";\n")) {
    if (statement.trim() === "") continue;
    const text = statement
      .replace(/\bSERIAL\b/g, sqlite ? "integer primary key autoincrement" : "bigserial primary key")
      .replace(/\bID\b/g, sqlite ? "integer primary key" : "bigint primary key")
      .replace(/\bINT\b/g, sqlite ? "integer" : "bigint")
      .replace(/\bREAL\b/g, sqlite ? "real" : "double precision")
      .replace(/\) CLUSTERED/g, sqlite ? ") without rowid" : ")");
    await sql.raw(text).execute(db);
  }
  if (sqlite) {
    await sql
      .raw("create table counters (name text primary key, value integer not null) without rowid")
      .execute(db);
    for (const name of COUNTERS) await sql.raw(`insert into counters values ('${name}', 0)`).execute(db);
  } else {
    for (const name of COUNTERS) await sql.raw(`create sequence kindling_${name}_seq`).execute(db);
  }
}

function isSqlite(db: Kysely<unknown>): boolean {
  return db.getExecutor().adapter.constructor.name.startsWith("Sqlite");
}
