import type { Db } from "../db/tables.ts";
import type { Arrival } from "../events/inbox.store.ts";
import type { Instant } from "../instant.ts";
import { findLeadIds } from "../leads/leads.store.ts";
import { findSuppressed } from "../leads/suppression.store.ts";
import type { Happening } from "./changes.ts";
import { writeChanges } from "./changes.store.ts";
import { numberEvents, type Stock } from "./ids.store.ts";
import type { Lived } from "./lived.ts";
import { liveOn } from "./live.run.ts";
import { merge, readdress } from "./merge.ts";
import { moveAddress, moveRows } from "./merge.store.ts";
import { loadPast, loadSnapshots } from "./snapshot.store.ts";
import type { Spine } from "./spine.ts";

/** The address to which this arrival moves its lead; null for all others. It comes alone. */
export function newAddressOf({ inputs }: Arrival): string | null {
  const [input] = inputs;
  return input?.kind === "rename" ? input.to : null;
}

/**
 * Moves the lead of one address to another, inside the caller's transaction: where somebody has that already the two
 * become one. Both are lived on first, so that all that was due happened to the lead that it was due for.
 */
export async function rename(
  spine: Spine,
  trx: Db,
  stock: Stock,
  emails: { readonly from: string; readonly to: string },
  now: Instant,
): Promise<readonly Happening[]> {
  const found = await findLeadIds(trx, [emails.from, emails.to]);
  const [from, to] = [found.get(emails.from), found.get(emails.to)];
  if (from === undefined || from === to) return [];
  const leads = to === undefined ? [from] : [from, to];
  const alive = new Map(leads.map((lead) => [lead, []]));
  const { happenings } = await liveOn(spine, trx, stock, alive, now, { wait: true });
  const programme = spine.programme();
  const ids = await numberEvents(trx, stock);
  const bare = [...(await loadSnapshots(trx, leads, [])).values()];
  const snapshots = new Map((await loadPast(trx, bare)).map((snapshot) => [snapshot.lead.id, snapshot]));
  const own = snapshots.get(from)!;
  const other = to === undefined ? undefined : snapshots.get(to)!;
  const listed = await findSuppressed(trx, spine.suppressionKeys, [emails.to, emails.from]);
  const suppressed =
    other?.lead.suppressed ?? own.lead.suppressed ?? listed.get(emails.to) ?? listed.get(emails.from) ?? null;
  let lived: Lived;
  if (other) {
    lived = merge(other, own, suppressed, programme, now, ids);
    await moveRows(trx, own.lead, other.lead);
  } else {
    lived = readdress(own, emails.to, suppressed, programme, now, ids);
    await moveAddress(trx, from, emails.from, emails.to);
  }
  await writeChanges(trx, [lived], programme, spine.suppressionKeys, now);
  return [...happenings, ...lived.after.changes.happenings];
}
