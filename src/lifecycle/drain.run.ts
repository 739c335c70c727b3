import { sql } from "kysely";
import { inList } from "../db/batch.store.ts";
import { allocate, isPostgres } from "../db/dialect.store.ts";
import { kept } from "../db/kept.store.ts";
import type { Db } from "../db/tables.ts";
import { isTrouble } from "../db/trouble.ts";
import { eventInput, type Call, type Input } from "../events/input.ts";
import {
  failInInbox,
  isInboxEmpty,
  peekInbox,
  readWaiting,
  removeFromInbox,
  type Arrival,
  type InboxRow,
  type WaitingRow,
} from "../events/inbox.store.ts";
import type { Instant } from "../instant.ts";
import type { Lead } from "../leads/lead.ts";
import { findLeadIds, insertLeads } from "../leads/leads.store.ts";
import { findSuppressions } from "../leads/suppression.store.ts";
import { askToConfirm } from "./confirmation.store.ts";
import type { Stock } from "./ids.store.ts";
import { liveOn, liveUnit, type Outcome } from "./live.run.ts";
import { heirsOf } from "./merge.store.ts";
import { newAddressOf, rename } from "./rename.run.ts";
import { Overtaken } from "./overtaken.ts";
import type { Spine } from "./spine.ts";

const ROWS_AT_ONCE = 200;

/** One drain at a time over all processes, so that a lead's rows are folded in the order of their arrival. */
const DRAIN_LOCK = 7_401_001;

/** Nobody drains until the transaction ends. */
export async function lockDrain(db: Db): Promise<void> {
  // A unit of SQLite holds the whole database already.
  if (isPostgres(db)) await sql`select pg_advisory_xact_lock(${DRAIN_LOCK})`.execute(db);
}

/** Folds all that waits in the inbox; says how many rows. Whoever reads or changes a lead calls this first. */
export async function drain(spine: Spine): Promise<number> {
  // On PostgreSQL another process may be draining what can't be seen any more: there the lock is to be waited for.
  if (spine.db.kind === "sqlite" && (await isInboxEmpty(spine.db.kysely))) return 0;
  let total = 0;
  for (;;) {
    const { taken, more } = await drainBatch(spine, ROWS_AT_ONCE);
    total += taken;
    if (!more) return total;
  }
}

interface Drained {
  readonly taken: number;
  /** Others may wait still. */
  readonly more: boolean;
}

/** One pass: at most `limit` rows in one transaction. A row that can't be folded is set aside and said aloud. */
async function drainBatch(spine: Spine, limit: number): Promise<Drained> {
  let first: WaitingRow | undefined;
  try {
    return await liveUnit(spine, async (trx, stock) => {
      // It waits: whoever drains now may not have seen the row that this caller wants folded before it reads.
      await lockDrain(trx);
      const waiting = await peekInbox(trx, limit);
      first = waiting[0];
      if (!first) return { taken: 0, more: false, happenings: [] };
      const now = spine.clock.now();
      const rows = upToRename(waiting.map(readWaiting));
      const { happenings, handedOn } = await live(spine, trx, stock, rows, now);
      // All of them: it waited for every lead, so that one which was not lived on is gone.
      await removeFromInbox(
        trx,
        rows.map(({ id }) => id),
      );
      return {
        taken: rows.length,
        more: handedOn || waiting.length === limit || rows.length < waiting.length,
        happenings,
      };
    });
  } catch (error) {
    if (!first || isTrouble(error) || error instanceof Overtaken) throw error;
    if (limit > 1) {
      // One bad row never stalls the others: they go one by one until it is found.
      let taken = 0;
      for (let row = 0; row < limit; row++) {
        const one = await drainBatch(spine, 1);
        taken += one.taken;
        if (one.taken === 0) return { taken, more: false };
      }
      return { taken, more: true };
    }
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (spine.strict) throw error;
    spine.warn("an inbox row can't be folded and is set aside", { row: first.id, reason });
    const { id } = first;
    await spine.db.unit((trx) => failInInbox(trx, id, reason));
    return { taken: 1, more: true };
  }
}

/** What came before a lead gets another address is for the old one, what comes after it for the new one. */
function upToRename(rows: readonly InboxRow[]): readonly InboxRow[] {
  const found = rows.findIndex(({ arrival }) => newAddressOf(arrival) !== null);
  return found < 0 ? rows : rows.slice(0, Math.max(1, found));
}

async function live(
  spine: Spine,
  trx: Db,
  stock: Stock,
  rows: readonly InboxRow[],
  now: Instant,
): Promise<Pick<Outcome, "happenings" | "handedOn">> {
  const { arrival } = rows[0]!;
  const to = newAddressOf(arrival);
  if (to !== null) {
    const from = "email" in arrival.to ? arrival.to.email : null;
    const happenings = from === null ? [] : await rename(spine, trx, stock, { from, to }, now);
    return { happenings, handedOn: false };
  }
  const { calls, fresh } = await address(spine, trx, stock, rows, now);
  return liveOn(spine, trx, stock, calls, now, { fresh, wait: true });
}

interface Addressed {
  readonly calls: Map<number, Call[]>;
  /** Leads made just now. */
  readonly fresh: number[];
}

/** Finds whom each row is for, nobody where a message or its lead is gone, and makes the leads that are new. */
async function address(
  spine: Spine,
  trx: Db,
  stock: Stock,
  rows: readonly InboxRow[],
  now: Instant,
): Promise<Addressed> {
  const messages = await leadsOfMessages(
    trx,
    rows.flatMap(({ arrival: { to } }) => ("message" in to ? [to.message] : [])),
  );
  const emails = [...new Set(rows.flatMap(({ arrival: { to } }) => ("email" in to ? [to.email] : [])))];
  const known = emails.length > 0 ? await findLeadIds(trx, emails) : new Map<string, number>();
  const wanted = new Map<string, Arrival>();
  for (const { arrival } of rows) {
    if ("email" in arrival.to && arrival.create !== "no" && !known.has(arrival.to.email)) {
      if (!wanted.has(arrival.to.email)) wanted.set(arrival.to.email, arrival);
    }
  }
  const fresh = await makeLeads(spine, trx, [...wanted.values()]);
  for (const lead of fresh) known.set(lead.email, lead.id);
  await askToConfirm(
    trx,
    fresh.filter(({ confirmed }) => !confirmed),
    spine.programme(),
    stock,
    now,
  );
  const heirs = await heirsOf(
    trx,
    rows.flatMap(({ arrival: { to } }) => ("lead" in to ? [to.lead] : [])),
  );
  const calls = new Map<number, Call[]>();
  const born = new Set<number>(fresh.map((lead) => lead.id));
  for (const { arrival } of rows) {
    const { to } = arrival;
    const lead =
      "lead" in to
        ? (heirs.get(to.lead) ?? to.lead)
        : "message" in to
          ? messages.get(to.message)
          : known.get(to.email);
    if (lead === undefined) continue;
    const call: Call = { at: Math.min(arrival.at, now), live: arrival.live, inputs: arrival.inputs };
    calls.set(lead, [
      ...(calls.get(lead) ?? []),
      born.delete(lead) ? withCreation(call) : withoutCreation(call),
    ]);
  }
  return { calls, fresh: fresh.map((lead) => lead.id) };
}

/** A lead's log begins with its creation. */
function withCreation(call: Call): Call {
  if (call.inputs.some((input) => input.kind === "event" && input.type === "lead.created")) return call;
  return { ...call, inputs: [eventInput("lead.created", "system", { attributes: {} }), ...call.inputs] };
}

/** A lead is made once: what a second creation says of it is a change. */
function withoutCreation(call: Call): Call {
  const isCreation = (input: Input) => input.kind === "event" && input.type === "lead.created";
  if (!call.inputs.some(isCreation)) return call;
  return {
    ...call,
    inputs: call.inputs.map((input) =>
      isCreation(input) ? ({ ...input, type: "lead.updated" } as Input) : input,
    ),
  };
}

/** The lead began when its creation says so: imported ones are older than their row. */
function beginningOf(arrival: Arrival): Instant {
  for (const input of arrival.inputs) {
    if (input.kind === "event" && input.type === "lead.created") return input.at ?? arrival.at;
  }
  return arrival.at;
}

const messageLeads = kept((db: Db, ids: readonly number[]) =>
  db
    .selectFrom("messages")
    .select(["id", "lead_id"])
    .where(inList(db, "id", ids)),
);

async function leadsOfMessages(trx: Db, ids: readonly number[]): Promise<Map<number, number>> {
  if (ids.length === 0) return new Map();
  const rows = await messageLeads(trx, ids);
  return new Map(rows.flatMap((row) => (row.lead_id === null ? [] : [[row.id, row.lead_id] as const])));
}

async function makeLeads(spine: Spine, trx: Db, wanted: readonly Arrival[]): Promise<Lead[]> {
  if (wanted.length === 0) return [];
  const suppressed = await findSuppressions(
    trx,
    spine.suppressionKeys,
    wanted.map(({ to }) => ("email" in to ? to.email : "")),
  );
  const arrivals = wanted.filter((arrival) => !cameBefore(arrival, suppressed));
  const ids = await allocate(trx, "lead", arrivals.length);
  const emails = arrivals.map(({ to }) => ("email" in to ? to.email : ""));
  const leads = arrivals.map((arrival, index): Lead => ({
    id: ids[index]!,
    email: emails[index]!,
    attributes: {},
    owner: null,
    stage: "lead",
    pausedUntil: null,
    suppressed: suppressed.get(emails[index]!)?.reason ?? null,
    confirmed: arrival.create !== "form",
    createdAt: beginningOf(arrival),
  }));
  await insertLeads(trx, leads);
  return leads;
}

/** It reached us before its person was erased, and waited (in the spool) meanwhile. */
function cameBefore(
  { to, at }: Arrival,
  suppressed: ReadonlyMap<string, { readonly reason: string; readonly at: Instant }>,
): boolean {
  const listed = "email" in to ? suppressed.get(to.email) : undefined;
  return listed?.reason === "erased" && at < listed.at;
}
