import { createHash, randomBytes } from "node:crypto";
import { isPostgres } from "../db/dialect.store.ts";
import type { Db, Row } from "../db/tables.ts";
import { DAY, HOUR, MINUTE, type Instant } from "../instant.ts";
import { userOf, type User } from "./users.store.ts";

/** Whoever does nothing for so long has to log in again, and in any case after this. */
const LONGEST_IDLE = 12 * HOUR;
export const LONGEST_SESSION = 14 * DAY;
/** Not every page that is looked at is written down. */
const NOTED_EVERY = 5 * MINUTE;

/** 256 bits: it can't be guessed, so its SHA-256 without a salt is enough. */
const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

/**
 * Logs a user in, who was looked up before their password was checked, and answers with what the browser is to keep.
 * null: in the meantime they were removed, or their password was changed. In a transaction.
 */
export async function openSession(
  db: Db,
  { id, password }: Pick<User, "id" | "password">,
  now: Instant,
): Promise<string | null> {
  const locked = db
    .selectFrom("users")
    .select("id")
    .where("id", "=", id)
    .where("password", "=", password)
    .$if(isPostgres(db), (query) => query.forNoKeyUpdate());
  if (!(await locked.executeTakeFirst())) return null;
  await db.updateTable("users").set({ logged_in_at: now }).where("id", "=", id).execute();
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const times = { created_at: now, seen_at: now, expires_at: now + LONGEST_IDLE };
  await db
    .insertInto("sessions")
    .values({ hash: hashToken(token), user_id: id, ...times })
    .execute();
  return token;
}

/** Who is logged in with this token; null: nobody, any more. Who is seen stays logged in. */
export async function findSession(db: Db, token: string, now: Instant): Promise<User | null> {
  if (!TOKEN.test(token)) return null;
  const hash = hashToken(token);
  const row = await db
    .selectFrom("sessions")
    .innerJoin("users", "users.id", "sessions.user_id")
    .selectAll("users")
    .select(["sessions.created_at as since", "sessions.seen_at", "sessions.expires_at"])
    .where("sessions.hash", "=", hash)
    .executeTakeFirst();
  if (!row || row.expires_at <= now) return null;
  if (now - row.seen_at >= NOTED_EVERY) {
    const expires = Math.min(now + LONGEST_IDLE, row.since + LONGEST_SESSION);
    await db
      .updateTable("sessions")
      .set({ seen_at: now, expires_at: expires })
      .where("hash", "=", hash)
      .execute();
  }
  return userOf(row satisfies Row<"users">);
}

export async function endSession(db: Db, token: string): Promise<void> {
  await db.deleteFrom("sessions").where("hash", "=", hashToken(token)).execute();
}

/** When the first that is kept ends; null: none is. */
export async function firstExpiry(db: Db): Promise<Instant | null> {
  const row = await db
    .selectFrom("sessions")
    .select("expires_at")
    .orderBy("expires_at")
    .limit(1)
    .executeTakeFirst();
  return row?.expires_at ?? null;
}

/** Forgets those that had ended by then; says how many. */
export async function forgetSessions(db: Db, by: Instant): Promise<number> {
  const result = await db.deleteFrom("sessions").where("expires_at", "<=", by).executeTakeFirst();
  return Number(result.numDeletedRows);
}

function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
