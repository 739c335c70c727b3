import { inList, insertMany, updateMany } from "../db/batch.store.ts";
import { kept } from "../db/kept.store.ts";
import type { Db, Row } from "../db/tables.ts";
import type { Instant } from "../instant.ts";
import type { Actor, LoggedEvent, Properties, Verdict } from "./event.ts";

/** The whole logs of these leads, each in order. */
export async function readLog(db: Db, leadIds: readonly number[]): Promise<Map<number, LoggedEvent[]>> {
  const rows = await db
    .selectFrom("events")
    .selectAll()
    .where(inList(db, "lead_id", leadIds))
    .orderBy("lead_id")
    .orderBy("at")
    .orderBy("seq")
    .execute();
  return byLead(rows);
}

/** Of these leads' logs the events of some types after an instant, and all of some others; each lead's in order. */
export async function readLogOf(
  db: Db,
  leadIds: readonly number[],
  some: { readonly types: readonly string[]; readonly after: Instant },
  all: readonly string[],
): Promise<Map<number, LoggedEvent[]>> {
  const rows = await db
    .selectFrom("events")
    .selectAll()
    .where(inList(db, "lead_id", leadIds))
    .where((where) =>
      where.or([
        where.and([where("at", ">", some.after), inList(db, "type", some.types)]),
        inList(db, "type", all),
      ]),
    )
    .orderBy("lead_id")
    .orderBy("at")
    .orderBy("seq")
    .execute();
  return byLead(rows);
}

/** The whole logs of the leads from `first` to `last`, each in order: one walk along the table. */
export async function readLogs(db: Db, first: number, last: number): Promise<Map<number, LoggedEvent[]>> {
  return byLead(await logsBetween(db, first, last));
}

const logsBetween = kept((db: Db, first: number, last: number) =>
  db
    .selectFrom("events")
    .selectAll()
    .where("lead_id", ">=", first)
    .where("lead_id", "<=", last)
    .orderBy("lead_id")
    .orderBy("at")
    .orderBy("seq"),
);

function byLead(rows: readonly Row<"events">[]): Map<number, LoggedEvent[]> {
  const logs = new Map<number, LoggedEvent[]>();
  for (const row of rows) {
    const log = logs.get(row.lead_id);
    if (log) log.push(eventOf(row));
    else logs.set(row.lead_id, [eventOf(row)]);
  }
  return logs;
}

function eventOf(row: Row<"events">): LoggedEvent {
  return {
    seq: row.seq,
    type: row.type,
    at: row.at,
    actor: row.actor as Actor,
    verdict: row.verdict as Verdict,
    verdictReason: row.verdict_reason,
    properties: JSON.parse(row.properties) as Properties,
    message: row.message_id === null ? null : String(row.message_id),
  };
}

export async function appendToLog(
  db: Db,
  entries: readonly { readonly lead: number; readonly event: LoggedEvent }[],
  recordedAt: Instant,
): Promise<void> {
  await insertMany(
    db,
    "events",
    entries.map(({ lead, event }) => ({
      lead_id: lead,
      at: event.at,
      seq: event.seq,
      type: event.type,
      actor: event.actor,
      verdict: event.verdict,
      verdict_reason: event.verdictReason,
      message_id: event.message === null ? null : Number(event.message),
      properties: JSON.stringify(event.properties),
      recorded_at: recordedAt,
    })),
  );
}

/** Verdicts are all of the log that ever changes. */
export async function changeVerdicts(
  db: Db,
  flips: readonly {
    readonly lead: number;
    readonly at: Instant;
    readonly seq: number;
    readonly verdict: Verdict;
    readonly reason: string | null;
  }[],
): Promise<void> {
  await updateMany(
    db,
    "events",
    ["lead_id", "at", "seq"],
    ["verdict", "verdict_reason"],
    flips.map((flip) => ({
      lead_id: flip.lead,
      at: flip.at,
      seq: flip.seq,
      verdict: flip.verdict,
      verdict_reason: flip.reason,
    })),
  );
}
