import { DAY, HOUR, type Instant } from "../instant.ts";
import type { Spine } from "../lifecycle/spine.ts";
import { forgetRequests, oldestRequest } from "./idempotency.store.ts";
import { firstExpiry, forgetSessions } from "./sessions.store.ts";

/** A caller that repeats a request does so within hours. */
const KEPT = 7 * DAY;

type Kept = Pick<Spine, "db" | "clock">;

/** When requests that came with an Idempotency-Key, or logins that have ended, are to be forgotten; those of an hour go together. */
export async function nextForgetting({ db }: Kept): Promise<Instant | null> {
  const oldest = await oldestRequest(db.kysely);
  const ended = await firstExpiry(db.kysely);
  const due = Math.min(oldest === null ? Infinity : oldest + KEPT, ended ?? Infinity);
  return due === Infinity ? null : due + HOUR;
}

/** Forgets them; says how many. */
export async function forgetOld({ db, clock }: Kept): Promise<number> {
  const now = clock.now();
  return (await forgetRequests(db.kysely, now - KEPT)) + (await forgetSessions(db.kysely, now));
}
