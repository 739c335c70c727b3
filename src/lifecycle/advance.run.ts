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
  return next === null || next > spine.clock.now() ? 0 : inBatches(spine, dueLeads);
}

/** Takes leads over to the programme that is live, a batch at a time; says how many. */
export async function adoptProgramme(spine: Spine): Promise<number> {
  const { hash } = spine.programme();
  // Two ranges, which the index answers; "other than" it does not.
  const taken = async (side: "<" | ">") =>
    inBatches(spine, (trx) =>
      trx
        .selectFrom("lead_state")
        .select("lead_id")
        .where("programme", side, hash)
        .orderBy("programme")
        .orderBy("lead_id")
        .limit(LEADS_AT_ONCE)
        .execute(),
    );
  return (await taken("<")) + (await taken(">"));
}

/** Takes these leads over to the programme that is live, those too that another process works on at the moment. */
export async function takeOver(spine: Spine, leads: readonly number[]): Promise<void> {
  for (let start = 0; start < leads.length; start += LEADS_AT_ONCE) {
    const calls = new Map<number, readonly Call[]>(
      leads.slice(start, start + LEADS_AT_ONCE).map((id) => [id, []]),
    );
    await liveUnit(spine, (trx, stock) =>
      liveOn(spine, trx, stock, calls, spine.clock.now(), { wait: true }),
    );
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

async function inBatches(
  spine: Spine,
  pick: (trx: Db, now: Instant) => Promise<{ lead_id: number }[]>,
): Promise<number> {
  let total = 0;
  for (;;) {
    const { handled } = await liveUnit(spine, async (trx, stock) => {
      const now = spine.clock.now();
      const due = await pick(trx, now);
      const calls = new Map<number, readonly Call[]>(due.map((row) => [row.lead_id, []]));
      return liveOn(spine, trx, stock, calls, now);
    });
    total += handled.size;
    if (handled.size < LEADS_AT_ONCE) return total;
  }
}
