import { lockLeads } from "../db/dialect.store.ts";
import type { Db } from "../db/tables.ts";
import type { Call } from "../events/input.ts";
import type { Instant } from "../instant.ts";
import type { Happening } from "./changes.ts";
import { writeChanges } from "./changes.store.ts";
import { askToConfirm } from "./confirmation.store.ts";
import type { Lived } from "./lived.ts";
import { LogNeeded, type Snapshot } from "./life.ts";
import type { Programme } from "../programme/programme.ts";
import { Overtaken } from "./overtaken.ts";
import { reduce } from "./reduce.ts";
import { loadPast, loadSnapshots } from "./snapshot.store.ts";
import { numberEvents, OutOfIds, stockUp, type Stock } from "./ids.store.ts";
import type { Spine } from "./spine.ts";

export interface Outcome {
  /** The leads that were lived on; those that another process holds, or that are gone, are not among them. */
  readonly handled: ReadonlySet<number>;
  readonly happenings: readonly Happening[];
  /** What came of it waits in the inbox for other leads. */
  readonly handedOn: boolean;
}

/**
 * Lives these leads on to `now`, each with what reached it, inside the caller's transaction: lock → load → reduce →
 * write. What happened is to be told only after the commit. `fresh`: leads made in this very transaction; `wait`: for
 * leads that another process holds, rather than leaving them out.
 */
export async function liveOn(
  spine: Spine,
  db: Db,
  stock: Stock,
  calls: ReadonlyMap<number, readonly Call[]>,
  now: Instant,
  { fresh = [], wait = false }: { fresh?: readonly number[]; wait?: boolean } = {},
): Promise<Outcome> {
  const locked = [
    ...(await lockLeads(
      db,
      [...calls.keys()].filter((id) => !fresh.includes(id)),
      { wait },
    )),
    ...fresh,
  ];
  if (locked.length === 0) return { handled: new Set(), happenings: [], handedOn: false };
  const ids = await numberEvents(db, stock);
  const programme = spine.programme();
  const snapshots = await loadSnapshots(db, locked, messagesNamed(locked, calls));
  await refuseToGoBack(spine, db, programme, snapshots);
  const lived: Lived[] = [];
  const needLog: Snapshot[] = [];
  for (const id of [...snapshots.keys()].sort((a, b) => a - b)) {
    const before = snapshots.get(id)!;
    try {
      lived.push({ before, after: reduce(before, calls.get(id) ?? [], programme, now, ids) });
    } catch (error) {
      if (!(error instanceof LogNeeded)) throw error;
      needLog.push(before);
    }
  }
  for (const before of needLog.length > 0 ? await loadPast(db, needLog) : []) {
    lived.push({ before, after: reduce(before, calls.get(before.lead.id) ?? [], programme, now, ids) });
  }
  await writeChanges(db, lived, programme, spine.suppressionKeys, now);
  const asked = lived.flatMap(({ after }) => (after.changes.asks ? [after.lead] : []));
  await askToConfirm(db, asked, programme, stock, now);
  return {
    handled: new Set(locked),
    happenings: lived.flatMap(({ after }) => after.changes.happenings),
    handedOn: lived.some(({ after }) => after.changes.block.length > 0),
  };
}

/** A lead is taken over to what is applied, never back to what was, whichever process has it. */
async function refuseToGoBack(
  spine: Spine,
  db: Db,
  { hash }: Programme,
  snapshots: ReadonlyMap<number, Snapshot>,
): Promise<void> {
  const others = [...snapshots.values()].some(({ programme }) => programme !== null && programme !== hash);
  if (others && (await spine.isBehind?.(db))) throw new Overtaken();
}

function messagesNamed(leads: readonly number[], calls: ReadonlyMap<number, readonly Call[]>): number[] {
  const named = new Set<number>();
  for (const lead of leads) {
    for (const call of calls.get(lead) ?? []) {
      for (const input of call.inputs) {
        if ((input.kind === "event" || input.kind === "done") && input.message !== null)
          named.add(input.message);
      }
    }
  }
  return [...named];
}

/** For a batch of the drain, in which each hit may prove an open and bring about more: what runs out is done twice. */
const FIRST_STOCK = 800;

/**
 * One transaction that lives leads on, begun again with more numbers where they ran out, and under another programme
 * where one was applied; tells what happened after the commit.
 */
export async function liveUnit<T extends { readonly happenings: readonly Happening[] }>(
  spine: Spine,
  work: (trx: Db, stock: Stock) => Promise<T>,
): Promise<T> {
  for (let size = FIRST_STOCK; ;) {
    const stock = await stockUp(spine.db, size);
    try {
      const outcome = await spine.db.unit((trx) => work(trx, stock));
      if (outcome.happenings.length > 0) spine.observe?.(outcome.happenings);
      return outcome;
    } catch (error) {
      if (error instanceof Overtaken && (await spine.keepUp?.())) continue;
      if (!(error instanceof OutOfIds)) throw error;
      size *= 4;
    }
  }
}
