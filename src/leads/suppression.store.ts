import { insertMany, inList } from "../db/batch.store.ts";
import type { Db } from "../db/tables.ts";
import type { Instant } from "../instant.ts";
import { suppressionHash, type SuppressionKey } from "./suppression.ts";

export interface Suppression {
  readonly email: string;
  readonly reason: string;
  readonly source: string;
  readonly at: Instant;
}

/** Puts addresses on the list; one that is there keeps its first reason. Says how many were new. */
export async function suppressAddresses(
  db: Db,
  keys: readonly SuppressionKey[],
  entries: readonly Suppression[],
): Promise<number> {
  const key = keys[0]!;
  const rows = entries.map((entry) => ({
    hash: suppressionHash(key, entry.email),
    key_id: key.id,
    reason: entry.reason,
    source: entry.source,
    at: entry.at,
  }));
  return insertMany(db, "suppressions", rows, { onConflict: "nothing" });
}

/** The reason for each of these addresses that is on the list, under any key. */
export async function findSuppressed(
  db: Db,
  keys: readonly SuppressionKey[],
  emails: readonly string[],
): Promise<Map<string, string>> {
  const found = await findSuppressions(db, keys, emails);
  return new Map([...found].map(([email, { reason }]) => [email, reason]));
}

/** Why and since when each of these addresses that is on the list is there, under any key. */
export async function findSuppressions(
  db: Db,
  keys: readonly SuppressionKey[],
  emails: readonly string[],
): Promise<Map<string, Omit<Suppression, "email">>> {
  const byHash = new Map<string, string>();
  for (const email of emails) for (const key of keys) byHash.set(suppressionHash(key, email), email);
  const rows = await db
    .selectFrom("suppressions")
    .select(["hash", "reason", "source", "at"])
    .where(inList(db, "hash", [...byHash.keys()]))
    .execute();
  return new Map(rows.map(({ hash, ...suppression }) => [byHash.get(hash)!, suppression]));
}

export async function unsuppressAddress(
  db: Db,
  keys: readonly SuppressionKey[],
  email: string,
): Promise<boolean> {
  const hashes = keys.map((key) => suppressionHash(key, email));
  const result = await db
    .deleteFrom("suppressions")
    .where(inList(db, "hash", hashes))
    .executeTakeFirst();
  return Number(result.numDeletedRows) > 0;
}
