import { setImmediate } from "node:timers/promises";
import { sql } from "kysely";
import { supersetOf } from "../conditions/superset.store.ts";
import type { Sql } from "../conditions/bounds.store.ts";
import { readLogOf } from "../events/log.store.ts";
import type { Instant } from "../instant.ts";
import { leadOf } from "../leads/leads.store.ts";
import { takeOver } from "./advance.run.ts";
import { fits, temperaturesOf, type Filter } from "./filter.ts";
import type { FilteredRow } from "./filter.store.ts";
import type { Spine } from "./spine.ts";

/** A list that can be looked through piece by piece; `P` is a place in it. */
export interface Looked<R extends FilteredRow, P> {
  /** The place of the `size`-th lead after a place (null: from the beginning); null where fewer are left. */
  edge(after: P | null, size: number): Promise<P | null>;
  /** In order, the leads in (after, until] for whom `narrowed` holds; until null: all that are left. */
  between(after: P | null, until: P | null, narrowed: Sql): Promise<R[]>;
  placeOf(row: R): P;
}

export interface Found<R, P> {
  readonly rows: R[];
  /** Where to go on; null at the end of the list. */
  readonly next: P | null;
}

/** Leads that one statement looks at: some milliseconds, since SQLite lets nothing else run meanwhile. */
const AT_ONCE = 2000;
/** Leads that one request looks at: some tenths of a second. */
const MOST_LOOKED_AT = 20_000;

/**
 * The first `wanted` leads of a list for whom the filter holds. It ends before the list does where `mostLookedAt` leads
 * were looked at, so that a page may have fewer rows and a next page still. Drain the inbox and live what is due first.
 */
export async function lookThrough<R extends FilteredRow, P>(
  spine: Spine,
  filter: Filter,
  list: Looked<R, P>,
  from: P | null,
  wanted: number,
  { atOnce = AT_ONCE, mostLookedAt = MOST_LOOKED_AT }: { atOnce?: number; mostLookedAt?: number } = {},
): Promise<Found<R, P>> {
  const rows: R[] = [];
  let looked = 0;
  for await (const piece of piecesThatFit(spine, filter, list, from, atOnce)) {
    rows.push(...piece.rows);
    if (rows.length >= wanted) {
      const more = rows.length > wanted || piece.until !== null;
      return { rows: rows.slice(0, wanted), next: more ? list.placeOf(rows[wanted - 1]!) : null };
    }
    looked += atOnce;
    if (looked >= mostLookedAt) return { rows, next: piece.until };
  }
  return { rows, next: null };
}

/**
 * A list piece by piece: those for whom the filter holds, and the place where the piece ends (null: so does the list).
 * SQL finds a superset, memory decides. Leads that are not yet taken over to the live programme are taken over.
 */
export async function* piecesThatFit<R extends FilteredRow, P>(
  spine: Spine,
  filter: Filter,
  list: Looked<R, P>,
  from: P | null = null,
  atOnce = AT_ONCE,
): AsyncGenerator<{ readonly rows: R[]; readonly until: P | null }> {
  const now = spine.clock.now();
  const narrowed = supersetOf(spine.db.kysely, filter.condition, {
    now,
    temperaturesOf: (model, bounds) => temperaturesOf(spine.programme(), model, bounds),
  });
  for (let after = from; ;) {
    const until = await list.edge(after, atOnce);
    const superset = await upToDate(spine, list, after, until, narrowed);
    yield { rows: await thoseThatFit(spine, filter, now, superset), until };
    if (until === null) return;
    after = until;
    // Other requests have their turn.
    await setImmediate();
  }
}

/** The superset of one piece, all of it lived under the live programme. */
async function upToDate<R extends FilteredRow, P>(
  spine: Spine,
  list: Looked<R, P>,
  after: P | null,
  until: P | null,
  narrowed: Sql,
): Promise<R[]> {
  const { hash } = spine.programme();
  const stale = sql`coalesce(lead_state.programme, '') <> ${hash}`;
  const rows = await list.between(after, until, sql`(${narrowed} or ${stale})`);
  const late = rows.filter(({ programme }) => programme !== hash);
  if (late.length === 0) return rows;
  await takeOver(
    spine,
    late.map(({ id }) => id),
  );
  return list.between(after, until, narrowed);
}

async function thoseThatFit<R extends FilteredRow>(
  { db, programme }: Spine,
  filter: Filter,
  now: Instant,
  rows: readonly R[],
): Promise<R[]> {
  const { dids, reach, followsAttributes } = filter;
  const ids = rows.map(({ id }) => id);
  const some = {
    types: dids.map(({ type }) => type),
    after: reach === null ? Number.MIN_SAFE_INTEGER : now - reach,
  };
  const all = followsAttributes ? ["lead.created", "lead.updated"] : [];
  const logs = dids.length === 0 || ids.length === 0 ? null : await readLogOf(db.kysely, ids, some, all);
  return rows.filter((row) => {
    const candidate = { lead: leadOf(row), state: row.state, log: logs?.get(row.id) ?? [] };
    return fits(filter, candidate, programme(), now);
  });
}
