import { sql } from "kysely";
import type { Db } from "../db/tables.ts";
import { inList } from "../db/batch.store.ts";
import { readLog } from "../events/log.store.ts";
import { formatInstant } from "../instant.ts";
import { findLead } from "../leads/leads.store.ts";
import { suppressionHash } from "../leads/suppression.ts";
import { drained } from "./drained.run.ts";
import { aboutThem } from "./export-lead.store.ts";
import { readableInstant } from "./export.run.ts";
import type { Spine } from "./spine.ts";

/**
 * All that is kept of one person, as JSON for people to read: instants in ISO 8601, numbers of rows left out. null
 * where the (normalised) address is no lead's.
 */
export async function wholeRecord(spine: Spine, email: string): Promise<Record<string, unknown> | null> {
  await drained(spine);
  const db = spine.db.kysely;
  const lead = await findLead(db, email);
  if (!lead) return null;
  const log = (await readLog(db, [lead.id])).get(lead.id) ?? [];
  const events = log.map(({ seq: _seq, at, message, verdictReason, ...event }) => ({
    at: formatInstant(at),
    ...event,
    verdict_reason: verdictReason,
    message,
  }));
  return {
    email,
    exported_at: formatInstant(spine.clock.now()),
    attributes: lead.attributes,
    owner: lead.owner,
    stage: lead.stage,
    created_at: formatInstant(lead.createdAt),
    paused_until: readableInstant(lead.pausedUntil),
    confirmed: lead.confirmed,
    suppressed: lead.suppressed,
    suppression_list: await listed(spine, email),
    segments: await ofLead(db, "segment_members", lead.id, ["joined_at", "segment"]),
    scores: await ofLead(db, "scores", lead.id, ["model"]),
    score_history: await ofLead(db, "score_history", lead.id, ["at", "place"]),
    consents: events.filter(({ type }) => type.startsWith("consent.") || type === "email.unsubscribed"),
    log: events,
    enrolments: await ofLead(db, "enrolments", lead.id, ["id"]),
    messages: await messagesOf(db, lead.id, email),
    notices: await ofLead(db, "notices", lead.id, ["id"]),
    deals: await ofLead(db, "deals", lead.id, ["opened_at", "id"]),
    trials: await ofLead(db, "trials", lead.id, ["asked_at", "test"]),
    event_ids: await ofLead(db, "event_keys", lead.id, ["recorded_at", "event_key"]),
    working_state: await ofLead(db, "lead_state", lead.id, ["lead_id"]),
    merged_leads: await mergedInto(db, lead.id),
    ...(await aboutThem(db, email)),
  };
}

/** Where each table with a column `lead_id` stands in the record. */
export const SECTIONS = {
  lead_state: "working_state",
  scores: "scores",
  score_history: "score_history",
  events: "log",
  event_keys: "event_ids",
  enrolments: "enrolments",
  messages: "messages",
  notices: "notices",
  deals: "deals",
  segment_members: "segments",
  trials: "trials",
  merged_leads: "merged_leads",
} as const;

type TableOfLead = Exclude<keyof typeof SECTIONS, "events" | "messages" | "merged_leads">;

/** How many leads turned out to be this one: all else of theirs is this lead's. */
async function mergedInto(db: Db, lead: number): Promise<number> {
  const rows = await db.selectFrom("merged_leads").select("lead_id").where("into_id", "=", lead).execute();
  return rows.length;
}

async function ofLead(
  db: Db,
  table: TableOfLead,
  lead: number,
  order: readonly string[],
): Promise<Record<string, unknown>[]> {
  let query = db.selectFrom(table).selectAll().where("lead_id", "=", lead);
  for (const column of order) query = query.orderBy(sql.ref(column));
  return (await query.execute()).map(readable);
}

async function listed({ db, suppressionKeys }: Spine, email: string) {
  const hashes = suppressionKeys.map((key) => suppressionHash(key, email));
  const rows = await db.kysely
    .selectFrom("suppressions")
    .select(["reason", "source", "at"])
    .where(inList(db.kysely, "hash", hashes))
    .execute();
  return rows.map(readable);
}

/** Mails to the lead, also the engine's own, each with what the gate decided and why. */
async function messagesOf(db: Db, lead: number, email: string): Promise<Record<string, unknown>[]> {
  const messages = await db
    .selectFrom("messages")
    .selectAll()
    .where((where) => where.or([where("lead_id", "=", lead), where("recipient", "=", email)]))
    .orderBy("id")
    .execute();
  const ids = messages.map(({ id }) => id);
  const decisions = await db
    .selectFrom("message_decisions")
    .selectAll()
    .where(inList(db, "message_id", ids))
    .orderBy("message_id")
    .orderBy("place")
    .execute();
  const of = Map.groupBy(decisions, (row) => row.message_id);
  return messages.map((row) => ({
    message: String(row.id),
    ...readable(row),
    decisions: (of.get(row.id) ?? []).map(readable),
  }));
}

/** Numbers that mean something inside this database only. */
const INNER = new Set([
  "id",
  "lead_id",
  "message_id",
  "message_key",
  "enrolment_id",
  "place",
  "definition",
  "programme",
  "template_hash",
  "attempt",
  "lease_until",
]);
const JSON_COLUMNS = new Set(["variables", "hits"]);

function readable(row: object): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row) as [string, unknown][]) {
    if (INNER.has(name)) continue;
    if (typeof value === "number" && /^(at|until|since)$|_at$/.test(name))
      shown[name] = readableInstant(value);
    else if (typeof value === "string" && (JSON_COLUMNS.has(name) || value.startsWith("{")))
      shown[name] = parsed(value);
    else shown[name] = value;
  }
  return shown;
}

/** A reason is a text of ours or JSON, by table. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
