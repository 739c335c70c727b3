import { insertNew, inList, updateMany } from "../db/batch.store.ts";
import type { Db } from "../db/tables.ts";
import { seenBeforeErasure } from "../events/erased-keys.store.ts";
import { appendToInbox, type Arrival } from "../events/inbox.store.ts";
import { eventInput } from "../events/input.ts";
import type { Instant } from "../instant.ts";
import { findLeadIds, leadOf } from "../leads/leads.store.ts";
import { drained, inUnit } from "./drained.run.ts";
import { eventOf, type EventDraft } from "./import-events.ts";
import type { LastLines } from "./import-last-lines.ts";
import { inputsFor, type Known, type LeadDraft } from "./import-leads.ts";
import type { Spine } from "./spine.ts";
import type { LeadState } from "./state.ts";

/** How a batch goes in. */
export interface Entrance {
  /** React to it as if it happened now. */
  readonly live: boolean;
  /** Only say what would change. */
  readonly dryRun: boolean;
  /** What a dry run has seen of events and leads that a real one would have written by now. */
  readonly seen: LastLines;
  /** Where it comes from, for the log. */
  readonly source: string;
}

export interface LeadCounts {
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
}

/** Brings leads up to what the rows say, each email once a batch. */
export async function writeLeads(
  spine: Spine,
  drafts: readonly LeadDraft[],
  entrance: Entrance,
): Promise<LeadCounts> {
  await drained(spine);
  const work = async (trx: Db) => {
    const known = await findKnown(trx, drafts);
    const counts = { created: 0, changed: 0, unchanged: 0 };
    const arrivals: Arrival[] = [];
    for (const draft of drafts) {
      const before = known.get(draft.email) ?? null;
      const inputs = inputsFor(draft, before, entrance.source);
      if (inputs.length === 0) {
        counts.unchanged++;
        continue;
      }
      counts[before === null ? "created" : "changed"]++;
      arrivals.push(arrivalOf(draft.email, spine.clock.now(), entrance, inputs));
    }
    if (!entrance.dryRun) await appendToInbox(trx, arrivals);
    return counts;
  };
  const counts = await inUnit(spine, work);
  if (!entrance.dryRun) await drained(spine);
  return counts;
}

async function findKnown(trx: Db, drafts: readonly LeadDraft[]): Promise<Map<string, Known>> {
  const emails = drafts.map((draft) => draft.email);
  const leads = (
    await trx
      .selectFrom("leads")
      .selectAll()
      .where(inList(trx, "email", emails))
      .execute()
  ).map(leadOf);
  const asked = new Set(
    drafts.filter(({ consent }) => Object.keys(consent).length > 0).map(({ email }) => email),
  );
  const consents = await findConsents(
    trx,
    leads.filter(({ email }) => asked.has(email)).map(({ id }) => id),
  );
  return new Map(leads.map((lead) => [lead.email, { lead, consent: consents.get(lead.id) ?? {} }]));
}

async function findConsents(trx: Db, ids: readonly number[]): Promise<Map<number, LeadState["consent"]>> {
  if (ids.length === 0) return new Map();
  const rows = await trx
    .selectFrom("lead_state")
    .select(["lead_id", "state"])
    .where(inList(trx, "lead_id", ids))
    .execute();
  return new Map(rows.map((row) => [row.lead_id, (JSON.parse(row.state) as LeadState).consent]));
}

export interface EventCounts {
  readonly recorded: number;
  readonly duplicates: number;
  /** Leads that only this made. */
  readonly created: number;
}

/** An event with what keeps it from going in twice. */
export interface KeyedEvent {
  readonly key: string;
  readonly draft: EventDraft;
}

/** Records events whose key is new; those of one lead arrive together. */
export async function writeEvents(
  spine: Spine,
  events: readonly KeyedEvent[],
  entrance: Entrance,
): Promise<EventCounts> {
  await drained(spine);
  const now = spine.clock.now();
  const work = async (trx: Db) => {
    const emails = [...new Set(events.map(({ draft }) => draft.email))];
    const leads = await findLeadIds(trx, emails);
    const once = new Map<string, EventDraft>();
    const seen = await seenBeforeErasure(
      trx,
      spine.suppressionKeys,
      events.map(({ key }) => key),
    );
    for (const { key, draft } of events) if (!seen.has(key) && !once.has(key)) once.set(key, draft);
    const fresh = entrance.dryRun
      ? await newKeys(trx, [...once.keys()], entrance.seen)
      : await takeKeys(trx, once, leads, now);
    const drafts = [...once].filter(([key]) => fresh.has(key)).map(([, draft]) => draft);
    const byEmail = Map.groupBy(drafts, (draft) => draft.email);
    const orphans = [...byEmail.keys()].filter(
      (email) => !leads.has(email) && (!entrance.dryRun || entrance.seen.set(`lead ${email}`, 1)),
    );
    if (!entrance.dryRun) {
      const arrivals = [...byEmail].map(([email, own]) =>
        arrivalOf(email, now, entrance, leads.has(email) ? own.map(eventOf) : beginning(own)),
      );
      await appendToInbox(trx, arrivals);
    }
    const counts = {
      recorded: fresh.size,
      duplicates: events.length - fresh.size,
      created: orphans.length,
    };
    const orphaned = [...once].filter(([key, { email }]) => fresh.has(key) && !leads.has(email));
    return { counts, orphaned: orphaned.map(([key, { email }]) => ({ key, email })) };
  };
  const { counts, orphaned } = await inUnit(spine, work);
  if (!entrance.dryRun) {
    await drained(spine);
    if (orphaned.length > 0) await inUnit(spine, (trx) => nameOwners(trx, orphaned));
  }
  return counts;
}

/** A lead that only its events make begins with the first of them. */
function beginning(drafts: readonly EventDraft[]): Arrival["inputs"] {
  const events = drafts.map(eventOf);
  if (drafts.some(({ type }) => type === "lead.created")) return events;
  const at = Math.min(...drafts.map((draft) => draft.at!));
  return [eventInput("lead.created", "system", { attributes: {} }, { at }), ...events];
}

async function newKeys(trx: Db, keys: readonly string[], seen: LastLines): Promise<Set<string>> {
  const rows = await trx
    .selectFrom("event_keys")
    .select("event_key")
    .where(inList(trx, "event_key", keys))
    .execute();
  const known = new Set(rows.map((row) => row.event_key));
  return new Set(keys.filter((key) => !known.has(key) && seen.set(`event ${key}`, 1)));
}

async function takeKeys(
  trx: Db,
  events: ReadonlyMap<string, EventDraft>,
  leads: ReadonlyMap<string, number>,
  now: Instant,
): Promise<Set<string>> {
  const rows = [...events].map(([key, { email }]) => ({
    event_key: key,
    // Whose it is shows once the lead is made.
    lead_id: leads.get(email) ?? 0,
    recorded_at: now,
  }));
  const written = await insertNew(trx, "event_keys", rows, { returning: ["event_key"] });
  return new Set(written.map((row) => row.event_key));
}

async function nameOwners(trx: Db, keys: readonly { key: string; email: string }[]): Promise<void> {
  const leads = await findLeadIds(trx, [...new Set(keys.map(({ email }) => email))]);
  const rows = keys.flatMap(({ key, email }) => {
    const lead = leads.get(email);
    return lead === undefined ? [] : [{ event_key: key, lead_id: lead }];
  });
  await updateMany(trx, "event_keys", ["event_key"], ["lead_id"], rows);
}

function arrivalOf(email: string, at: Instant, { live }: Entrance, inputs: Arrival["inputs"]): Arrival {
  return { to: { email }, at, live, create: "yes", inputs };
}
