import { nextQueued, nextUntold, saveMessages, type MessageRow } from "../email/messages.store.ts";
import { restoredAt } from "../email/doubt.store.ts";
import { isHeld } from "../email/hold.store.ts";
import type { Db } from "../db/tables.ts";
import { MINUTE, SECOND, type Duration, type Instant } from "../instant.ts";
import { advanceDue, takeOver } from "../lifecycle/advance.run.ts";
import { drain } from "../lifecycle/drain.run.ts";
import { Overtaken } from "../lifecycle/overtaken.ts";
import { nextSendable } from "./allowance.run.ts";
import { expiredLeases, nextLeaseEnd, renewLeases } from "./attempts.store.ts";
import { claim, toldOfHold, type Claimed } from "./claim.run.ts";
import { complete, report, type Answered } from "./complete.run.ts";
import { LEASE } from "./decide.run.ts";
import type { Outbox } from "./outbox.ts";
import type { Spine } from "../lifecycle/spine.ts";

/** With a connection free, what becomes due meanwhile is looked for this often. */
const LOOK_AGAIN = SECOND / 5;

/**
 * For so long, answers wait for those of the other connections: written together, and their connections filled
 * together, they cost one commit.
 */
const GATHER = SECOND / 200;

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
  const answered: Answered[] = [];
  const begin = (id: number, work: Promise<void>) =>
    underWay.set(
      id,
      work.finally(() => underWay.delete(id)),
    );
  let total = 0;
  let renewed = spine.clock.now();
  try {
    for (;;) {
      const answers = answered.splice(0);
      const stops = stopping?.aborted ?? false;
      const free = stops ? 0 : carrier.connections - underWay.size;
      const { mails, looked } = await turn(outbox, answers, free).catch((error: unknown) => {
        if (answers.length === 0) throw error;
        // One of them may be to blame: each by itself, as long as it takes.
        for (const answer of answers) begin(answer.mail.row.id, keepTrying(outbox, answer));
        return NOTHING;
      });
      total += looked;
      for (const mail of mails) {
        begin(
          mail.row.id,
          carrier.send(mail).then((attempt) => void answered.push({ mail, attempt })),
        );
      }
      if (looked > 0 && mails.length < free) continue;
      if (underWay.size === 0 && answered.length === 0) return total;
      if (answered.length === 0) await fewerThan(underWay.size, underWay, LOOK_AGAIN);
      await fewerThan(1, underWay, GATHER);
      renewed = await keepLeases(outbox, underWay, renewed);
    }
  } finally {
    // What has begun ends, whatever went wrong meanwhile: else the next pass would take more than it has connections.
    while (underWay.size > 0 || answered.length > 0) {
      for (const answer of answered.splice(0)) begin(answer.mail.row.id, keepTrying(outbox, answer));
      await fewerThan(underWay.size, underWay, LOOK_AGAIN);
      renewed = await keepLeases(outbox, underWay, renewed).catch(() => renewed);
    }
  }
}

/** What this process has claimed and not completed yet: whatever the clock says, its worker lives. */
const inHand = new WeakMap<Spine, Set<number>>();

function handOf(spine: Spine): Set<number> {
  const hand = inHand.get(spine) ?? new Set();
  inHand.set(spine, hand);
  return hand;
}

const NOTHING: Claimed = { mails: [], looked: 0, behind: [], happenings: [] };

/** Writes what became of mails, and claims the next for the connections that are free by that, in one transaction. */
async function turn(outbox: Outbox, answers: readonly Answered[], free: number): Promise<Claimed> {
  const { spine } = outbox;
  if (answers.length === 0 && (free === 0 || !(await isAnyDue(outbox, spine.db.kysely)))) return NOTHING;
  const hand = handOf(spine);
  const { sent, claimed } = await spine.db.unit(async (trx) => {
    const sent = answers.length === 0 ? [] : await complete(outbox, trx, answers);
    const more = free > 0 && (await isAnyDue(outbox, trx));
    const claimed = more ? await claim(outbox, trx, free) : NOTHING;
    for (const { row } of claimed.mails) hand.add(row.id);
    return { sent, claimed };
  });
  for (const { mail } of answers) hand.delete(mail.row.id);
  const happenings = [...sent, ...claimed.happenings];
  if (happenings.length > 0) spine.observe?.(happenings);
  const caughtUp = await catchUp(spine, claimed.behind);
  return { ...claimed, looked: claimed.looked + caughtUp };
}

/**
 * Takes these leads over to the programme that is live; none where this process does not run what is applied. Never
 * rejects: the mails that were claimed with it are to leave.
 */
async function catchUp(spine: Outbox["spine"], leads: readonly number[]): Promise<number> {
  try {
    await takeOver(spine, leads);
    return leads.length;
  } catch (error) {
    if (!(error instanceof Overtaken)) {
      const reason = error instanceof Error ? error.message : String(error);
      spine.warn("leads can't be taken over to the live version yet", { leads: leads.length, reason });
    }
    return 0;
  }
}

/** A look costs a tenth of a claim. */
async function isAnyDue({ spine }: Outbox, db: Db): Promise<boolean> {
  const first = await nextQueued(db);
  return first !== null && first <= spine.clock.now();
}

/** Waits until fewer than so many are under way, but no longer than that. */
async function fewerThan(
  most: number,
  underWay: ReadonlyMap<number, Promise<void>>,
  limit: Duration,
): Promise<void> {
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<void>((resolve) => (timer = setTimeout(resolve, limit))).then(() => {
    over = true;
  });
  while (underWay.size > 0 && underWay.size >= most && !over) await Promise.race([...underWay.values(), end]);
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
  await renewLeases(spine.db.kysely, [...underWay.keys()], now + LEASE);
  return now;
}

/** When `sendDue` has something to do next. During a hold that is to tell what is due that it is held. */
export async function nextSend(outbox: Outbox): Promise<Instant | null> {
  const { spine } = outbox;
  const { kysely } = spine.db;
  if (await isHeld(kysely)) return nextUntold(kysely, toldOfHold(outbox));
  return nextSendable(kysely, spine.programme().settings.mail.rate, spine.clock.now());
}

/** Writes what became of one attempt. Never rejects. */
async function keepTrying(outbox: Outbox, answer: Answered): Promise<void> {
  const { db, clock, warn, observe } = outbox.spine;
  const until = clock.now() + MOST_PATIENCE;
  for (;;) {
    try {
      const sent = await db.unit((trx) => complete(outbox, trx, [answer]));
      if (sent.length > 0) observe?.(sent);
      break;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      warn("what became of a mail can't be written yet", { message: answer.mail.row.id, reason });
      if (clock.now() >= until) break;
      await clock.sleepUntil(clock.now() + SECOND);
    }
  }
  handOf(outbox.spine).delete(answer.mail.row.id);
}

/**
 * Rows whose lease ran out, and not because the clock was set forward: one that had not passed the gate is queued again; one that had is in doubt, or sent again
 * under the same Message-ID where the configuration says `retry`.
 */
export async function recoverLeases(outbox: Outbox): Promise<number> {
  const { spine } = outbox;
  return spine.db.unit(async (trx) => {
    const now = spine.clock.now();
    const hand = handOf(spine);
    const rows = (await expiredLeases(trx, now)).filter(({ id }) => !hand.has(id));
    const again = spine.programme().settings.mail.inDoubt === "retry";
    const restored = await restoredAt(trx);
    const after = rows.map((row): MessageRow => {
      // What was under way when a backup was made is, as all that was due, the gate's to doubt.
      if (row.gated_at === null || again || row.gated_at < restored)
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
