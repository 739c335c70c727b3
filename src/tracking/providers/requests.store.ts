import { createHash } from "node:crypto";
import { inList, insertNew } from "../../db/batch.store.ts";
import type { Db } from "../../db/tables.ts";
import { HOUR, type Instant } from "../../instant.ts";

/** Longer than any signature counts: an older request is refused by its age. */
const KEPT = 3 * HOUR;

/** Whether this request has not been taken before; now it has. Hashed, so that it may be of any length and bytes. */
export async function takeRequest(db: Db, request: string, now: Instant): Promise<boolean> {
  await db
    .deleteFrom("provider_requests")
    .where("at", "<", now - KEPT)
    .execute();
  const rows = [{ request_key: hashOf(request), at: now }];
  return (await insertNew(db, "provider_requests", rows, { returning: ["request_key"] })).length > 0;
}

export async function wasTaken(db: Db, request: string): Promise<boolean> {
  const row = await db
    .selectFrom("provider_requests")
    .select("at")
    .where("request_key", "=", hashOf(request))
    .executeTakeFirst();
  return row !== undefined;
}

/** Takes these names of events (spec: each once) and says which were new. */
export async function takeNames(db: Db, names: readonly string[], now: Instant): Promise<Set<string>> {
  const byKey = new Map(names.map((name) => [`provider:${hashOf(name)}`, name]));
  const written = await insertNew(
    db,
    "event_keys",
    // The key names nobody, so it belongs to nobody.
    [...byKey.keys()].map((key) => ({ event_key: key, lead_id: 0, recorded_at: now })),
    { returning: ["event_key"] },
  );
  return new Set(written.map((row) => byKey.get(row.event_key)!));
}

/** A mail that a provider speaks of. */
export interface ToldMail {
  readonly id: number;
  readonly kind: string;
  readonly template: string;
  readonly variant: string | null;
  readonly sequence: string | null;
  readonly step: string | null;
  /** Where it went. */
  readonly recipient: string;
}

export async function readToldMails(db: Db, ids: readonly number[]): Promise<Map<number, ToldMail>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("messages")
    .select(["id", "kind", "template", "variant", "sequence", "step", "recipient"])
    .where(inList(db, "id", ids))
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
