import { likePattern } from "../api/leads-list.store.ts";
import { expressionBuilder, sql, type Expression, type SqlBool } from "kysely";
import type { Sql } from "../../conditions/bounds.store.ts";
import { inList } from "../../db/batch.store.ts";
import type { Db, Row, Tables } from "../../db/tables.ts";
import type { Instant } from "../../instant.ts";
import { LEAD_COLUMNS } from "../../leads/leads.store.ts";
import type { FilteredRow } from "../../lifecycle/filter.store.ts";
import { matches } from "../api/leads-list.store.ts";
import { leadsSeenBy } from "./seen.store.ts";

/** By temperature, the hottest first; those that the model does not score come last. */
export const GROUPS = ["hot", "warm", "cold", "unscored"] as const;
export type Group = (typeof GROUPS)[number];

export interface LeadFilter {
  readonly model: string;
  readonly segment?: string;
  readonly stage?: string;
  readonly owner?: string;
  /** Of the leads that this rep sees. */
  readonly seenBy?: string;
  /** Letters of the address or of an attribute. */
  readonly q?: string;
}

/** A place in one group: behind the lead with this stored total and number. */
export interface LeadPlace {
  readonly total: number;
  readonly id: number;
}

/** A lead with what is kept of its score; `total` is as of the last event or crossing, and null where it has none. */
export type LeadRow = FilteredRow & { readonly temperature: string | null; readonly total: number | null };

/** How many leads each temperature has: read from an index alone, unless they are a rep's. */
export async function countByTemperature(
  db: Db,
  { model, seenBy }: Pick<LeadFilter, "model" | "seenBy">,
): Promise<Record<Group, number>> {
  const scores = seenBy === undefined ? db.selectFrom("scores") : scoresSeenBy(db, seenBy);
  const rows = await scores
    .where("model", "=", model)
    .select(({ fn }) => ["temperature", fn.countAll<number>().as("count")])
    .groupBy("temperature")
    .execute();
  const { all } = await db
    .selectFrom("leads")
    .$if(seenBy !== undefined, (query) => query.where(leadsSeenBy(seenBy!)))
    .select(({ fn }) => fn.countAll<number>().as("all"))
    .executeTakeFirstOrThrow();
  const of = (group: Group) => Number(rows.find((row) => row.temperature === group)?.count ?? 0);
  const scored = { hot: of("hot"), warm: of("warm"), cold: of("cold") };
  return { ...scored, unscored: Number(all) - scored.hot - scored.warm - scored.cold };
}

/** A piece of a group: after one place, up to and with another. */
interface Piece {
  readonly after: LeadPlace | null;
  readonly until?: LeadPlace | null;
  readonly narrowed?: Sql;
  readonly limit?: number;
}

/** The next `limit` leads of a group, highest stored total first. What SQL finds for `q` is a superset, so it looks on. */
export async function leadsOfGroup(
  db: Db,
  filter: LeadFilter,
  group: Group,
  after: LeadPlace | null,
  limit: number,
): Promise<LeadRow[]> {
  const found: LeadRow[] = [];
  let place = after;
  for (;;) {
    const rows = await pieceOfGroup(db, filter, group, { after: place, limit });
    found.push(...rows.filter((row) => matches(filter.q, row)));
    const last = rows.at(-1);
    if (!last || rows.length < limit || found.length >= limit) return found.slice(0, limit);
    place = placeOf(last);
  }
}

export function placeOf(row: Pick<LeadRow, "id" | "total">): LeadPlace {
  return { total: row.total ?? 0, id: row.id };
}

/** A group's leads in a piece of it, highest stored total first. */
export async function pieceOfGroup(
  db: Db,
  filter: LeadFilter,
  group: Group,
  piece: Piece,
): Promise<LeadRow[]> {
  if (group !== "unscored") {
    return inPiece(scoredIn(db, filter, group), piece)
      .select([...LEAD_COLUMNS, "lead_state.state", "lead_state.programme"])
      .select(["scores.temperature", "scores.total"])
      .execute();
  }
  const rows = await inUnscoredPiece(unscored(db, filter), piece)
    .select([...LEAD_COLUMNS, "lead_state.state", "lead_state.programme"])
    .execute();
  return rows.map((row) => ({ ...row, temperature: null, total: null }));
}

/** The place of the `size`-th lead of a group after another; null where fewer are left. */
export async function placeInGroup(
  db: Db,
  filter: LeadFilter,
  group: Group,
  after: LeadPlace | null,
  size: number,
): Promise<LeadPlace | null> {
  if (group !== "unscored") {
    const query = inPiece(scoredIn(db, filter, group), { after, limit: 1 }).offset(size - 1);
    const row = await query.select(["leads.id", "scores.total"]).executeTakeFirst();
    return row ? placeOf(row) : null;
  }
  const query = inUnscoredPiece(unscored(db, filter), { after, limit: 1 }).offset(size - 1);
  const row = await query.select("leads.id").executeTakeFirst();
  return row ? placeOf({ ...row, total: null }) : null;
}

/** A rep's leads first, then their scores: SQLite keeps to the order of a cross join, and else walks all scores there are. */
function scoresSeenBy(db: Db, rep: string) {
  return db
    .selectFrom("leads")
    .crossJoin("scores")
    .whereRef("scores.lead_id", "=", "leads.id")
    .where(leadsSeenBy(rep));
}

function scoredIn(db: Db, filter: LeadFilter, group: Group) {
  const scores =
    filter.seenBy === undefined
      ? db.selectFrom("scores").innerJoin("leads", "leads.id", "scores.lead_id")
      : scoresSeenBy(db, filter.seenBy);
  return scores
    .leftJoin("lead_state", "lead_state.lead_id", "leads.id")
    .where("scores.model", "=", filter.model)
    .where("scores.temperature", "=", group)
    .where(narrowed(filter));
}

function inPiece(query: ReturnType<typeof scoredIn>, { after, until = null, narrowed: by, limit }: Piece) {
  const beside = (operator: "<" | ">=", { total, id }: LeadPlace) =>
    sql<SqlBool>`(scores.total, scores.lead_id) ${sql.raw(operator)} (${total}, ${id})`;
  return query
    .$if(after !== null, (all) => all.where(beside("<", after!)))
    .$if(until !== null, (all) => all.where(beside(">=", until!)))
    .$if(by !== undefined, (all) => all.where(by!))
    .$if(limit !== undefined, (all) => all.limit(limit!))
    .orderBy("scores.total", "desc")
    .orderBy("scores.lead_id", "desc");
}

function unscored(db: Db, filter: LeadFilter) {
  return db
    .selectFrom("leads")
    .leftJoin("lead_state", "lead_state.lead_id", "leads.id")
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("scores")
            .select("scores.lead_id")
            .whereRef("scores.lead_id", "=", "leads.id")
            .where("scores.model", "=", filter.model),
        ),
      ),
    )
    .where(narrowed(filter));
}

function inUnscoredPiece(
  query: ReturnType<typeof unscored>,
  { after, until = null, narrowed: by, limit }: Piece,
) {
  return query
    .$if(after !== null, (all) => all.where("leads.id", "<", after!.id))
    .$if(until !== null, (all) => all.where("leads.id", ">=", until!.id))
    .$if(by !== undefined, (all) => all.where(by!))
    .$if(limit !== undefined, (all) => all.limit(limit!))
    .orderBy("leads.id", "desc");
}

/** For any query that has the leads in it. */
function narrowed({ segment, stage, owner, seenBy, q }: LeadFilter): Expression<SqlBool> {
  const leads = expressionBuilder<Tables, "leads">();
  const all: Expression<SqlBool>[] = [];
  if (owner !== undefined) all.push(leads("leads.owner", "=", owner));
  if (seenBy !== undefined) all.push(leadsSeenBy(seenBy));
  if (stage !== undefined) all.push(leads("leads.stage", "=", stage));
  if (segment !== undefined) {
    const member = leads
      .selectFrom("segment_members")
      .select("segment_members.lead_id")
      .whereRef("segment_members.lead_id", "=", "leads.id")
      .where("segment_members.segment", "=", segment);
    all.push(leads.exists(member));
  }
  if (q !== undefined) {
    const like = likePattern(q);
    all.push(
      sql<SqlBool>`(lower(leads.email) like ${like} escape '!' or lower(leads.attributes) like ${like} escape '!')`,
    );
  }
  return leads.and(all);
}

export interface ActRow extends Row<"events"> {
  readonly subject: string | null;
}

/** What these leads did at their last acts, with the subject of the mail that it was about. */
export async function actsAt(db: Db, acts: ReadonlyMap<number, Instant>): Promise<ActRow[]> {
  if (acts.size === 0) return [];
  const rows = await db
    .selectFrom("events")
    .leftJoin("messages", "messages.id", "events.message_id")
    .selectAll("events")
    .select("messages.subject")
    .where(inList(db, "events.lead_id", [...acts.keys()]))
    .where(inList(db, "events.at", [...new Set(acts.values())]))
    .where("events.actor", "=", "lead")
    .orderBy("events.seq")
    .execute();
  return rows.filter((row) => acts.get(row.lead_id) === row.at);
}
