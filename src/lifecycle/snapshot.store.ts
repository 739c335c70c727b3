import { sql } from "kysely";
import { inList } from "../db/batch.store.ts";
import { kept } from "../db/kept.store.ts";
import type { Db, Row } from "../db/tables.ts";
import type { Message, MessageState } from "../email/message.ts";
import type { Hits } from "../events/verdict.ts";
import { LEAD_COLUMNS, leadOf } from "../leads/leads.store.ts";
import type { Enrolment } from "../sequences/enrolment.ts";
import { readLog } from "../events/log.store.ts";
import type { HistoryRow } from "./changes.ts";
import type { Snapshot } from "./life.ts";

const leadsWithState = kept((db: Db, leadIds: readonly number[]) =>
  db
    .selectFrom("leads")
    .leftJoin("lead_state", "lead_state.lead_id", "leads.id")
    .select(LEAD_COLUMNS)
    .select(["lead_state.state", "lead_state.programme", "lead_state.due_at"])
    .where(inList(db, "leads.id", leadIds)),
);

const openEnrolments = kept((db: Db, leadIds: readonly number[]) =>
  db
    .selectFrom("enrolments")
    .selectAll()
    .where(inList(db, "lead_id", leadIds))
    // Written out, so that the partial index is seen to fit.
    .where("state", "=", sql.lit("open"))
    .orderBy("id"),
);

/** The leads' snapshots, without their logs. Call it after the leads are locked. */
export async function loadSnapshots(
  db: Db,
  leadIds: readonly number[],
  messageIds: readonly number[],
): Promise<Map<number, Snapshot>> {
  const leads = await leadsWithState(db, leadIds);
  const enrolments = await openEnrolments(db, leadIds);
  const messages = await loadMessages(
    db,
    enrolments.map((row) => row.id),
    messageIds,
  );
  const enrolmentsOf = Map.groupBy(enrolments, (row) => row.lead_id);
  const messagesOf = Map.groupBy(messages, (row) => row.lead_id);
  return new Map(
    leads.map((row) => [
      row.id,
      {
        lead: leadOf(row),
        state: row.state,
        programme: row.programme,
        dueAt: row.due_at,
        enrolments: (enrolmentsOf.get(row.id) ?? []).map(enrolmentOf),
        messages: (messagesOf.get(row.id) ?? []).map(messageOf),
        past: null,
      },
    ]),
  );
}

const MESSAGE_COLUMNS = [
  "id",
  "lead_id",
  "recipient",
  "enrolment_id",
  "sequence",
  "step",
  "template",
  "variant",
  "state",
  "sent_at",
  "done_at",
  "opened_at",
  "clicked_at",
  "replied_at",
  "unsubscribed_at",
  "bounced_at",
  "machine_at",
  "hits",
] as const;

type MessageRow = Pick<Row<"messages">, (typeof MESSAGE_COLUMNS)[number]>;

const messagesOfEnrolments = kept((db: Db, enrolments: readonly number[]) =>
  db
    .selectFrom("messages")
    .select(MESSAGE_COLUMNS)
    .where(inList(db, "enrolment_id", enrolments)),
);

const messagesById = kept((db: Db, ids: readonly number[]) =>
  db
    .selectFrom("messages")
    .select(MESSAGE_COLUMNS)
    .where(inList(db, "id", ids)),
);

/** Those of the open enrolments and those that the inputs name, each once. */
async function loadMessages(
  db: Db,
  enrolments: readonly number[],
  ids: readonly number[],
): Promise<MessageRow[]> {
  const found = new Map<number, MessageRow>();
  if (enrolments.length > 0) {
    for (const row of await messagesOfEnrolments(db, enrolments)) found.set(row.id, row);
  }
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length > 0) {
    for (const row of await messagesById(db, missing)) found.set(row.id, row);
  }
  return [...found.values()].sort((a, b) => a.id - b.id);
}

export function enrolmentOf(row: Row<"enrolments">): Enrolment {
  return {
    id: row.id,
    sequence: row.sequence,
    definition: row.definition,
    state: row.state as Enrolment["state"],
    step: row.step,
    since: row.since,
    dueAt: row.due_at,
    enteredAt: row.entered_at,
    endedAt: row.ended_at,
    outcome: row.outcome,
    holdout: row.holdout === 1,
  };
}

function messageOf(row: MessageRow): Message {
  return {
    id: row.id,
    recipient: row.recipient,
    enrolment: row.enrolment_id,
    sequence: row.sequence,
    step: row.step,
    template: row.template,
    variant: row.variant,
    state: row.state as MessageState,
    sentAt: row.sent_at,
    doneAt: row.done_at,
    openedAt: row.opened_at,
    clickedAt: row.clicked_at,
    repliedAt: row.replied_at,
    unsubscribedAt: row.unsubscribed_at,
    bouncedAt: row.bounced_at,
    machineAt: row.machine_at,
    hits: JSON.parse(row.hits) as Hits,
  };
}

/** The snapshots again, with log and history. */
export async function loadPast(db: Db, snapshots: readonly Snapshot[]): Promise<Snapshot[]> {
  const ids = snapshots.map((snapshot) => snapshot.lead.id);
  const logs = await readLog(db, ids);
  const rows = await db
    .selectFrom("score_history")
    .selectAll()
    .where(inList(db, "lead_id", ids))
    .orderBy("at")
    .orderBy("place")
    .execute();
  const histories = Map.groupBy(rows, (row) => row.lead_id);
  return snapshots.map((snapshot) => ({
    ...snapshot,
    past: {
      log: logs.get(snapshot.lead.id) ?? [],
      history: (histories.get(snapshot.lead.id) ?? []).map(historyOf),
    },
  }));
}

function historyOf(row: Row<"score_history">): HistoryRow {
  return {
    model: row.model,
    at: row.at,
    kind: row.kind as HistoryRow["kind"],
    ...(row.mark === null ? {} : { mark: row.mark }),
    from: row.from_state,
    to: row.to_state,
    cause: row.cause as HistoryRow["cause"],
    event: row.event,
    seq: null,
    total: row.total,
    revised: row.revised === 1,
  };
}
