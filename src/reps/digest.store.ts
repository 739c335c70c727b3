import { inList, insertMany } from "../db/batch.store.ts";
import { kept } from "../db/kept.store.ts";
import type { Db } from "../db/tables.ts";
import type { Instant } from "../instant.ts";
import type { Attributes } from "../leads/lead.ts";
import type { DigestFacts } from "./digest.ts";
import { noticeOf } from "./notices.store.ts";

const markOf = (rep: string) => `digest/${rep}`;

const settingsOf = kept((db: Db, names: readonly string[]) =>
  db
    .selectFrom("settings")
    .selectAll()
    .where(inList(db, "name", names)),
);

/** Up to when each rep's digests go; a rep who is new is not in it. */
export async function digestMarks(db: Db, reps: readonly string[]): Promise<Map<string, Instant>> {
  const rows = await settingsOf(db, reps.map(markOf));
  return new Map(rows.map((row) => [row.name.slice(markOf("").length), Number(row.value)]));
}

export async function markDigest(db: Db, rep: string, until: Instant): Promise<void> {
  await insertMany(db, "settings", [{ name: markOf(rep), value: String(until) }], {
    onConflict: { keys: ["name"], update: ["value"] },
  });
}

interface PersonRow {
  readonly lead_id: number;
  readonly email: string;
  readonly attributes: string;
}

function personOf(row: PersonRow): DigestFacts["deals"][number]["lead"] {
  return { id: row.lead_id, email: row.email, attributes: JSON.parse(row.attributes) as Attributes };
}

const MOST_LINES = 200;

export async function readDigest(db: Db, rep: string, from: Instant, until: Instant): Promise<DigestFacts> {
  const notices = await db
    .selectFrom("notices")
    .innerJoin("leads", "leads.id", "notices.lead_id")
    .selectAll("notices")
    .select(["leads.email", "leads.attributes"])
    .where("notices.rep", "=", rep)
    .where((where) =>
      where.or([
        where("notices.state", "=", "sent"),
        where.and([where("notices.sent_at", ">=", from), where("notices.sent_at", "<", until)]),
        where.and([where("notices.answered_at", ">=", from), where("notices.answered_at", "<", until)]),
      ]),
    )
    .orderBy("notices.at", "desc")
    .orderBy("notices.id", "desc")
    .limit(MOST_LINES)
    .execute();
  const crossings = await db
    .selectFrom("score_history")
    .innerJoin("leads", "leads.id", "score_history.lead_id")
    .select(["lead_id", "model", "from_state", "to_state", "total", "leads.email", "leads.attributes"])
    .where("score_history.at", ">=", from)
    .where("score_history.at", "<", until)
    .where("kind", "=", "temperature")
    .where("leads.owner", "=", rep)
    .orderBy("lead_id")
    .orderBy("model")
    .orderBy("score_history.at")
    .orderBy("place")
    .limit(MOST_LINES * 5)
    .execute();
  const deals = await db
    .selectFrom("deals")
    .innerJoin("leads", "leads.id", "deals.lead_id")
    .select(["lead_id", "deals.stage", "value", "opened_at", "leads.email", "leads.attributes"])
    .where("leads.owner", "=", rep)
    .where("closed_at", "is", null)
    .orderBy("opened_at", "desc")
    .orderBy("deals.id")
    .limit(MOST_LINES)
    .execute();
  return {
    from,
    until,
    notices: notices.map((row) => ({ notice: noticeOf(row), lead: personOf(row) })),
    crossings: crossings.map((row) => ({
      lead: personOf(row),
      model: row.model,
      from: row.from_state,
      to: row.to_state,
      total: row.total,
    })),
    deals: deals.map((row) => ({
      lead: personOf(row),
      stage: row.stage,
      value: row.value,
      openedAt: row.opened_at,
    })),
  };
}
