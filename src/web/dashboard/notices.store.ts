import type { Db } from "../../db/tables.ts";
import type { Attributes } from "../../leads/lead.ts";
import { noticeOf, type ListedNotice, type NoticeCursor } from "../../reps/notices.store.ts";
import type { NoticeState } from "../../reps/reason.ts";

export interface NoticeFilter {
  readonly rep?: string;
  readonly state?: NoticeState;
}

/** Notices of all reps, newest first; `next` is null at the end. */
export async function listNotices(
  db: Db,
  { rep, state }: NoticeFilter,
  after: NoticeCursor | null,
  limit: number,
): Promise<{ notices: ListedNotice[]; next: NoticeCursor | null }> {
  const rows = await db
    .selectFrom("notices")
    .innerJoin("leads", "leads.id", "notices.lead_id")
    .selectAll("notices")
    .select(["leads.email", "leads.attributes"])
    .$if(rep !== undefined, (query) => query.where("notices.rep", "=", rep!))
    .$if(state !== undefined, (query) => query.where("notices.state", "=", state!))
    .$if(after !== null, (query) => query.where("notices.id", "<", after!.id))
    // Numbers are given in order of time, and by them no index has to be sorted.
    .orderBy("notices.id", "desc")
    .limit(limit + 1)
    .execute();
  const notices = rows.slice(0, limit).map((row) => ({
    ...noticeOf(row),
    email: row.email,
    attributes: JSON.parse(row.attributes) as Attributes,
  }));
  const last = notices.at(-1);
  return { notices, next: rows.length > limit && last ? { at: last.at, id: last.id } : null };
}

/** How many notices of each rep, or of one, wait for an answer; `""` those that nobody was told of yet. */
export async function countOpenNotices(db: Db, rep?: string): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("notices")
    .select(({ fn }) => ["rep", fn.countAll<number>().as("count")])
    .where("state", "in", ["waiting", "sent"])
    .$if(rep !== undefined, (query) => query.where("rep", "=", rep!))
    .groupBy("rep")
    .execute();
  return new Map(rows.map((row) => [row.rep ?? "", Number(row.count)]));
}
