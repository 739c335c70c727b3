import type { Db } from "../db/tables.ts";
import { isHeld } from "../email/hold.store.ts";
import {
  dueMessages,
  lockOutbox,
  recordDecisions,
  saveMessages,
  tellHeld,
  type DecisionRow,
  type MessageRow,
} from "../email/messages.store.ts";
import { appendToInbox } from "../events/inbox.store.ts";
import { MINUTE, type Instant } from "../instant.ts";
import type { Happening } from "../lifecycle/changes.ts";
import { readAllowance } from "./allowance.run.ts";
import { decide } from "./decide.run.ts";
import type { Outbox, Outgoing } from "./outbox.ts";

/** Up to when a hold has been told to what was due. */
const told = new WeakMap<Outbox, Instant>();

/** During a hold: what was due before this knows it. A minute is left for what was queued late. */
export function toldOfHold(outbox: Outbox): Instant {
  return (told.get(outbox) ?? 0) - MINUTE;
}

export interface Claimed {
  readonly mails: readonly Outgoing[];
  /** How many rows were looked at: 0 means that nothing is due. */
  readonly looked: number;
  /** Leads whose mails were left for the time being: they live under another programme. */
  readonly behind: readonly number[];
  readonly happenings: readonly Happening[];
}

/**
 * Takes at most `free` due messages, most urgent first: asks the gate, keeps its answer, and for those that may leave
 * writes `sending`, a lease and an attempt number. The caller commits all of it before anybody connects, and tells what
 * happened after that.
 */
export async function claim(outbox: Outbox, trx: Db, free: number): Promise<Claimed> {
  const { spine } = outbox;
  await lockOutbox(trx);
  const now = spine.clock.now();
  const happenings: Happening[] = [];
  if (await isHeld(trx)) {
    const looked = await holdBack(trx, toldOfHold(outbox), now, free);
    if (looked < free) told.set(outbox, now);
    return { mails: [], looked, behind: [], happenings };
  }
  told.delete(outbox);
  const { rate } = spine.programme().settings.mail;
  const allowance = await readAllowance(trx, rate, now);
  const due = allowance.take(await dueMessages(trx, now, allowance.blocked, Math.min(free, allowance.left)));
  if (due.length === 0) return { mails: [], looked: 0, behind: [], happenings };
  const { decided, behind } = await decide(outbox, trx, due, now);
  await saveMessages(
    trx,
    decided.map(({ row }) => row),
  );
  await recordDecisions(
    trx,
    decided.map(({ row }) => decisionRow(row, now)),
  );
  // The spine hears of what will never be sent, so that its sequence goes on.
  await appendToInbox(
    trx,
    decided
      .filter(({ row }) => row.done_at !== null && row.lead_id !== null)
      .map(({ row }) => ({
        to: { lead: row.lead_id! },
        at: row.done_at!,
        live: true,
        create: "no" as const,
        inputs: [{ kind: "done" as const, message: row.id }],
      })),
  );
  for (const { row, email } of decided) tell(happenings, row, email, now);
  return { mails: decided.flatMap(({ mail }) => mail ?? []), looked: decided.length, behind, happenings };
}

function decisionRow(row: MessageRow, at: Instant): DecisionRow {
  return { message_id: row.id, at, decision: row.decision!, reason: row.reason, until: row.until };
}

function tell(happened: Happening[], row: MessageRow, email: string, at: Instant): void {
  if (row.kind !== "sequence") return;
  const { template, sequence, step, reason, until } = row;
  if (row.state === "dropped")
    happened.push({ at, email, what: "message.dropped", template, sequence, step, reason });
  else if (row.decision === "defer") {
    happened.push({ at, email, what: "message.deferred", template, sequence, step, until, reason });
  }
}

/** While all mail is on hold the due ones say so, once. */
async function holdBack(trx: Db, since: Instant, now: Instant, limit: number): Promise<number> {
  const ids = await tellHeld(trx, since, now, limit);
  await recordDecisions(
    trx,
    ids.map((id) => ({ message_id: id, at: now, decision: "defer", reason: "held", until: null })),
  );
  return ids.length;
}
