import type { Db } from "../db/tables.ts";
import { isBusy } from "../db/trouble.ts";
import { advanceDue } from "./advance.run.ts";
import { drain } from "./drain.run.ts";
import type { Spine } from "./spine.ts";

// A server and a command share one SQLite file: either may find it locked for a moment, and a command can wait.

/** One short transaction, begun again while another process holds SQLite. */
export function inUnit<T>(spine: Pick<Spine, "db" | "clock">, work: (trx: Db) => Promise<T>): Promise<T> {
  return patiently(spine, () => spine.db.unit(work));
}

/** Folds all that waits. */
export function drained(spine: Spine): Promise<number> {
  return patiently(spine, () => drain(spine));
}

/** Folds all that waits, and lives on whoever something is due for. */
export function lived(spine: Spine): Promise<number> {
  return patiently(spine, async () => (await drain(spine)) + (await advanceDue(spine)));
}

const MOST_TRIES = 200;
/** ms */
const AGAIN = 50;

async function patiently<T>({ clock }: Pick<Spine, "clock">, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || tries === MOST_TRIES) throw error;
      await clock.sleepUntil(clock.now() + AGAIN);
    }
  }
}
