import { randomUUID } from "node:crypto";
import { insertNew } from "../db/batch.store.ts";
import { groupCommit } from "../db/group-commit.io.ts";
import type { Database } from "../db/open.io.ts";
import type { Spool } from "../db/spool.io.ts";
import { appendToInbox, type Arrival } from "../events/inbox.store.ts";
import { SECOND, type Instant } from "../instant.ts";
import type { Spine } from "../lifecycle/spine.ts";
import type { Inbox } from "./deps.ts";

/** A row of the spool. Its key says whether it is in the inbox already, should a drain be cut off half-way. */
interface Spooled {
  readonly key: string;
  readonly arrival: Arrival;
}

export interface OpenInbox extends Inbox {
  /** Moves what the spool holds into the database, if that is back; says how many rows, 0 while it is not. */
  drainSpool(): Promise<number>;
  /** When `drainSpool` should be called next; null while the spool is empty. */
  nextDue(): Promise<Instant | null>;
  /** How many rows wait in the spool. */
  spooled(): number;
  /** Resolves once nothing waits to be written. */
  idle(): Promise<void>;
}

/**
 * Asking a locked SQLite freezes the event loop for its busy timeout, so that after a failure the database is left
 * alone for this long and hits go straight to the spool.
 */
const LEAVE_ALONE = 2 * SECOND;

/** The inbox behind a group commit, with the spool behind it where the database can't be reached or is locked. */
export function openInbox(spine: Spine, spool: Spool): OpenInbox {
  const { db, clock } = spine;
  let aloneUntil: Instant = -Infinity;

  const writer = groupCommit<Arrival>(async (arrivals) => {
    if (clock.now() >= aloneUntil) {
      try {
        return await db.unit((trx) => appendToInbox(trx, arrivals));
      } catch (error) {
        unreachable(error, arrivals.length);
      }
    }
    await Promise.all(
      arrivals.map((arrival) => spool.append({ key: randomUUID(), arrival } satisfies Spooled)),
    );
  });

  function unreachable(error: unknown, rows: number): void {
    aloneUntil = clock.now() + LEAVE_ALONE;
    const reason = error instanceof Error ? error.message : String(error);
    spine.warn("the database can't be reached; what arrives goes to the spool file", { reason, rows });
  }

  return {
    append: (arrival) => writer.append(arrival),
    async drainSpool() {
      if (spool.pending() === 0) return 0;
      try {
        const taken = await spool.drain((rows) => take(db, rows as Spooled[], clock.now()));
        aloneUntil = -Infinity;
        return taken;
      } catch (error) {
        unreachable(error, spool.pending());
        return 0;
      }
    },
    nextDue: () => Promise.resolve(spool.pending() === 0 ? null : Math.max(clock.now(), aloneUntil)),
    spooled: () => spool.pending(),
    idle: () => writer.idle(),
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
