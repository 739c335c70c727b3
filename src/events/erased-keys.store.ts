import { inList } from "../db/batch.store.ts";
import type { Db } from "../db/tables.ts";
import { suppressionHash, type SuppressionKey } from "../leads/suppression.ts";

/** What stands for an event's own id that named a person who was erased: seen before, and no address. */
export function erasedEventKey(key: SuppressionKey, id: string): string {
  return `erased:${suppressionHash(key, id)}`;
}

/** Which of these ids were seen before the person whom they name was erased. */
export async function seenBeforeErasure(
  db: Db,
  keys: readonly SuppressionKey[],
  ids: readonly string[],
): Promise<Set<string>> {
  const byHash = new Map(
    ids.filter(mayNameSomebody).flatMap((id) => keys.map((key) => [erasedEventKey(key, id), id] as const)),
  );
  if (byHash.size === 0) return new Set();
  const rows = await db
    .selectFrom("event_keys")
    .select("event_key")
    .where(inList(db, "event_key", [...byHash.keys()]))
    .execute();
  return new Set(rows.map((row) => byHash.get(row.event_key)!));
}

/** Only an id with an address in it is ever rewritten. */
function mayNameSomebody(id: string): boolean {
  return /@|%40/.test(id);
}
