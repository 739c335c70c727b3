import { sql, type SelectQueryBuilder } from "kysely";
import type { Sql } from "../../conditions/bounds.store.ts";
import { inList } from "../../db/batch.store.ts";
import type { Db, Row, Tables } from "../../db/tables.ts";
import type { Attributes, Stage } from "../../leads/lead.ts";
import { LEAD_COLUMNS } from "../../leads/leads.store.ts";
import type { FilteredRow } from "../../lifecycle/filter.store.ts";

export interface LeadFilter {
  readonly owner?: string;
  /** Beside `owner`: a rep sees their own leads only. */
  readonly seenBy?: string;
  readonly stage?: Stage;
  /** By the default model. */
  readonly temperature?: readonly string[];
  readonly segment?: string;
  readonly q?: string;
}

type Query<O> = SelectQueryBuilder<Tables, "leads", O>;

/** Both have an index that begins with it. */
export interface Order {
  readonly by: "email" | "created_at" | "id";
  readonly descending: boolean;
}

/** A place in that order. */
export interface Place {
  readonly value: string | number;
  readonly id: number;
}

/** Of the leads in an order those in (after, until], at most `limit`. */
export async function leadsInOrder(
  db: Db,
  filter: LeadFilter,
  order: Order,
  between: { readonly after: Place | null; readonly until?: Place | null; readonly narrowed?: Sql },
  limit?: number,
): Promise<FilteredRow[]> {
  const { after, until = null, narrowed } = between;
  const query = inOrder(filtered(db, filter), order)
    .$if(after !== null, (all) => all.where(beside(order, after!, "after")))
    .$if(until !== null, (all) => all.where(beside(order, until!, "until")))
    .$if(narrowed !== undefined, (all) => all.where(narrowed!))
    .$if(limit !== undefined, (all) => all.limit(limit!));
  return withState(query).execute();
}

/** The place of the `size`-th lead after another, of those that the filter takes; null where fewer are left. */
export async function placeAfter(
  db: Db,
  filter: LeadFilter,
  order: Order,
  after: Place | null,
  size: number,
): Promise<Place | null> {
  const row = await inOrder(filtered(db, filter), order)
    .$if(after !== null, (all) => all.where(beside(order, after!, "after")))
    .select(["leads.id", `leads.${order.by} as value`])
    .offset(size - 1)
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** As one comparison of two pairs, which an index answers; the same with `or` it does not. */
function beside({ by, descending }: Order, { value, id }: Place, side: "after" | "until"): Sql {
  const operator = (side === "after") === descending ? "<" : ">";
  const orAt = side === "after" ? "" : "=";
  return sql`(${sql.ref(`leads.${by}`)}, leads.id) ${sql.raw(operator + orAt)} (${value}, ${id})`;
}

function inOrder(query: Query<object>, { by, descending }: Order): Query<object> {
  const direction = descending ? "desc" : "asc";
  return query.orderBy(`leads.${by}`, direction).orderBy("leads.id", direction);
}

function withState(query: Query<object>) {
  return query
    .leftJoin("lead_state", "lead_state.lead_id", "leads.id")
    .select([...LEAD_COLUMNS, "lead_state.state", "lead_state.programme"]);
}

function filtered(db: Db, filter: LeadFilter): Query<object> {
  const { owner, seenBy, stage, temperature, segment, q } = filter;
  return db
    .selectFrom("leads")
    .$if(owner !== undefined, (query) => query.where("leads.owner", "=", owner!))
    .$if(seenBy !== undefined, (query) => query.where("leads.owner", "=", seenBy!))
    .$if(stage !== undefined, (query) => query.where("leads.stage", "=", stage!))
    .$if(temperature !== undefined, (query) =>
      query.where((where) =>
        where.exists(
          where
            .selectFrom("scores")
            .select("scores.lead_id")
            .whereRef("scores.lead_id", "=", "leads.id")
            .where("scores.model", "=", "default")
            .where(inList(db, "scores.temperature", temperature!)),
        ),
      ),
    )
    .$if(segment !== undefined, (query) =>
      query.where((where) =>
        where.exists(
          where
            .selectFrom("segment_members")
            .select("segment_members.lead_id")
            .whereRef("segment_members.lead_id", "=", "leads.id")
            .where("segment_members.segment", "=", segment!),
        ),
      ),
    )
    .$if(q !== undefined, (query) => {
      const pattern = likePattern(q!);
      return query.where(
        sql<boolean>`(lower(leads.email) like ${pattern} escape '!' or lower(leads.attributes) like ${pattern} escape '!')`,
      );
    });
}

/**
 * Finds a superset: SQL folds the case of ASCII alone, and attributes are JSON there, so that any other character and
 * what JSON escapes stands for anything. `matches` decides.
 */
export function likePattern(q: string): string {
  const text = q.toLowerCase().replaceAll(/[!%_]/g, "!$&");
  return `%${text.replaceAll(/[^\x20-\x7e]+|["\\]/g, "%")}%`;
}

/** Whether the address or the text of an attribute has these letters, in any case. */
export function matches(q: string | undefined, lead: Pick<Row<"leads">, "email" | "attributes">): boolean {
  if (q === undefined) return true;
  const wanted = q.toLowerCase();
  if (lead.email.includes(wanted)) return true;
  return Object.values(JSON.parse(lead.attributes) as Attributes).some(
    (value) => value !== null && String(value).toLowerCase().includes(wanted),
  );
}
