import { createHmac, timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import type { Spine } from "../../lifecycle/spine.ts";
import { endSession, findSession, LONGEST_SESSION, openSession } from "../sessions.store.ts";
import type { User } from "../users.store.ts";
import { dropSession, keepKnownMark, keepSession, knownMark, sessionOf } from "./cookies.ts";

/** Browsers that are logged in: what they keep, and what is kept of them. */
export interface Sessions {
  /** Who is logged in there; null: nobody. */
  who(c: Context): Promise<User | null>;
  /** Logs in a user whose password was right; says whether they still are one, with that password. */
  begin(c: Context, user: User): Promise<boolean>;
  end(c: Context): Promise<void>;
  /** Whether this user has logged in there before. */
  isKnown(c: Context, user: User): boolean;
}

export function openSessions({ db, clock }: Pick<Spine, "db" | "clock">, https: boolean): Sessions {
  return {
    async who(c) {
      const token = sessionOf(c, https);
      return token === undefined ? null : findSession(db.kysely, token, clock.now());
    },
    async begin(c, user) {
      const old = sessionOf(c, https);
      const token = await db.unit(async (trx) => {
        // What this browser was told before it logged in is worth nothing afterwards.
        if (old !== undefined) await endSession(trx, old);
        return openSession(trx, user, clock.now());
      });
      if (token === null) return false;
      keepSession(c, https, token, LONGEST_SESSION);
      keepKnownMark(c, https, markOf(user));
      return true;
    },
    async end(c) {
      const token = sessionOf(c, https);
      if (token !== undefined) await endSession(db.kysely, token);
      dropSession(c, https);
    },
    isKnown(c, user) {
      const [given, expected] = [Buffer.from(knownMark(c, https) ?? ""), Buffer.from(markOf(user))];
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

/** With another password it is another. */
function markOf({ password }: User): string {
  return createHmac("sha256", password).update("a browser that is known").digest("base64url");
}
