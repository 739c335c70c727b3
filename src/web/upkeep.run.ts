import { DAY, HOUR, type Instant } from "../instant.ts";
import type { Spine } from "../lifecycle/spine.ts";
import { forgetRequests, oldestRequest } from "./idempotency.store.ts";

/** A caller that repeats a request does so within hours. */
const KEPT = 7 * DAY;

type Kept = Pick<Spine, "db" | "clock">;

/** When requests that came with an Idempotency-Key are to be forgotten; those of an hour go together. */
export async function nextForgetting({ db }: Kept): Promise<Instant | null> {
  const oldest = await oldestRequest(db.kysely);
  return oldest === null ? null : oldest + KEPT + HOUR;
}

/** Forgets them; says how many. */
export function forgetOld({ db, clock }: Kept): Promise<number> {
  return forgetRequests(db.kysely, clock.now() - KEPT);
}
