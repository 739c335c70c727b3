import { inList, insertMany, updateMany } from "../db/batch.store.ts";
import type { Db, Row } from "../db/tables.ts";
import type { Programme } from "../programme/programme.ts";
import type { HistoryRow } from "./changes.ts";
import type { Lived } from "./lived.ts";

export async function writeStates(db: Db, lived: readonly Lived[], programme: Programme): Promise<void> {
  const fresh: Row<"lead_state">[] = [];
  const taken: Row<"lead_state">[] = [];
  const moved: Row<"lead_state">[] = [];
  const same: Row<"lead_state">[] = [];
  for (const { before, after } of lived) {
    const { state, dueAt: due_at } = after;
    const row = { lead_id: after.lead.id, state, due_at, programme: programme.hash };
    if (before.programme === null) fresh.push(row);
    else if (before.programme !== programme.hash) taken.push(row);
    else if (before.dueAt !== due_at) moved.push(row);
    else if (before.state !== state) same.push(row);
  }
  await insertMany(db, "lead_state", fresh);
  // An index is written anew for each column that is named, also where its value stays.
  await updateMany(db, "lead_state", ["lead_id"], ["state", "due_at", "programme"], taken);
  await updateMany(db, "lead_state", ["lead_id"], ["state", "due_at"], moved);
  await updateMany(db, "lead_state", ["lead_id"], ["state"], same);
  const scores = lived.flatMap(({ after }) =>
    after.scores.map((score) => ({
      model: score.model,
      lead_id: after.lead.id,
      temperature: score.temperature,
      total: score.total,
      at: score.at,
      next_at: score.nextAt,
    })),
  );
  await insertMany(db, "scores", scores, {
    onConflict: { keys: ["lead_id", "model"], update: ["temperature", "total", "at", "next_at"] },
  });
  for (const { after } of lived) {
    if (after.unscored.length === 0) continue;
    await db
      .deleteFrom("scores")
      .where("lead_id", "=", after.lead.id)
      .where(inList(db, "model", after.unscored))
      .execute();
  }
}

export async function writeHistory(db: Db, lived: readonly Lived[]): Promise<void> {
  const rewritten = lived
    .filter(({ after }) => after.changes.rewritten !== null)
    .map(({ after }) => after.lead.id);
  if (rewritten.length > 0)
    await db
      .deleteFrom("score_history")
      .where(inList(db, "lead_id", rewritten))
      .execute();
  const rows = lived.flatMap(({ after }) =>
    historyRows(after.lead.id, [...(after.changes.rewritten ?? []), ...after.changes.history]),
  );
  if (rows.length > 0) await insertMany(db, "score_history", rows, { onConflict: "nothing" });
}

/** Crossings of one instant are told apart by the event that caused them and their order. */
function historyRows(lead: number, history: readonly HistoryRow[]): Row<"score_history">[] {
  return history.map((row, index) => ({
    lead_id: lead,
    model: row.model,
    at: row.at,
    place: (row.seq ?? 0) * 16 + (index % 16),
    kind: row.kind,
    mark: row.mark ?? null,
    from_state: row.from,
    to_state: row.to,
    cause: row.cause,
    event: row.event,
    total: row.total,
    revised: row.revised ? 1 : 0,
  }));
}

export async function writeEnrolments(db: Db, lived: readonly Lived[]): Promise<void> {
  const rows = lived.flatMap(({ before, after }) =>
    after.enrolments
      .filter((enrolment) => !before.enrolments.includes(enrolment))
      .map((enrolment) => ({
        id: enrolment.id,
        lead_id: after.lead.id,
        sequence: enrolment.sequence,
        definition: enrolment.definition,
        state: enrolment.state,
        step: enrolment.step,
        since: enrolment.since,
        due_at: enrolment.dueAt,
        entered_at: enrolment.enteredAt,
        ended_at: enrolment.endedAt,
        outcome: enrolment.outcome,
        holdout: enrolment.holdout ? 1 : 0,
      })),
  );
  if (rows.length === 0) return;
  // Ended ones first, so that a lead may leave a sequence and enter it again in one batch.
  rows.sort((a, b) => (a.state === b.state ? a.id - b.id : a.state === "ended" ? -1 : 1));
  await insertMany(db, "enrolments", rows, {
    onConflict: {
      keys: ["id"],
      update: ["definition", "state", "step", "since", "due_at", "ended_at", "outcome"],
    },
  });
}
