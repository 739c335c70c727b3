import { skipLocked } from "../db/dialect.store.ts";
import type { Db, Row } from "../db/tables.ts";
import type { Instant } from "../instant.ts";
import type { Attributes } from "../leads/lead.ts";
import type { Due, Notice } from "./notices.ts";
import type { Answer, NoticeState, Reason } from "./reason.ts";

export function noticeOf(row: Row<"notices">): Notice {
  return {
    id: row.id,
    lead: row.lead_id,
    kind: row.kind,
    rule: row.rule,
    state: row.state as NoticeState,
    rep: row.rep,
    reason: JSON.parse(row.reason) as Reason,
    at: row.at,
    dueAt: row.due_at,
    sentAt: row.sent_at,
    escalations: row.escalations,
    answer: row.answer as Answer | null,
    answerReason: row.answer_reason,
    answeredAt: row.answered_at,
  };
}

/** The numbers of those due by now, longest due first. */
export async function dueNotices(db: Db, due: Due, now: Instant, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom("notices")
    .select("id")
    .where("due_at", "<=", now)
    .where("state", "in", statesOf(due))
    .orderBy("due_at")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

export async function nextDueNotice(db: Db, due: Due): Promise<Instant | null> {
  const row = await db
    .selectFrom("notices")
    .select("due_at")
    .where("due_at", "is not", null)
    .where("state", "in", statesOf(due))
    .orderBy("due_at")
    .limit(1)
    .executeTakeFirst();
  return row?.due_at ?? null;
}

/** An answered one is due only where the answer was "later". */
function statesOf(due: Due): NoticeState[] {
  return due === "tell" ? ["waiting", "answered"] : ["sent"];
}

/** Takes a notice that is due for this, if nobody else holds it and it still is; null otherwise. */
export async function takeNotice(db: Db, id: number, due: Due, now: Instant): Promise<Notice | null> {
  const query = db
    .selectFrom("notices")
    .selectAll()
    .where("id", "=", id)
    .where("due_at", "<=", now)
    .where("state", "in", statesOf(due));
  const row = await skipLocked(db, query).executeTakeFirst();
  return row ? noticeOf(row) : null;
}

/** The notice, locked until the transaction ends; null where there is none, or its lead is erased. */
export async function lockNotice(db: Db, id: number): Promise<Notice | null> {
  // An update that changes nothing locks the row in either database.
  const row = await db
    .updateTable("notices")
    .set((of) => ({ escalations: of.ref("escalations") }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
  return row ? noticeOf(row) : null;
}

export async function saveNotice(db: Db, notice: Notice): Promise<void> {
  await db
    .updateTable("notices")
    .set({
      state: notice.state,
      rep: notice.rep,
      reason: JSON.stringify(notice.reason),
      due_at: notice.dueAt,
      sent_at: notice.sentAt,
      escalations: notice.escalations,
      answer: notice.answer,
      answer_reason: notice.answerReason,
      answered_at: notice.answeredAt,
    })
    .where("id", "=", notice.id)
    .execute();
}

/** A notice with whom it is about, for lists. */
export interface ListedNotice extends Notice {
  readonly email: string;
  readonly attributes: Attributes;
}

function listed(db: Db) {
  return db
    .selectFrom("notices")
    .innerJoin("leads", "leads.id", "notices.lead_id")
    .selectAll("notices")
    .select(["leads.email", "leads.attributes"]);
}

function listedOf(row: Row<"notices"> & Pick<Row<"leads">, "email" | "attributes">): ListedNotice {
  return { ...noticeOf(row), email: row.email, attributes: JSON.parse(row.attributes) as Attributes };
}

export async function findNotice(db: Db, id: number): Promise<ListedNotice | null> {
  const row = await listed(db).where("notices.id", "=", id).executeTakeFirst();
  return row ? listedOf(row) : null;
}

/** A place in a list that goes backwards in time: after the one with this instant and number. */
export interface NoticeCursor {
  readonly at: Instant;
  readonly id: number;
}

/** A rep's notices, newest first; `next` is null at the end. */
export async function noticesOf(
  db: Db,
  rep: string,
  options: {
    readonly cursor?: NoticeCursor | null;
    readonly limit?: number;
    readonly states?: readonly NoticeState[];
  } = {},
): Promise<{ notices: ListedNotice[]; next: NoticeCursor | null }> {
  const { cursor = null, limit = 50, states } = options;
  const rows = await listed(db)
    .where("notices.rep", "=", rep)
    .$if(states !== undefined, (query) => query.where("notices.state", "in", states!))
    .$if(cursor !== null, (query) =>
      query.where((where) =>
        where.or([
          where("notices.at", "<", cursor!.at),
          where.and([where("notices.at", "=", cursor!.at), where("notices.id", "<", cursor!.id)]),
        ]),
      ),
    )
    .orderBy("notices.at", "desc")
    .orderBy("notices.id", "desc")
    .limit(limit + 1)
    .execute();
  const notices = rows.slice(0, limit).map(listedOf);
  const last = notices.at(-1);
  return { notices, next: rows.length > limit && last ? { at: last.at, id: last.id } : null };
}

/** All notices about a lead, newest first. */
export async function noticesOfLead(db: Db, lead: number): Promise<Notice[]> {
  const rows = await db
    .selectFrom("notices")
    .selectAll()
    .where("lead_id", "=", lead)
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .execute();
  return rows.map(noticeOf);
}
