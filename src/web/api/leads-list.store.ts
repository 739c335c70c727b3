import { sql, type SelectQueryBuilder } from "kysely";
import { inList } from "../../db/batch.store.ts";
import type { Db, Row, Tables } from "../../db/tables.ts";
import type { Attributes, Stage } from "../../leads/lead.ts";

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

/** A lead with what the spine keeps of it. */
export type ListedRow = Row<"leads"> & { readonly state: string | null };

type Query<O> = SelectQueryBuilder<Tables, "leads", O>;

/** The next `limit` leads by address or creation, after the cursor. */
export async function leadsInOrder(
  db: Db,
  filter: LeadFilter,
  order: { readonly by: "email" | "created_at"; readonly descending: boolean },
  after: { readonly value: string | number; readonly id: number } | null,
  limit: number,
): Promise<ListedRow[]> {
  const column = `leads.${order.by}` as const;
  const beyond = order.descending ? "<" : ">";
  const direction = order.descending ? "desc" : "asc";
  const query = filtered(db, filter).$if(after !== null, (all) =>
    all.where((where) =>
      where.or([
        where(column, beyond, after!.value),
        where.and([where(column, "=", after!.value), where("leads.id", beyond, after!.id)]),
      ]),
    ),
  );
  return withState(query).orderBy(column, direction).orderBy("leads.id", direction).limit(limit).execute();
}

/** All leads that the filter may hold for, by number, a batch at a time. */
export async function leadsAfter(
  db: Db,
  filter: LeadFilter,
  id: number,
  limit: number,
): Promise<ListedRow[]> {
  const query = filtered(db, filter).where("leads.id", ">", id);
  return withState(query).orderBy("leads.id").limit(limit).execute();
}

function withState(query: Query<object>) {
  return query
    .leftJoin("lead_state", "lead_state.lead_id", "leads.id")
    .selectAll("leads")
    .select("lead_state.state");
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
