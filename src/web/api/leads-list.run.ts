import { setImmediate } from "node:timers/promises";
import { DEFAULT_MODEL } from "../../conditions/condition.ts";
import { readLog } from "../../events/log.store.ts";
import type { Instant } from "../../instant.ts";
import { leadOf } from "../../leads/leads.store.ts";
import type { Db } from "../../db/tables.ts";
import type { Filter } from "../../lifecycle/filter.ts";
import { lookThrough, piecesThatFit, type Looked } from "../../lifecycle/filter.run.ts";
import type { FilteredRow } from "../../lifecycle/filter.store.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import { explain } from "../../scoring/explain.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { leadRow, standingsOf } from "./lead-view.ts";
import {
  leadsInOrder,
  matches,
  placeAfter,
  type LeadFilter,
  type Order,
  type Place,
} from "./leads-list.store.ts";
import { readState, standingAt, totalOf } from "./standing.ts";

export const SORTS = ["email", "-email", "created_at", "-created_at", "score", "-score"] as const;
export type Sort = (typeof SORTS)[number];

interface Page {
  readonly rows: readonly FilteredRow[];
  readonly next: string | null;
}

/**
 * A page of leads with their standings of now. With `where` it may be short, even empty, though there is a next one:
 * it looks at so many leads and no more.
 */
export async function listLeads(
  spine: Spine,
  filter: LeadFilter,
  where: Filter | null,
  sort: Sort,
  cursor: string | undefined,
  limit: number,
) {
  const { rows, next } = sort.endsWith("score")
    ? await byScore(spine, filter, where, sort, cursor, limit)
    : await byColumn(spine, filter, where, sort, cursor, limit);
  const now = spine.clock.now();
  const leads = [];
  for (const row of rows) leads.push({ ...leadRow(leadOf(row)), scores: await standings(spine, row, now) });
  return { leads, next_cursor: next };
}

async function byColumn(
  spine: Spine,
  filter: LeadFilter,
  where: Filter | null,
  sort: Sort,
  cursor: string | undefined,
  limit: number,
): Promise<Page> {
  const by = sort.endsWith("email") ? "email" : "created_at";
  const order = { by, descending: sort.startsWith("-") } as const;
  const place = readCursor(sort, [by === "email" ? "string" : "integer", "integer"], cursor);
  const after: Place | null = place && { value: place[0], id: place[1] };
  const { rows, next } = where
    ? await lookThrough(spine, where, listOf(spine.db.kysely, filter, order), after, limit)
    : await withLetters(spine.db.kysely, filter, order, after, limit);
  return { rows, next: next && writeCursor(sort, [next.value, next.id]) };
}

/** The leads that the filter takes, for an ad-hoc filter to look through. */
function listOf(db: Db, filter: LeadFilter, order: Order): Looked<FilteredRow, Place> {
  return {
    edge: (after, size) => placeAfter(db, filter, order, after, size),
    async between(after, until, narrowed) {
      const rows = await leadsInOrder(db, filter, order, { after, until, narrowed });
      return rows.filter((row) => matches(filter.q, row));
    },
    placeOf: (row) => ({ value: row[order.by], id: row.id }),
  };
}

/** What SQL finds for `q` is a superset, so that a page may take several looks. */
async function withLetters(
  db: Db,
  filter: LeadFilter,
  order: Order,
  from: Place | null,
  limit: number,
): Promise<{ rows: FilteredRow[]; next: Place | null }> {
  let after = from;
  const found: FilteredRow[] = [];
  const batch = filter.q === undefined ? limit + 1 : Math.max(limit + 1, 200);
  for (;;) {
    const rows = await leadsInOrder(db, filter, order, { after }, batch);
    found.push(...rows.filter((row) => matches(filter.q, row)));
    const last = rows.at(-1);
    if (found.length > limit || rows.length < batch || !last) break;
    after = { value: last[order.by], id: last.id };
  }
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, next: found.length > limit && last ? { value: last[order.by], id: last.id } : null };
}

const BATCH = 1000;
/** Below every score: leads that the default model does not score come last when the highest come first. */
const UNSCORED = -Number.MAX_SAFE_INTEGER;

const BY_NUMBER: Order = { by: "id", descending: false };

/**
 * Scores move with time, so that no index holds them: each page looks at every lead that the filter takes. The order
 * of all pages is that of the instant of the first, which the cursor carries, or leads would slip from page to page.
 */
async function byScore(
  spine: Spine,
  filter: LeadFilter,
  where: Filter | null,
  sort: Sort,
  cursor: string | undefined,
  limit: number,
): Promise<Page> {
  const place = readCursor(sort, ["integer", "number", "integer"], cursor);
  const at = place ? place[0] : spine.clock.now();
  const sign = sort.startsWith("-") ? -1 : 1;
  const order = (a: Ranked, b: Ranked) => sign * (a.total - b.total) || a.row.id - b.row.id;
  const after = place && { total: place[1], id: place[2] };
  let best: Ranked[] = [];
  for await (const rows of where ? fitting(spine, filter, where) : everyone(spine.db.kysely, filter)) {
    for (const row of rows) {
      if (!matches(filter.q, row)) continue;
      const total = await defaultTotal(spine, row, at);
      const behind = after && (sign * (total - after.total) || row.id - after.id) <= 0;
      if (!behind) best.push({ row, total });
    }
    best = best.sort(order).slice(0, limit + 1);
  }
  const ranked = best.slice(0, limit);
  const last = ranked.at(-1);
  const next = best.length > limit && last ? writeCursor(sort, [at, last.total, last.row.id]) : null;
  return { rows: ranked.map(({ row }) => row), next };
}

async function* fitting(spine: Spine, filter: LeadFilter, where: Filter): AsyncGenerator<FilteredRow[]> {
  const list = listOf(spine.db.kysely, filter, BY_NUMBER);
  for await (const { rows } of piecesThatFit(spine, where, list)) yield rows;
}

async function* everyone(db: Db, filter: LeadFilter): AsyncGenerator<FilteredRow[]> {
  for (let after: Place | null = null; ;) {
    const rows: FilteredRow[] = await leadsInOrder(db, filter, BY_NUMBER, { after }, BATCH);
    yield rows;
    if (rows.length < BATCH) return;
    const { id } = rows.at(-1)!;
    after = { value: id, id };
    // Other requests have their turn.
    await setImmediate();
  }
}

interface Ranked {
  readonly row: FilteredRow;
  readonly total: number;
}

async function defaultTotal(spine: Spine, row: FilteredRow, at: Instant): Promise<number> {
  const model = spine.programme().models.find((one) => one.name === DEFAULT_MODEL);
  if (!model) return UNSCORED;
  const { attributes } = leadOf(row);
  const total = row.state === null ? "stale" : totalOf(model, readState(row.state), attributes, at);
  if (total !== "stale") return total ?? UNSCORED;
  const log = (await readLog(spine.db.kysely, [row.id])).get(row.id) ?? [];
  return explain(model, { created: null, events: log }, at)?.total ?? UNSCORED;
}

/** From what the spine keeps; from the log where a model has changed and the lead is not taken over yet. */
async function standings(spine: Spine, row: FilteredRow, at: Instant) {
  const programme = spine.programme();
  const { models } = programme;
  const state = row.state === null ? null : readState(row.state);
  const { attributes } = leadOf(row);
  const kept = state ? models.map((model) => standingAt(model, state, attributes, at)) : ["stale" as const];
  if (!kept.includes("stale")) return kept.filter((found) => found !== null && found !== "stale");
  const log = (await readLog(spine.db.kysely, [row.id])).get(row.id) ?? [];
  return standingsOf(programme, log, at);
}
