import { inList, insertMany } from "../db/batch.store.ts";
import type { Db, Row } from "../db/tables.ts";
import type { Instant } from "../instant.ts";
import type { Lived } from "./lived.ts";
import type { Reduced } from "./reduce.ts";

export async function writeNotices(db: Db, lived: readonly Lived[], now: Instant): Promise<void> {
  const rows = lived.flatMap(({ after }) =>
    after.changes.notices.map((notice): Row<"notices"> => ({
      id: notice.id,
      lead_id: after.lead.id,
      kind: notice.kind,
      rule: notice.rule,
      state: "waiting",
      rep: null,
      reason: JSON.stringify(notice.reason),
      at: notice.at,
      due_at: notice.at,
      sent_at: null,
      escalations: 0,
      answer: null,
      answer_reason: null,
      answered_at: null,
    })),
  );
  if (rows.length > 0) await insertMany(db, "notices", rows);
  for (const { after } of lived) {
    if (after.changes.withdrawn.length > 0) await withdrawNotices(db, after, now);
  }
}

/** Only notices that nobody has answered can be withdrawn. */
async function withdrawNotices(db: Db, after: Reduced, now: Instant): Promise<void> {
  const open = await db
    .selectFrom("notices")
    .select(["id", "kind", "reason"])
    .where("lead_id", "=", after.lead.id)
    .where("state", "in", ["waiting", "sent"])
    .where("rule", "is not", null)
    .execute();
  const baseless = open.filter((notice) => {
    const { seq } = JSON.parse(notice.reason) as { seq: number | null };
    return after.changes.withdrawn.some((lost) =>
      "kind" in lost ? lost.kind === notice.kind : lost.seq === seq,
    );
  });
  if (baseless.length === 0) return;
  await db
    .updateTable("notices")
    .set({ state: "withdrawn", due_at: null, answered_at: now })
    .where(
      inList(
        db,
        "id",
        baseless.map((notice) => notice.id),
      ),
    )
    .execute();
}

export async function writeDeals(db: Db, lived: readonly Lived[]): Promise<void> {
  for (const { after } of lived) {
    for (const deal of after.changes.deals) {
      const closed = deal.outcome === null ? {} : { closed_at: deal.at, outcome: deal.outcome };
      await db
        .insertInto("deals")
        .values({
          id: deal.id,
          lead_id: after.lead.id,
          stage: deal.stage ?? deal.outcome ?? "open",
          value: deal.value,
          owner: after.lead.owner,
          opened_at: deal.at,
          changed_at: deal.at,
          reason: deal.reason,
          ...closed,
        })
        .onConflict((conflict) =>
          conflict.column("id").doUpdateSet({
            changed_at: deal.at,
            ...(deal.stage === null && deal.outcome === null ? {} : { stage: deal.stage ?? deal.outcome! }),
            ...(deal.value === null ? {} : { value: deal.value }),
            ...(deal.reason === null ? {} : { reason: deal.reason }),
            ...closed,
          }),
        )
        .execute();
    }
  }
}
