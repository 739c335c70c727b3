import type { Context } from "hono";
import { MINUTE, SECOND, type Duration } from "../../instant.ts";
import { countAttempts } from "../auth-attempts.ts";
import { hashPassword, isPassword, PasswordsBusy } from "../password.io.ts";
import { passwordProblem } from "../password.ts";
import { findUser, setPassword } from "../users.store.ts";
import type { Visitor } from "./access.ts";
import { accountPage } from "./account-page.tsx";
import type { Asked, DashboardDeps } from "./deps.ts";
import type { Page } from "./layout.tsx";
import { seconds } from "./refusals.tsx";
import type { Sessions } from "./session.run.ts";

const MOST_WRONG = 10;
const WITHIN = 15 * MINUTE;

/** One's own account: another password. */
export function accountRoutes({ spine }: DashboardDeps, sessions: Sessions) {
  const attempts = countAttempts(MOST_WRONG, WITHIN);

  return {
    /** `GET /account` */
    async show({ c, who }: Asked): Promise<Page> {
      return accountPage({ who, changed: c.req.query("changed") !== undefined, error: null });
    },

    /** `POST /account`. null: it is changed, and this browser alone is still logged in. */
    async change(c: Context, who: Visitor, form: URLSearchParams): Promise<Page | null> {
      const refuse = (status: number, error: string, wait?: Duration): Page => ({
        ...accountPage({ who, changed: false, error }),
        status,
        ...(wait === undefined ? {} : { headers: { "retry-after": seconds(wait) } }),
      });
      const user = who.email === null ? null : await findUser(spine.db.kysely, who.email);
      if (!user) return refuse(409, "There is no password to change.");
      const wanted = form.get("new") ?? "";
      const problem = passwordProblem(wanted);
      if (problem !== null) return refuse(422, `The new password ${problem}.`);
      const now = spine.clock.now();
      const wait = attempts.waitFor(user.email, now);
      if (wait > 0) return refuse(429, "Too many wrong passwords. Please wait a quarter of an hour.", wait);
      attempts.wrong(user.email, now);
      try {
        if (!(await isPassword(form.get("password") ?? "", user.password)))
          return refuse(403, "That is not the password that you have.");
        const password = await hashPassword(wanted);
        const changed = await spine.db.unit((trx) => setPassword(trx, user.email, password));
        if (changed) await sessions.begin(c, { ...user, password });
      } catch (error) {
        attempts.wasRight(user.email);
        if (!(error instanceof PasswordsBusy)) throw error;
        return refuse(503, "Many are logging in just now. Please try again.", 2 * SECOND);
      }
      attempts.wasRight(user.email);
      return null;
    },
  };
}
