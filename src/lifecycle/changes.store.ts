import { inList, insertMany, updateMany } from "../db/batch.store.ts";
import type { Db, Row } from "../db/tables.ts";
import { domainOf } from "../leads/address.ts";
import { appendToLog, changeVerdicts } from "../events/log.store.ts";
import type { Instant } from "../instant.ts";
import { updateLeads } from "../leads/leads.store.ts";
import type { SuppressionKey } from "../leads/suppression.ts";
import { suppressAddresses, unsuppressAddress } from "../leads/suppression.store.ts";
import type { Programme } from "../programme/programme.ts";
import type { HistoryRow } from "./changes.ts";
import type { Snapshot } from "./life.ts";
import type { Reduced } from "./reduce.ts";

/** One lead before and after its batch. */
export interface Lived {
  readonly before: Snapshot;
  readonly after: Reduced;
}

/** Writes what a batch of leads became: for each table one statement, however many the leads. */
export async function writeChanges(
  db: Db,
  lived: readonly Lived[],
  programme: Programme,
  keys: readonly SuppressionKey[],
  now: Instant,
): Promise<void> {
  await updateLeads(
    db,
    lived.filter(({ before, after }) => before.lead !== after.lead).map(({ after }) => after.lead),
  );
  await writeStates(db, lived, programme);
  await appendToLog(
    db,
    lived.flatMap(({ after }) => after.changes.events.map((event) => ({ lead: after.lead.id, event }))),
    now,
  );
  const verdicts = lived.flatMap(({ after }) =>
    after.changes.verdicts.map((flip) => ({ ...flip, lead: after.lead.id })),
  );
  if (verdicts.length > 0) await changeVerdicts(db, verdicts);
  await writeHistory(db, lived);
  await writeEnrolments(db, lived);
  await writeMessages(db, lived, programme);
  await wakePaused(db, lived, now);
  await writeNotices(db, lived, now);
  await writeDeals(db, lived);
  await writeSegments(db, lived);
  await writeSuppressions(db, lived, keys);
  const webhooks = lived.flatMap(({ after }) =>
    after.changes.webhooks.map((webhook) => ({
      webhook: webhook.webhook,
      body: JSON.stringify({ event: webhook.event, email: after.lead.email, data: webhook.data }),
      state: "waiting",
      tries: 0,
      due_at: webhook.at,
      at: webhook.at,
    })),
  );
  if (webhooks.length > 0) {
    await insertMany(db, "webhook_deliveries", webhooks, {
      columns: ["webhook", "body", "state", "tries", "due_at", "at"],
    });
  }
}

async function writeStates(db: Db, lived: readonly Lived[], programme: Programme): Promise<void> {
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

async function writeHistory(db: Db, lived: readonly Lived[]): Promise<void> {
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

async function writeEnrolments(db: Db, lived: readonly Lived[]): Promise<void> {
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

async function writeMessages(db: Db, lived: readonly Lived[], programme: Programme): Promise<void> {
  const asked = lived.flatMap(({ after }) =>
    after.changes.messages.map((message): Row<"messages"> => ({
      id: message.id,
      message_key: message.key,
      kind: "sequence",
      lead_id: after.lead.id,
      recipient: after.lead.email,
      enrolment_id: message.enrolment,
      sequence: message.sequence,
      step: message.step,
      template: message.template,
      template_hash: null,
      variant: message.variant,
      locale: null,
      subject: null,
      variables: null,
      state: "queued",
      queued_at: message.at,
      due_at: message.at,
      priority: message.priority,
      domain: domainOf(after.lead.email),
      attempt: 0,
      tries: 0,
      lease_until: null,
      gated_at: null,
      sent_at: null,
      done_at: null,
      decision: null,
      reason: null,
      until: null,
      opened_at: null,
      clicked_at: null,
      replied_at: null,
      unsubscribed_at: null,
      bounced_at: null,
      machine_at: null,
      hits: '{"links":0,"list":[]}',
      programme: programme.hash,
    })),
  );
  if (asked.length > 0) await insertMany(db, "messages", asked, { onConflict: "nothing" });
  const marked = lived.flatMap(({ before, after }) =>
    after.messages
      .filter((message) => before.messages.some((other) => other.id === message.id && other !== message))
      .map((message) => ({
        id: message.id,
        opened_at: message.openedAt,
        clicked_at: message.clickedAt,
        replied_at: message.repliedAt,
        unsubscribed_at: message.unsubscribedAt,
        bounced_at: message.bouncedAt,
        machine_at: message.machineAt,
        hits: JSON.stringify(message.hits),
      })),
  );
  if (marked.length > 0) {
    await updateMany(
      db,
      "messages",
      ["id"],
      ["opened_at", "clicked_at", "replied_at", "unsubscribed_at", "bounced_at", "machine_at", "hits"],
      marked,
    );
  }
  for (const { before, after } of lived) {
    for (const message of after.messages) {
      if (
        message.state !== "bounced" ||
        before.messages.some((other) => other.id === message.id && other.state === "bounced")
      )
        continue;
      await db
        .updateTable("messages")
        .set({ state: "bounced", done_at: message.doneAt })
        .where("id", "=", message.id)
        .execute();
    }
    // One that is being sent is the gate's: it asks again right before it leaves.
    for (const { message, reason } of after.changes.dropped) {
      await db
        .updateTable("messages")
        .set({
          state: "dropped",
          decision: "drop",
          reason,
          done_at: after.messages.find((m) => m.id === message)!.doneAt,
        })
        .where("id", "=", message)
        .where("state", "=", "queued")
        .execute();
    }
  }
}

async function wakePaused(db: Db, lived: readonly Lived[], now: Instant): Promise<void> {
  const resumed = lived.filter(({ after }) => after.changes.resumed).map(({ after }) => after.lead.id);
  if (resumed.length === 0) return;
  await db
    .updateTable("messages")
    .set({ due_at: now })
    .where(inList(db, "lead_id", resumed))
    .where("state", "=", "queued")
    .where("reason", "=", "paused")
    .execute();
}

async function writeNotices(db: Db, lived: readonly Lived[], now: Instant): Promise<void> {
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

async function writeDeals(db: Db, lived: readonly Lived[]): Promise<void> {
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

async function writeSegments(db: Db, lived: readonly Lived[]): Promise<void> {
  for (const { after } of lived) {
    for (const { segment, joined, at } of after.changes.segments) {
      if (joined) {
        await insertMany(db, "segment_members", [{ segment, lead_id: after.lead.id, joined_at: at }], {
          onConflict: "nothing",
        });
      } else {
        await db
          .deleteFrom("segment_members")
          .where("segment", "=", segment)
          .where("lead_id", "=", after.lead.id)
          .execute();
      }
    }
  }
}

async function writeSuppressions(
  db: Db,
  lived: readonly Lived[],
  keys: readonly SuppressionKey[],
): Promise<void> {
  const entries = lived.flatMap(({ after }) =>
    after.changes.suppress === null ? [] : [{ email: after.lead.email, ...after.changes.suppress }],
  );
  if (entries.length > 0) await suppressAddresses(db, keys, entries);
  for (const { after } of lived) {
    if (after.changes.welcomeBack) await unsuppressAddress(db, keys, after.lead.email);
  }
}
