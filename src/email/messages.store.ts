import { sql, type RawBuilder } from "kysely";
import { inList, insertMany, updateMany } from "../db/batch.store.ts";
import { isPostgres, skipLocked } from "../db/dialect.store.ts";
import { kept } from "../db/kept.store.ts";
import type { Db, Row } from "../db/tables.ts";
import { MINUTE, type Instant } from "../instant.ts";
import type { DeferReason } from "./gate.ts";

export type MessageRow = Row<"messages">;

// Written into the statement, not bound: else neither database sees that the partial indexes fit.
const QUEUED = sql.lit("queued");
const SENDING = sql.lit("sending");

const OUTBOX_LOCK = 7_401_002;

/**
 * One claim at a time over all processes, until the transaction ends: caps and rates count what another has just taken.
 */
export async function lockOutbox(db: Db): Promise<void> {
  // A unit of SQLite holds the whole database already.
  if (isPostgres(db)) await sql`select pg_advisory_xact_lock(${OUTBOX_LOCK})`.execute(db);
}

/** Highest first. Each is one step into the index, however much is queued. */
const queuedPriorities = kept((_db: Db) => {
  const highest = (where: RawBuilder<unknown>) =>
    sql`(select priority from messages where state = ${QUEUED} ${where} order by priority desc limit 1)`;
  return sql<{ priority: number }>`
    with recursive queued (priority) as (
      select ${highest(sql``)}
      union all
      select ${highest(sql`and messages.priority < queued.priority`)} from queued where priority is not null
    )
    select priority from queued where priority is not null order by priority desc`;
});

const dueOf = kept((db: Db, priority: number, now: Instant, blocked: readonly string[], limit: number) =>
  skipLocked(
    db,
    db
      .selectFrom("messages")
      .selectAll()
      .where("state", "=", QUEUED)
      // Bare, it would make SQLite prepare the statement anew each time, for the sake of partial indexes.
      .where("priority", "=", sql<number>`${priority} + 0`)
      .where("due_at", "<=", now)
      .where(({ not }) => not(inList(db, "domain", blocked)))
      .orderBy("due_at")
      .orderBy("id")
      .limit(limit),
  ),
);

/** Due and queued, most urgent first; domains whose rate is used up are passed over and hold up no other. */
export async function dueMessages(
  db: Db,
  now: Instant,
  blocked: readonly string[],
  limit: number,
): Promise<MessageRow[]> {
  const due: MessageRow[] = [];
  // One by one: over all of them, in this order, what is put off to later would be read each time.
  for (const { priority } of await queuedPriorities(db)) {
    if (due.length >= limit) break;
    due.push(...(await dueOf(db, priority, now, blocked, limit - due.length)));
  }
  return due;
}

const sentBetween = kept((db: Db, since: Instant, until: Instant) =>
  db
    .selectFrom("messages")
    .select(["id", "domain", "sent_at as at"])
    .where("sent_at", ">", since)
    .where("sent_at", "<=", until),
);

const leavingNow = kept((db: Db) =>
  db
    .selectFrom("messages")
    .select(["id", "domain", "gated_at as at"])
    .where("state", "=", SENDING)
    .where("lease_until", "is not", null),
);

/**
 * When mails left, or began to, within the last minute: what the rates bound. Another worker's clock may be ahead by a
 * little; what left much later than now did so before the clock was set back, and holds up nothing.
 */
export async function recentSends(db: Db, now: Instant): Promise<{ domain: string; at: Instant }[]> {
  // In this order, each mail once: what another worker sees answered in between is among the second, or in both.
  const leaving = await leavingNow(db);
  const sent = await sentBetween(db, now - MINUTE, now + MINUTE);
  const mails = new Map([...leaving, ...sent].map((mail) => [mail.id, mail]));
  return [...mails.values()]
    .map((row) => ({ domain: row.domain, at: row.at ?? now }))
    .sort((a, b) => a.at - b.at);
}

/** Whether any mail ever left. */
export async function hasSent(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom("messages")
    .select("id")
    .where("sent_at", ">", 0)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export interface Counted {
  readonly id: number;
  readonly lead: number;
  readonly sequence: string | null;
  readonly at: Instant;
}

const counting = kept((db: Db, leads: readonly number[], since: Instant) =>
  db
    .selectFrom("messages")
    .select(["id", "lead_id", "sequence", "sent_at", "gated_at"])
    .where(inList(db, "lead_id", leads))
    .where("kind", "=", "sequence")
    .where((where) =>
      where.or([where("sent_at", ">", since), where("state", "in", ["sending", "in_doubt"])]),
    ),
);

/** What counts against caps: mails to these leads sent since then, being sent, or in doubt. Ascending. */
export async function countedMails(db: Db, leads: readonly number[], since: Instant): Promise<Counted[]> {
  const rows = await counting(db, leads, since);
  return rows
    .map((row) => ({
      id: row.id,
      lead: row.lead_id!,
      sequence: row.sequence,
      at: row.sent_at ?? row.gated_at ?? 0,
    }))
    .filter((mail) => mail.at > since)
    .sort((a, b) => a.at - b.at);
}

export interface DecisionRow {
  readonly message_id: number;
  readonly at: Instant;
  readonly decision: string;
  readonly reason: string | null;
  readonly until: Instant | null;
}

/** Keeps what the gate said: "why was this sent", "why not yet", "when next" can always be answered. */
export async function recordDecisions(db: Db, rows: readonly DecisionRow[]): Promise<void> {
  const places = rows.map((row) => ({ ...row, place: row.at }));
  const written = await insertMany(db, "message_decisions", places, { onConflict: "nothing" });
  if (written < rows.length) await recordBeside(db, rows);
}

/** Of one instant (a hold that is released at once) a mail's second decision stands behind the first. */
async function recordBeside(db: Db, rows: readonly DecisionRow[]): Promise<void> {
  const ids = rows.map((row) => row.message_id);
  const known = await db
    .selectFrom("message_decisions")
    .selectAll()
    .where(inList(db, "message_id", ids))
    .orderBy("place")
    .execute();
  const ofMessage = Map.groupBy(known, (row) => row.message_id);
  const missing = rows.flatMap((row) => {
    const last = ofMessage.get(row.message_id)!.at(-1)!;
    const { at, decision, reason, until } = last;
    const same = at === row.at && decision === row.decision && reason === row.reason && until === row.until;
    return same ? [] : [{ ...row, place: Math.max(row.at, last.place + 1) }];
  });
  await insertMany(db, "message_decisions", missing);
}

/** What was put off for this reason is asked about now: the reason may be gone before its time. */
export async function askAgain(
  db: Db,
  leads: readonly number[],
  reason: DeferReason,
  now: Instant,
): Promise<void> {
  if (leads.length === 0) return;
  await db
    .updateTable("messages")
    .set({ due_at: now })
    .where(inList(db, "lead_id", leads))
    .where("state", "=", "queued")
    .where("reason", "=", reason)
    .execute();
}

/** Everything about a message that the outbox changes. */
export async function saveMessages(db: Db, rows: readonly MessageRow[]): Promise<void> {
  if (rows.length === 0) return;
  await updateMany(
    db,
    "messages",
    ["id"],
    [
      "template_hash",
      "locale",
      "subject",
      "variables",
      "state",
      "due_at",
      "attempt",
      "lease_until",
      "gated_at",
      "done_at",
      "decision",
      "reason",
      "until",
      "hits",
      "programme",
    ],
    rows,
  );
}

const firstOfDomains = kept((db: Db) =>
  db
    .selectFrom("messages")
    .select(({ fn }) => ["domain", fn.min("due_at").as("due")])
    .where("state", "=", QUEUED)
    .groupBy("domain")
    .orderBy("domain"),
);

/** The earliest due instant of what is queued, by domain. */
export async function queuedByDomain(db: Db): Promise<{ domain: string; due: Instant }[]> {
  const rows = await firstOfDomains(db);
  return rows.map((row) => ({ domain: row.domain, due: row.due }));
}

const firstQueued = kept((db: Db) =>
  db.selectFrom("messages").select("due_at").where("state", "=", QUEUED).orderBy("due_at").limit(1),
);

export async function nextQueued(db: Db): Promise<Instant | null> {
  const [row] = await firstQueued(db);
  return row?.due_at ?? null;
}

/** The earliest queued message, due after `since`, that does not know yet that all mail is on hold. */
export async function nextUntold(db: Db, since: Instant): Promise<Instant | null> {
  const row = await untold(db, since).select("due_at").limit(1).executeTakeFirst();
  return row?.due_at ?? null;
}

/** Says so to at most `limit` of those that are due; their numbers. */
export async function tellHeld(db: Db, since: Instant, now: Instant, limit: number): Promise<number[]> {
  const rows = await untold(db, since).select("id").where("due_at", "<=", now).limit(limit).execute();
  const ids = rows.map(({ id }) => id);
  if (ids.length > 0) {
    await db
      .updateTable("messages")
      .set({ decision: "defer", reason: "held", until: null })
      .where(inList(db, "id", ids))
      .execute();
  }
  return ids;
}

function untold(db: Db, since: Instant) {
  return db
    .selectFrom("messages")
    .where("state", "=", QUEUED)
    .where("due_at", ">", since)
    .where(({ or, eb }) => or([eb("reason", "is", null), eb("reason", "!=", "held")]))
    .orderBy("due_at")
    .orderBy("id");
}
