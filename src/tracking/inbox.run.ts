import { randomUUID } from "node:crypto";
import { insertNew } from "../db/batch.store.ts";
import { groupCommit } from "../db/group-commit.io.ts";
import type { Database } from "../db/open.io.ts";
import type { Spool } from "../db/spool.io.ts";
import { appendToInbox, type Arrival } from "../events/inbox.store.ts";
import { SECOND, type Instant } from "../instant.ts";
import type { Spine } from "../lifecycle/spine.ts";
import type { Inbox } from "./deps.ts";

/** On its way to the spool. Its key says whether it is in the inbox already, should a drain be cut off half-way. */
interface Spooled {
  readonly key: string;
  readonly arrival: Arrival;
}

export interface OpenInbox extends Inbox {
  /** Moves what waits outside the database into it, if that is back; says how many rows, 0 while it is not. */
  drainSpool(): Promise<number>;
  /** When `drainSpool` should be called next; null while nothing waits there. */
  nextDue(): Promise<Instant | null>;
  /** How many rows wait in the spool. */
  spooled(): number;
  /** Resolves once nothing waits to be written; what waits in memory is tried for the last time. */
  idle(): Promise<void>;
}

/**
 * Asking a locked SQLite freezes the event loop for its busy timeout, so that after a failure the database is left
 * alone for this long and hits go straight to the spool.
 */
const LEAVE_ALONE = 2 * SECOND;

/** Some 10 MB. */
const MOST_IN_MEMORY = 10_000;

const ROWS_AT_ONCE = 500;

/**
 * The inbox behind a group commit, with the spool behind it where the database can't be reached or is locked. A hit whose
 * reader is let through in any case waits in memory where the disk takes neither (it is full).
 */
export function openInbox(spine: Spine, spool: Spool): OpenInbox {
  const { db, clock } = spine;
  let failedAt: Instant | null = null;
  const inMemory: Spooled[] = [];

  /** When the database is to be asked again. A clock that was set back meanwhile puts that off for nobody. */
  function askAgainAt(now: Instant): Instant {
    return failedAt === null || now < failedAt ? now : Math.max(now, failedAt + LEAVE_ALONE);
  }

  const writer = groupCommit<Spooled>(async (rows) => {
    const now = clock.now();
    if (askAgainAt(now) <= now) {
      try {
        return await db.unit((trx) =>
          appendToInbox(
            trx,
            rows.map(({ arrival }) => arrival),
          ),
        );
      } catch (error) {
        unreachable(error, rows.length);
      }
    }
    await Promise.all(rows.map((row) => spool.append(row)));
  });

  function unreachable(error: unknown, rows: number): void {
    failedAt = clock.now();
    const reason = error instanceof Error ? error.message : String(error);
    spine.warn("the database can't be reached; what arrives goes to the spool file", { reason, rows });
  }

  async function append(arrival: Arrival, { orInMemory = false } = {}): Promise<void> {
    const row: Spooled = { key: randomUUID(), arrival };
    try {
      await writer.append(row);
    } catch (error) {
      if (!orInMemory || inMemory.length >= MOST_IN_MEMORY) throw error;
      if (inMemory.push(row) > 1) return;
      const reason = error instanceof Error ? error.message : String(error);
      spine.warn("neither the database nor the spool file can be written; hits wait in memory", { reason });
    }
  }

  async function drainMemory(): Promise<number> {
    let taken = 0;
    while (inMemory.length > 0) {
      const rows = inMemory.slice(0, ROWS_AT_ONCE);
      await take(db, rows, clock.now());
      inMemory.splice(0, rows.length);
      taken += rows.length;
    }
    return taken;
  }

  async function drainSpool(): Promise<number> {
    try {
      const spooled =
        spool.pending() === 0 ? 0 : await spool.drain((rows) => take(db, rows as Spooled[], clock.now()));
      const taken = spooled + (await drainMemory());
      if (taken > 0) failedAt = null;
      return taken;
    } catch (error) {
      unreachable(error, spool.pending() + inMemory.length);
      return 0;
    }
  }

  async function idle(): Promise<void> {
    await writer.idle();
    if (inMemory.length === 0) return;
    await drainSpool();
    const rows = inMemory.splice(0);
    const kept = await Promise.allSettled(rows.map((row) => spool.append(row)));
    const lost = kept.filter(({ status }) => status === "rejected").length;
    if (lost > 0)
      spine.warn("hits are lost: neither the database nor the spool file took them", { hits: lost });
  }

  return {
    append,
    drainSpool,
    nextDue: () =>
      Promise.resolve(spool.pending() === 0 && inMemory.length === 0 ? null : askAgainAt(clock.now())),
    spooled: () => spool.pending(),
    idle,
  };
}

/** Rows and their keys in one transaction: what was handed over before is not appended again. */
async function take(db: Database, rows: readonly Spooled[], now: Instant): Promise<void> {
  await db.unit(async (trx) => {
    const keyOf = (row: Spooled) => `spool:${row.key}`;
    const written = await insertNew(
      trx,
      "event_keys",
      // No lead is known yet; the key names nobody.
      rows.map((row) => ({ event_key: keyOf(row), lead_id: 0, recorded_at: now })),
      { returning: ["event_key"] },
    );
    const fresh = new Set(written.map((row) => row.event_key));
    await appendToInbox(
      trx,
      rows.filter((row) => fresh.has(keyOf(row))).map((row) => row.arrival),
    );
  });
}
