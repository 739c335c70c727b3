import type { Db, Row } from "../db/tables.ts";
import type { Instant } from "../instant.ts";

export interface Deal {
  readonly id: string;
  readonly email: string;
  readonly stage: string;
  readonly value: number | null;
  /** The lead's owner; where it has none, whoever owned it when the deal was opened. */
  readonly owner: string | null;
  readonly openedAt: Instant;
  readonly changedAt: Instant;
  readonly closedAt: Instant | null;
  readonly outcome: "won" | "lost" | null;
  readonly reason: string | null;
}

type DealRow = Row<"deals"> & { readonly email: string; readonly lead_owner: string | null };

function dealOf(row: DealRow): Deal {
  return {
    id: row.id,
    email: row.email,
    stage: row.stage,
    value: row.value,
    owner: row.lead_owner ?? row.owner,
    openedAt: row.opened_at,
    changedAt: row.changed_at,
    closedAt: row.closed_at,
    outcome: row.outcome as Deal["outcome"],
    reason: row.reason,
  };
}

function deals(db: Db) {
  return db
    .selectFrom("deals")
    .innerJoin("leads", "leads.id", "deals.lead_id")
    .selectAll("deals")
    .select(["leads.email", "leads.owner as lead_owner"]);
}

export interface DealCursor {
  readonly at: Instant;
  readonly id: string;
}

export interface DealFilter {
  readonly lead?: number;
  /** The lead's owner. */
  readonly owner?: string;
  readonly open?: boolean;
  readonly cursor?: DealCursor | null;
  readonly limit?: number;
}

/** Deals, latest opened first; `next` is null at the end. */
export async function listDeals(
  db: Db,
  filter: DealFilter = {},
): Promise<{ deals: Deal[]; next: DealCursor | null }> {
  const { lead, owner, open, cursor = null, limit = 50 } = filter;
  const rows = await deals(db)
    .$if(lead !== undefined, (query) => query.where("deals.lead_id", "=", lead!))
    .$if(owner !== undefined, (query) => query.where("leads.owner", "=", owner!))
    .$if(open !== undefined, (query) => query.where("deals.closed_at", open ? "is" : "is not", null))
    .$if(cursor !== null, (query) =>
      query.where((where) =>
        where.or([
          where("deals.opened_at", "<", cursor!.at),
          where.and([where("deals.opened_at", "=", cursor!.at), where("deals.id", "<", cursor!.id)]),
        ]),
      ),
    )
    .orderBy("deals.opened_at", "desc")
    .orderBy("deals.id", "desc")
    .limit(limit + 1)
    .execute();
  const found = rows.slice(0, limit).map(dealOf);
  const last = found.at(-1);
  return { deals: found, next: rows.length > limit && last ? { at: last.openedAt, id: last.id } : null };
}

export async function findDeal(db: Db, id: string): Promise<Deal | null> {
  const row = await deals(db).where("deals.id", "=", id).executeTakeFirst();
  return row ? dealOf(row) : null;
}
