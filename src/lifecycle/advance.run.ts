import { setImmediate } from "node:timers/promises";
import { kept } from "../db/kept.store.ts";
import type { Db } from "../db/tables.ts";
import type { Instant } from "../instant.ts";
import type { Call } from "../events/input.ts";
import { liveOn, liveUnit } from "./live.run.ts";
import type { Spine } from "./spine.ts";

const LEADS_AT_ONCE = 200;

const dueLeads = kept((db: Db, now: Instant) =>
  db
    .selectFrom("lead_state")
    .select("lead_id")
    .where("due_at", "<=", now)
    .orderBy("due_at")
    .orderBy("lead_id")
    .limit(LEADS_AT_ONCE),
);

/** Lives on every lead for which something is due by now; says how many. Its cost follows them, not those stored. */
export async function advanceDue(spine: Spine): Promise<number> {
  const next = await nextLeadDue(spine);
  if (next === null || next > spine.clock.now()) return 0;
  for (let total = 0; ;) {
    const handled = await oneBatch(spine, dueLeads);
    total += handled;
    if (handled < LEADS_AT_ONCE) return total;
    // Other requests have their turn.
    await setImmediate();
  }
}

/** Their logs may be read: so many are some milliseconds. */
const TAKEN_AT_ONCE = 50;

/**
 * Takes leads over to the programme that is live, a batch at a time; says how many. Tells after each batch how many it
 * was, and ends early once `stopping` is aborted.
 */
export async function adoptProgramme(
  spine: Spine,
  told: (taken: number) => void = () => {},
  stopping?: AbortSignal,
): Promise<number> {
  const { hash } = spine.programme();
  // Two ranges, which the index answers; "other than" it does not.
  const others = (side: "<" | ">") => (trx: Db) =>
    trx
      .selectFrom("lead_state")
      .select("lead_id")
      .where("programme", side, hash)
      .orderBy("programme")
      .orderBy("lead_id")
      .limit(TAKEN_AT_ONCE)
      .execute();
  let total = 0;
  for (const side of ["<", ">"] as const) {
    for (let more = true; more && !stopping?.aborted;) {
      const taken = await oneBatch(spine, others(side));
      total += taken;
      told(taken);
      more = taken === TAKEN_AT_ONCE;
      // Other requests have their turn.
      await setImmediate();
    }
  }
  return total;
}

/** Takes these leads over to the programme that is live, those too that another process works on at the moment. */
export async function takeOver(spine: Spine, leads: readonly number[]): Promise<void> {
  for (let start = 0; start < leads.length; start += TAKEN_AT_ONCE) {
    const some = leads.slice(start, start + TAKEN_AT_ONCE);
    const calls = new Map<number, readonly Call[]>(some.map((id) => [id, []]));
    await liveUnit(spine, (trx, stock) =>
      liveOn(spine, trx, stock, calls, spine.clock.now(), { wait: true }),
    );
    // Other requests have their turn.
    await setImmediate();
  }
}

const earliestDue = kept((db: Db) =>
  db.selectFrom("lead_state").select("due_at").where("due_at", "is not", null).orderBy("due_at").limit(1),
);

/** The earliest instant at which anything is due for any lead. */
export async function nextLeadDue(spine: Spine): Promise<Instant | null> {
  const [row] = await earliestDue(spine.db.kysely);
  return row?.due_at ?? null;
}

/** Lives on those that `pick` gives; says how many. */
async function oneBatch(
  spine: Spine,
  pick: (trx: Db, now: Instant) => Promise<{ lead_id: number }[]>,
): Promise<number> {
  const { handled } = await liveUnit(spine, async (trx, stock) => {
    const now = spine.clock.now();
    const due = await pick(trx, now);
    const calls = new Map<number, readonly Call[]>(due.map((row) => [row.lead_id, []]));
    return liveOn(spine, trx, stock, calls, now);
  });
  return handled.size;
}
