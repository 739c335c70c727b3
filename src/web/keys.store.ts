import { createHash, randomBytes } from "node:crypto";
import { insertNew } from "../db/batch.store.ts";
import type { Db, Row } from "../db/tables.ts";
import type { Instant } from "../instant.ts";

export const ROLES = ["admin", "marketer", "rep", "ingest"] as const;
export type Role = (typeof ROLES)[number];

export interface ApiKey {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  /** Whose leads a `rep` key sees; null for the other roles. */
  readonly rep: string | null;
  readonly createdAt: Instant;
  readonly revokedAt: Instant | null;
}

const PREFIX = "knd_";
/** 192 bits: it can't be guessed, so its SHA-256 without a salt is enough. */
const RANDOM_BYTES = 24;

/** Whether it is written as our keys are; others need not be looked for. */
export function isWrittenAsKey(text: string): boolean {
  return /^knd_[\w-]{32}$/.test(text);
}

export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** Makes a key and answers with it; only its hash is kept. */
export async function addKey(
  db: Db,
  { name, role, rep }: Pick<ApiKey, "name" | "role" | "rep">,
  now: Instant,
): Promise<{ readonly id: number; readonly key: string }> {
  const key = PREFIX + randomBytes(RANDOM_BYTES).toString("base64url");
  const row = { name, role, rep, hash: hashKey(key), created_at: now, revoked_at: null };
  const [written] = await insertNew(db, "api_keys", [row], {
    columns: ["name", "role", "rep", "hash", "created_at", "revoked_at"],
    returning: ["id"],
  });
  return { id: written!.id, key };
}

/** The key with this hash, unless it is revoked. */
export async function findKey(db: Db, hash: string): Promise<ApiKey | null> {
  const row = await db
    .selectFrom("api_keys")
    .selectAll()
    .where("hash", "=", hash)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return row ? keyOf(row) : null;
}

export async function listKeys(db: Db): Promise<ApiKey[]> {
  const rows = await db.selectFrom("api_keys").selectAll().orderBy("id").execute();
  return rows.map(keyOf);
}

/** Says whether there was such a key, in use until now. */
export async function revokeKey(db: Db, id: number, now: Instant): Promise<boolean> {
  const result = await db
    .updateTable("api_keys")
    .set({ revoked_at: now })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows) > 0;
}

function keyOf(row: Row<"api_keys">): ApiKey {
  return {
    id: row.id,
    name: row.name,
    role: row.role as Role,
    rep: row.rep,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
  };
}
