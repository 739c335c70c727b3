import { insertNew, updateMany } from "../../db/batch.store.ts";
import type { Db } from "../../db/tables.ts";
import type { Instant } from "../../instant.ts";
import { seenBeforeErasure } from "../../events/erased-keys.store.ts";
import { findLeadIds } from "../../leads/leads.store.ts";
import type { SuppressionKey } from "../../leads/suppression.ts";

/** An event's own id, as its sender gave it, and whom it is about. */
export interface EventId {
  readonly id: string;
  readonly email: string;
}

/**
 * Takes these ids and says which are new. They are kept with their lead, since a sender may have put an address into
 * one, and then they have to go with the person.
 */
export async function takeEventIds(
  db: Db,
  keys: readonly SuppressionKey[],
  events: readonly EventId[],
  now: Instant,
): Promise<Set<string>> {
  const leads = await leadsOf(db, events);
  const ids = events.map(({ id }) => id);
  const seen = await seenBeforeErasure(db, keys, ids);
  const unseen = events.filter(({ id }) => !seen.has(id));
  const rows = new Map(
    unseen.map(({ id, email }) => [
      id,
      { event_key: id, lead_id: leads.get(email) ?? NOBODY_YET, recorded_at: now },
    ]),
  );
  const written = await insertNew(db, "event_keys", [...rows.values()], { returning: ["event_key"] });
  return new Set(written.map((row) => row.event_key));
}

const NOBODY_YET = 0;

/** Once the leads that these events made are there. */
export async function nameOwners(db: Db, events: readonly EventId[]): Promise<void> {
  const leads = await leadsOf(db, events);
  const rows = new Map(
    events.flatMap(({ id, email }) => {
      const lead = leads.get(email);
      return lead === undefined ? [] : [[id, { event_key: id, lead_id: lead }] as const];
    }),
  );
  await updateMany(db, "event_keys", ["event_key"], ["lead_id"], [...rows.values()]);
}

function leadsOf(db: Db, events: readonly EventId[]): Promise<Map<string, number>> {
  return findLeadIds(db, [...new Set(events.map((event) => event.email))]);
}
