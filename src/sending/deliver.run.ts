import {
  completeAttempt,
  expiredLeases,
  nextLeaseEnd,
  nextUntold,
  renewLeases,
  saveMessages,
  type MessageRow,
} from "../email/messages.store.ts";
import { isHeld } from "../email/hold.store.ts";
import { eventInput, type Input } from "../events/input.ts";
import { appendToInbox } from "../events/inbox.store.ts";
import { groupCommit, type GroupCommit } from "../db/group-commit.io.ts";
import type { Db } from "../db/tables.ts";
import { MINUTE, SECOND, type Instant } from "../instant.ts";
import { advanceDue } from "../lifecycle/advance.run.ts";
import { drain } from "../lifecycle/drain.run.ts";
import { nextSendable } from "./allowance.run.ts";
import { claim, toldOfHold } from "./claim.run.ts";
import { LEASE } from "./decide.run.ts";
import type { Outbox, Outgoing } from "./outbox.ts";
import { afterAttempt, type Attempt, type Next } from "./retry.ts";

interface Answered {
  readonly mail: Outgoing;
  readonly attempt: Attempt;
}

const commits = new WeakMap<Outbox, GroupCommit<Answered>>();

/** With a connection free, what becomes due meanwhile is looked for this often. */
const LOOK_AGAIN = SECOND / 5;

/** The answer of a server is worth keeping: for so long it is tried to write it. */
const MOST_PATIENCE = 15 * MINUTE;

/**
 * Sends all that is due, on all connections at once, until nothing is left that may leave now; says how many rows it
 * looked at. As a connection gets free its next mail is claimed; a slow one holds up no other. Once `stopping` is aborted
 * what is under way ends, and nothing more begins.
 */
export async function sendDue(outbox: Outbox, stopping?: AbortSignal): Promise<number> {
  const { spine, carrier } = outbox;
  // An exit that holds by time alone holds for the gate too.
  await drain(spine);
  await advanceDue(spine);
  const underWay = new Map<number, Promise<void>>();
  let total = 0;
  let renewed = spine.clock.now();
  try {
    while (!stopping?.aborted) {
      const free = carrier.connections - underWay.size;
      const { mails, looked } = free > 0 ? await claim(outbox, free) : { mails: [], looked: 0 };
      total += looked;
      for (const mail of mails) {
        const { id } = mail.row;
        underWay.set(
          id,
          deliver(outbox, mail).finally(() => underWay.delete(id)),
        );
      }
      if (looked > 0 && mails.length < free) continue;
      if (underWay.size === 0) return total;
      await oneOf(underWay.values());
      renewed = await keepLeases(outbox, underWay, renewed);
    }
    return total;
  } finally {
    // What has begun ends, whatever went wrong meanwhile: else the next pass would take more than it has connections.
    while (underWay.size > 0) {
      await oneOf(underWay.values());
      renewed = await keepLeases(outbox, underWay, renewed).catch(() => renewed);
    }
  }
}

/** Resolves when one of them ends, or when it is time to look again. */
async function oneOf(attempts: Iterable<Promise<void>>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const soon = new Promise<void>((resolve) => (timer = setTimeout(resolve, LOOK_AGAIN)));
  await Promise.race([...attempts, soon]);
  clearTimeout(timer);
}

/** A worker that lives keeps its leases, however slow the server; says when it last did. */
async function keepLeases(
  { spine }: Outbox,
  underWay: ReadonlyMap<number, unknown>,
  renewed: Instant,
): Promise<Instant> {
  const now = spine.clock.now();
  if (now < renewed + LEASE / 3 || underWay.size === 0) return renewed;
  await renewLeases(spine.db.kysely, [...underWay.keys()], now, now + LEASE);
  return now;
}

/** When `sendDue` has something to do next. During a hold that is to tell what is due that it is held. */
export async function nextSend(outbox: Outbox): Promise<Instant | null> {
  const { spine } = outbox;
  const { kysely } = spine.db;
  if (await isHeld(kysely)) return nextUntold(kysely, toldOfHold(outbox));
  return nextSendable(kysely, spine.programme().settings.mail.rate, spine.clock.now());
}

/** One attempt and what became of it, written down. Never rejects. */
async function deliver(outbox: Outbox, mail: Outgoing): Promise<void> {
  const { clock, warn } = outbox.spine;
  const answer = { mail, attempt: await outbox.carrier.send(mail) };
  let commit = commits.get(outbox);
  if (!commit) {
    commit = groupCommit((answers: Answered[]) => complete(outbox, answers), { max: 200 });
    commits.set(outbox, commit);
  }
  const until = clock.now() + MOST_PATIENCE;
  for (let tries = 1; ; tries++) {
    try {
      // By itself where it failed together with others: one of them may be to blame.
      await (tries === 1 ? commit.append(answer) : complete(outbox, [answer]));
      return;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      warn("what became of a mail can't be written yet", { message: mail.row.id, reason });
      if (clock.now() >= until) return;
      await clock.sleepUntil(clock.now() + SECOND);
    }
  }
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
      const { class: kind, status, code, counts } = next.bounce;
      const properties = {
        ...about,
        class: kind,
        status: status ?? String(code),
        reason: next.bounce.reason,
        // Soft, and nothing against the address.
        ...(kind === "soft" && !counts ? { counts } : {}),
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
