import {
  completeAttempt,
  expiredLeases,
  nextLeaseEnd,
  saveMessages,
  type MessageRow,
} from "../email/messages.store.ts";
import { isHeld } from "../email/hold.store.ts";
import { eventInput, type Input } from "../events/input.ts";
import { appendToInbox } from "../events/inbox.store.ts";
import { groupCommit, type GroupCommit } from "../db/group-commit.io.ts";
import type { Db } from "../db/tables.ts";
import type { Instant } from "../instant.ts";
import { drain } from "../lifecycle/drain.run.ts";
import { nextSendable } from "./allowance.run.ts";
import { claim } from "./claim.run.ts";
import type { Outbox, Outgoing } from "./outbox.ts";
import { afterAttempt, type Attempt, type Next } from "./retry.ts";

interface Answered {
  readonly mail: Outgoing;
  readonly attempt: Attempt;
}

const commits = new WeakMap<Outbox, GroupCommit<Answered>>();

/**
 * Sends all that is due, on all connections at once, until nothing is left that may leave now; says how many rows it
 * looked at. As a connection gets free its next mail is claimed.
 */
export async function sendDue(outbox: Outbox): Promise<number> {
  const { spine, carrier } = outbox;
  await drain(spine);
  const underWay = new Set<Promise<void>>();
  let total = 0;
  for (;;) {
    const free = carrier.connections - underWay.size;
    const { mails, looked } = free > 0 ? await claim(outbox, free) : { mails: [], looked: 0 };
    total += looked;
    for (const mail of mails) {
      const leaving: Promise<void> = deliver(outbox, mail).finally(() => underWay.delete(leaving));
      underWay.add(leaving);
    }
    if (looked > 0 && mails.length < free) continue;
    if (underWay.size === 0) return total;
    await Promise.race(underWay);
  }
}

/** When `sendDue` has something to do next. */
export async function nextSend(outbox: Outbox): Promise<Instant | null> {
  const { spine } = outbox;
  if (await isHeld(spine.db.kysely)) return null;
  return nextSendable(spine.db.kysely, spine.programme().settings.mail.rate, spine.clock.now());
}

async function deliver(outbox: Outbox, mail: Outgoing): Promise<void> {
  const attempt = await outbox.carrier.send(mail);
  let commit = commits.get(outbox);
  if (!commit) {
    commit = groupCommit((answers: Answered[]) => complete(outbox, answers), { max: 200 });
    commits.set(outbox, commit);
  }
  await commit.append({ mail, attempt });
}

/** Writes what became of each attempt, with the event that the spine hears of, in one transaction. */
async function complete(outbox: Outbox, answers: readonly Answered[]): Promise<void> {
  const { spine } = outbox;
  const now = spine.clock.now();
  const { inDoubt } = spine.programme().settings.mail;
  const settled = await spine.db.unit(async (trx) => {
    const done: { row: MessageRow; next: Next }[] = [];
    for (const { mail, attempt } of answers) {
      const next = afterAttempt(attempt, mail.row.tries, now, inDoubt);
      const mine = await completeAttempt(trx, completion(mail.row, next, now));
      if (mine) done.push({ row: mail.row, next });
      else
        spine.warn("a late answer is refused: the lease ran out", {
          message: mail.row.id,
          outcome: attempt.outcome,
        });
    }
    await report(trx, done, now);
    return done;
  });
  const sent = settled.filter(({ row, next }) => next.state === "sent" && row.kind === "sequence");
  if (sent.length === 0) return;
  spine.observe?.(
    sent.map(({ row }) => ({
      at: now,
      email: row.recipient,
      what: "message.sent",
      template: row.template,
      variant: row.variant,
      locale: row.locale,
      subject: row.subject,
      sequence: row.sequence,
      step: row.step,
      message: row.id,
    })),
  );
}

function completion(row: MessageRow, next: Next, now: Instant) {
  const final = next.state !== "queued";
  return {
    id: row.id,
    attempt: row.attempt,
    state: next.state,
    tries: next.state === "queued" ? row.tries + 1 : row.tries,
    due_at: next.state === "queued" ? next.at : row.due_at,
    sent_at: next.state === "sent" ? now : null,
    done_at: final ? now : null,
    bounced_at: next.state === "bounced" ? now : null,
    reason: next.state === "sent" ? null : next.reason,
  };
}

/** The outcome is an event, back at the top of the spine. Mail to our own people has no lead to tell. */
async function report(
  trx: Db,
  done: readonly { row: MessageRow; next: Next }[],
  now: Instant,
): Promise<void> {
  await appendToInbox(
    trx,
    done.flatMap(({ row, next }) => {
      const input = outcome(row, next, now);
      return input && row.lead_id !== null && row.kind === "sequence"
        ? [{ to: { lead: row.lead_id }, at: now, live: true, create: "no" as const, inputs: [input] }]
        : [];
    }),
  );
}

function outcome(row: MessageRow, next: Next, at: Instant): Input | null {
  const { template, variant, sequence, step } = row;
  const about = { template, ...(variant === null ? {} : { variant }), sequence, step };
  switch (next.state) {
    case "sent":
      return eventInput("email.sent", "system", about, { at, message: row.id });
    case "bounced": {
      const { class: kind, status, code } = next.bounce;
      const properties = {
        ...about,
        class: kind,
        status: status ?? String(code),
        reason: next.bounce.reason,
      };
      return eventInput("email.bounced", "system", properties, { at, message: row.id });
    }
    case "failed":
    case "in_doubt":
      return { kind: "done", message: row.id };
    case "queued":
      return null;
    default:
      throw new Error(`unknown outcome: ${JSON.stringify(next satisfies never)}`);
  }
}

/**
 * Rows whose lease ran out: one that had not passed the gate is queued again; one that had is in doubt, or sent again
 * under the same Message-ID where the configuration says `retry`.
 */
export async function recoverLeases(outbox: Outbox): Promise<number> {
  const { spine } = outbox;
  return spine.db.unit(async (trx) => {
    const now = spine.clock.now();
    const rows = await expiredLeases(trx, now);
    const again = spine.programme().settings.mail.inDoubt === "retry";
    const after = rows.map((row): MessageRow => {
      if (row.gated_at === null || again)
        return { ...row, state: "queued", lease_until: null, gated_at: null };
      return {
        ...row,
        state: "in_doubt",
        lease_until: null,
        done_at: now,
        reason: "the sending process died",
      };
    });
    await saveMessages(trx, after);
    await report(
      trx,
      after
        .filter((row) => row.state === "in_doubt")
        .map((row) => ({ row, next: { state: "in_doubt", reason: row.reason ?? "" } })),
      now,
    );
    return rows.length;
  });
}

export function nextLease(outbox: Outbox): Promise<Instant | null> {
  return nextLeaseEnd(outbox.spine.db.kysely);
}
