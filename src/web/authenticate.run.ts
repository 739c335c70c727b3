import { timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { TrustedProxies } from "../config/environment.io.ts";
import type { Spine } from "../lifecycle/spine.ts";
import { clientAddress } from "../tracking/client-address.ts";
import { NotKnown, TooManyAttempts } from "./api/refusals.ts";
import type { AuthEnv } from "./auth.ts";
import { countAttempts, networkOf } from "./auth-attempts.ts";
import { findKey, hashKey, isWrittenAsKey } from "./keys.store.ts";

export interface AuthDeps {
  readonly spine: Pick<Spine, "db" | "clock">;
  /** KINDLING_API_KEY: an admin key; null: none. */
  readonly apiKey: string | null;
  /** Whose word on where a request comes from is believed. */
  readonly proxies?: TrustedProxies | null;
}

/**
 * Lets in who brings a key (`Authorization: Bearer …`). Wrong ones are counted by address. A key of ours is let in even
 * past that: it can't be guessed, and behind a proxy everybody has one address, so that anybody could lock all out.
 * The environment's key may be weaker, so past the bound it is not even looked at.
 */
export function authenticate({ spine, apiKey, proxies = null }: AuthDeps): MiddlewareHandler<AuthEnv> {
  const attempts = countAttempts();
  const admin = apiKey === null ? null : Buffer.from(hashKey(apiKey), "hex");
  return async (c, next) => {
    const now = spine.clock.now();
    const address = networkOf(clientAddress(c, proxies) ?? "unknown");
    const wait = attempts.waitFor(address, now);
    const key = /^Bearer +(\S{1,500})$/i.exec(c.req.header("authorization") ?? "")?.[1];
    if (key === undefined) {
      if (wait > 0) throw new TooManyAttempts(wait);
      throw new NotKnown("send Authorization: Bearer KEY; `kindling keys add` makes a key");
    }
    const hash = hashKey(key);
    if (wait === 0 && admin && timingSafeEqual(admin, Buffer.from(hash, "hex"))) {
      c.set("principal", { id: "environment", role: "admin", rep: null });
      return next();
    }
    // Counted at once: who guesses at the environment's key by a thousand requests together has made as many guesses.
    const found = isWrittenAsKey(key) ? await findKey(spine.db.kysely, hash) : null;
    if (!found) {
      attempts.wrong(address, now);
      if (wait > 0) throw new TooManyAttempts(wait);
      throw new NotKnown("this key is not known, or it is revoked");
    }
    c.set("principal", { id: `key ${found.id}`, role: found.role, rep: found.rep });
    return next();
  };
}
