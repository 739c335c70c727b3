import { insertNew } from "../db/batch.store.ts";
import type { Db, Row } from "../db/tables.ts";
import type { Instant } from "../instant.ts";

export const USER_ROLES = ["admin", "marketer", "rep"] as const;
export type UserRole = (typeof USER_ROLES)[number];

/** Somebody who logs in to the dashboard. */
export interface User {
  readonly id: number;
  /** Normalised. */
  readonly email: string;
  readonly role: UserRole;
  /** Whose leads the role `rep` sees; null for the other roles. */
  readonly rep: string | null;
  /** Hashed. */
  readonly password: string;
  readonly createdAt: Instant;
  readonly loggedInAt: Instant | null;
}

/** Says whether it was made: an address has one user at most. */
export async function addUser(
  db: Db,
  user: Pick<User, "email" | "role" | "rep" | "password">,
  now: Instant,
): Promise<boolean> {
  const columns = ["email", "role", "rep", "password", "created_at"] as const;
  const row = { ...user, created_at: now };
  return (await insertNew(db, "users", [row], { columns, returning: ["id"] })).length > 0;
}

export async function findUser(db: Db, email: string): Promise<User | null> {
  const row = await db.selectFrom("users").selectAll().where("email", "=", email).executeTakeFirst();
  return row ? userOf(row) : null;
}

export async function listUsers(db: Db): Promise<User[]> {
  return (await db.selectFrom("users").selectAll().orderBy("email").execute()).map(userOf);
}

export async function hasUsers(db: Db): Promise<boolean> {
  return (await db.selectFrom("users").select("id").limit(1).executeTakeFirst()) !== undefined;
}

/** Logs them out everywhere, too. In a transaction; says whether there was such a user. */
export async function removeUser(db: Db, email: string): Promise<boolean> {
  // The user first: who logs in just now holds that row.
  const row = await db.deleteFrom("users").where("email", "=", email).returning("id").executeTakeFirst();
  if (row) await endSessionsOf(db, row.id);
  return row !== undefined;
}

/** Logs them out everywhere, too. In a transaction; says whether there is such a user. */
export async function setPassword(db: Db, email: string, password: string): Promise<boolean> {
  const row = await db
    .updateTable("users")
    .set({ password })
    .where("email", "=", email)
    .returning("id")
    .executeTakeFirst();
  if (row) await endSessionsOf(db, row.id);
  return row !== undefined;
}

async function endSessionsOf(db: Db, user: number): Promise<void> {
  await db.deleteFrom("sessions").where("user_id", "=", user).execute();
}

export function userOf(row: Row<"users">): User {
  return {
    id: row.id,
    email: row.email,
    role: row.role as UserRole,
    rep: row.rep,
    password: row.password,
    createdAt: row.created_at,
    loggedInAt: row.logged_in_at,
  };
}
