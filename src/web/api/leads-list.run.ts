import { setImmediate } from "node:timers/promises";
import { DEFAULT_MODEL } from "../../conditions/condition.ts";
import { readLog } from "../../events/log.store.ts";
import type { Instant } from "../../instant.ts";
import { leadOf } from "../../leads/leads.store.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import { explain } from "../../scoring/explain.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { leadRow, standingsOf } from "./lead-view.ts";
import { leadsAfter, leadsInOrder, matches, type LeadFilter, type ListedRow } from "./leads-list.store.ts";
import { readState, standingAt, totalOf } from "./standing.ts";

export const SORTS = ["email", "-email", "created_at", "-created_at", "score", "-score"] as const;
export type Sort = (typeof SORTS)[number];

interface Page {
  readonly rows: readonly ListedRow[];
  readonly next: string | null;
}

/** A page of leads with their standings of now. */
export async function listLeads(
  spine: Spine,
  filter: LeadFilter,
  sort: Sort,
  cursor: string | undefined,
  limit: number,
) {
  const { rows, next } = sort.endsWith("score")
    ? await byScore(spine, filter, sort, cursor, limit)
    : await byColumn(spine, filter, sort, cursor, limit);
  const now = spine.clock.now();
  const leads = [];
  for (const row of rows) leads.push({ ...leadRow(leadOf(row)), scores: await standings(spine, row, now) });
  return { leads, next_cursor: next };
}

async function byColumn(
  { db }: Spine,
  filter: LeadFilter,
  sort: Sort,
  cursor: string | undefined,
  limit: number,
): Promise<Page> {
  const descending = sort.startsWith("-");
  const by = sort.endsWith("email") ? "email" : "created_at";
  const place = readCursor(sort, [by === "email" ? "string" : "integer", "integer"], cursor);
  let after: { value: string | number; id: number } | null = place && { value: place[0], id: place[1] };
  const found: ListedRow[] = [];
  // What SQL finds for `q` is a superset, so that a page may take several looks.
  const batch = filter.q === undefined ? limit + 1 : Math.max(limit + 1, 200);
  for (;;) {
    const rows = await leadsInOrder(db.kysely, filter, { by, descending }, after, batch);
    found.push(...rows.filter((row) => matches(filter.q, row)));
    const last = rows.at(-1);
    if (found.length > limit || rows.length < batch || !last) break;
    after = { value: last[by], id: last.id };
  }
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const next = found.length > limit && last ? writeCursor(sort, [last[by], last.id]) : null;
  return { rows, next };
}

const BATCH = 1000;
/** Below every score: leads that the default model does not score come last when the highest come first. */
const UNSCORED = -Number.MAX_SAFE_INTEGER;

/**
 * Scores move with time, so that no index holds them: each page looks at every lead that the filter takes. The order
 * of all pages is that of the instant of the first, which the cursor carries, or leads would slip from page to page.
 */
async function byScore(
  spine: Spine,
  filter: LeadFilter,
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
  for (let id = 0; ;) {
    const rows = await leadsAfter(spine.db.kysely, filter, id, BATCH);
    for (const row of rows) {
      if (!matches(filter.q, row)) continue;
      const total = await defaultTotal(spine, row, at);
      const behind = after && (sign * (total - after.total) || row.id - after.id) <= 0;
      if (!behind) best.push({ row, total });
    }
    best = best.sort(order).slice(0, limit + 1);
    if (rows.length < BATCH) break;
    id = rows.at(-1)!.id;
    // Other requests have their turn.
    await setImmediate();
  }
  const ranked = best.slice(0, limit);
  const last = ranked.at(-1);
  const next = best.length > limit && last ? writeCursor(sort, [at, last.total, last.row.id]) : null;
  return { rows: ranked.map(({ row }) => row), next };
}

interface Ranked {
  readonly row: ListedRow;
  readonly total: number;
}

async function defaultTotal(spine: Spine, row: ListedRow, at: Instant): Promise<number> {
  const model = spine.programme().models.find((one) => one.name === DEFAULT_MODEL);
  if (!model) return UNSCORED;
  const { attributes } = leadOf(row);
  const total = row.state === null ? "stale" : totalOf(model, readState(row.state), attributes, at);
  if (total !== "stale") return total ?? UNSCORED;
  const log = (await readLog(spine.db.kysely, [row.id])).get(row.id) ?? [];
  return explain(model, { created: null, events: log }, at)?.total ?? UNSCORED;
}

/** From what the spine keeps; from the log where a model has changed and the lead is not taken over yet. */
async function standings(spine: Spine, row: ListedRow, at: Instant) {
  const programme = spine.programme();
  const { models } = programme;
  const state = row.state === null ? null : readState(row.state);
  const { attributes } = leadOf(row);
  const kept = state ? models.map((model) => standingAt(model, state, attributes, at)) : ["stale" as const];
  if (!kept.includes("stale")) return kept.filter((found) => found !== null && found !== "stale");
  const log = (await readLog(spine.db.kysely, [row.id])).get(row.id) ?? [];
  return standingsOf(programme, log, at);
}
