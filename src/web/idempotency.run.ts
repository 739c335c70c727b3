import { createHash } from "node:crypto";
import type { Context } from "hono";
import type { Db } from "../db/tables.ts";
import type { Spine } from "../lifecycle/spine.ts";
import { badParameter, KeyReused } from "./api/refusals.ts";
import type { AuthEnv } from "./auth.ts";
import { findRequest, keepAnswer, keepOutcome, takeRequest } from "./idempotency.store.ts";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Does `effect` once for an `Idempotency-Key`, in one transaction with the note that it is done, then answers. The same
 * key and request get the stored answer; another request under it is refused; of several at once one has an effect.
 * `effect` comes to something that JSON can hold. Should the process end between effect and answer, the next request
 * with the key has its answer made from that. What `effect` or `answer` refuses is not stored.
 */
export async function once<T>(
  c: Context<AuthEnv>,
  { db, clock }: Pick<Spine, "db" | "clock">,
  effect: (trx: Db) => Promise<T>,
  answer: (outcome: T) => Promise<Answer>,
): Promise<Response> {
  const key = requestKey(c);
  if (key === null) return reply(await answer(await db.unit(effect)));
  const bodyHash = sha256(`${c.req.method} ${c.req.path}\n${await c.req.text()}`);
  const done = await db.unit(async (trx) => {
    const kept = await takeRequest(trx, key, bodyHash, clock.now());
    if (kept === null) {
      const outcome = JSON.stringify((await effect(trx)) ?? null);
      await keepOutcome(trx, key, outcome);
      return { status: 0, answer: outcome };
    }
    if (kept.bodyHash !== bodyHash)
      throw new KeyReused("this Idempotency-Key came with another request before; use a new one");
    return kept;
  });
  if (done.status !== 0) return stored(done.status, done.answer);
  const fresh = await answer(JSON.parse(done.answer) as T);
  await keepAnswer(db.kysely, key, fresh.status, JSON.stringify(fresh.body));
  const kept = await findRequest(db.kysely, key);
  return kept && kept.status !== 0 ? stored(kept.status, kept.answer) : reply(fresh);
}

/** A key counts for its caller alone; null: none was sent. */
function requestKey(c: Context<AuthEnv>): string | null {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return null;
  if (!/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(key))
    throw badParameter("Idempotency-Key", "must be 1 to 255 printable ASCII characters");
  return sha256(`${c.get("principal").id}\n${key}`);
}

export function reply({ status, body }: Answer): Response {
  return stored(status, JSON.stringify(body));
}

function stored(status: number, body: string): Response {
  return new Response(body, {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
