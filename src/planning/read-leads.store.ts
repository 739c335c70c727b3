import type { Db } from "../db/tables.ts";
import type { LoggedEvent } from "../events/event.ts";
import { readLogs } from "../events/log.store.ts";
import type { Snapshot } from "../lifecycle/life.ts";
import { loadSnapshots } from "../lifecycle/snapshot.store.ts";

/** One lead as it stands, and all that happened to it in the order of the log. */
export interface ReadLead {
  readonly lead: Snapshot;
  /** Empty where it was not asked for. */
  readonly log: readonly LoggedEvent[];
}

const AT_ONCE = 100;

/**
 * All leads in the order of their ids, so many at once, whose memory is free again when the next ones are asked for.
 * Events lie in this order on disk too. Changes nothing, and holds no lock between two chunks.
 */
export async function* readLeads(
  db: Db,
  { chunk = AT_ONCE, log = true }: { readonly chunk?: number; readonly log?: boolean } = {},
): AsyncGenerator<ReadLead[]> {
  for (let after = 0; ;) {
    const ids = await idsAfter(db, after, chunk);
    const last = ids.at(-1);
    if (last === undefined) return;
    const snapshots = await loadSnapshots(db, ids, []);
    const logs = log ? await readLogs(db, ids[0]!, last) : null;
    yield ids.flatMap((id) => {
      const lead = snapshots.get(id);
      return lead ? [{ lead, log: logs?.get(id) ?? [] }] : [];
    });
    after = last;
  }
}

async function idsAfter(db: Db, after: number, limit: number): Promise<number[]> {
  const rows = await db
    .selectFrom("leads")
    .select("id")
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}
