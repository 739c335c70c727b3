import { setImmediate } from "node:timers/promises";
import { forgetTorn } from "../db/spool.io.ts";
import { isBusy } from "../db/trouble.ts";
import { lockDrain } from "./drain.run.ts";
import { drained, inUnit } from "./drained.run.ts";
import { blankMentions, eraseRows, lastNumber, truncateLog, WALKED } from "./erase.store.ts";
import type { Mentions } from "./mentions.ts";
import type { Spine } from "./spine.ts";

/** Rows of other leads that are looked through before anybody else has a turn. */
const NUMBERS_AT_ONCE = 1000;

const MOST_TRIES = 100;
/** ms */
const AGAIN = 50;

/**
 * Forgets a person: their rows in every table, and their address wherever others' rows name it. What stays is a keyed
 * hash on the suppression list, so that no later import has them mailed, and sums that name nobody. `email` is
 * normalised; says whether it was a lead's. Run twice it does no more; cut off half-way it may be run again.
 */
export async function eraseLead(spine: Spine, email: string): Promise<boolean> {
  await drained(spine);
  const now = spine.clock.now();
  const { known, mentions } = await inUnit(spine, async (trx) => {
    await lockDrain(trx);
    return eraseRows(trx, spine.suppressionKeys, email, now);
  });
  if (spine.spoolFile !== undefined) await forgetTorn(spine.spoolFile, mentions.isIn);
  await blankElsewhere(spine, mentions);
  if (!(await truncated(spine)))
    spine.warn("what was erased may be in the database's -wal file still: another process reads it", {});
  return known;
}

async function blankElsewhere(spine: Spine, mentions: Mentions): Promise<void> {
  for (const table of WALKED) {
    const last = await lastNumber(spine.db.kysely, table);
    if (last === null) await inUnit(spine, (trx) => blankMentions(trx, mentions, table, null));
    for (let after = 0; after < (last ?? 0); after += NUMBERS_AT_ONCE) {
      const piece = { after, upTo: after + NUMBERS_AT_ONCE };
      await inUnit(spine, (trx) => blankMentions(trx, mentions, table, piece));
      await setImmediate();
    }
  }
}

async function truncated({ db, clock }: Spine): Promise<boolean> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    try {
      if (await truncateLog(db.kysely)) return true;
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    await clock.sleepUntil(clock.now() + AGAIN);
  }
  return false;
}
