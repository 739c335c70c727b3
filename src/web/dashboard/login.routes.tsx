import type { Context } from "hono";
import { MINUTE, type Duration } from "../../instant.ts";
import { normaliseEmail } from "../../leads/address.ts";
import { clientAddress } from "../../tracking/client-address.ts";
import { countAttempts, networkOf } from "../auth-attempts.ts";
import { isPassword, PasswordsBusy } from "../password.io.ts";
import { findUser, hasUsers } from "../users.store.ts";
import type { DashboardDeps } from "./deps.ts";
import { respondAlone } from "./layout.tsx";
import { isOwnPath } from "./links.ts";
import { loginPage, NO_USERS } from "./login-page.tsx";
import { seconds } from "./refusals.tsx";
import type { Sessions } from "./session.run.ts";

/** Of wrong passwords one account takes so many in a quarter of an hour, wherever they come from. */
const MOST_WRONG = 10;
const WITHIN = 15 * MINUTE;

const WRONG = "The address or the password is wrong.";

/** Logging in and out; a form, a cookie and no script. */
export function loginRoutes({ spine, proxies = null }: DashboardDeps, sessions: Sessions) {
  const db = spine.db.kysely;
  const byNetwork = countAttempts();
  const byAccount = countAttempts(MOST_WRONG, WITHIN);

  return {
    /** `GET /login?to=PATH` */
    async form(c: Context): Promise<Response> {
      const to = ownPath(c.req.query("to"));
      if (await sessions.who(c)) return c.redirect(to, 303);
      if (!(await hasUsers(db))) return respondAlone(NO_USERS);
      return respondAlone(loginPage({ to, email: "", error: null }));
    },

    /** `POST /login` */
    async logIn(c: Context, form: URLSearchParams): Promise<Response> {
      const to = ownPath(form.get("to"));
      const [typed, password] = [form.get("email")?.trim().slice(0, 300) ?? "", form.get("password") ?? ""];
      const refuse = (status: number, error: string, headers: Readonly<Record<string, string>> = {}) =>
        respondAlone({ ...loginPage({ to, email: typed, error }), status, headers });
      const wait = (longest: Duration) =>
        refuse(429, `Too many wrong passwords. Please wait ${waitWords(longest)}.`, {
          "retry-after": seconds(longest),
        });

      const email = normaliseEmail(typed);
      const now = spine.clock.now();
      const user = email === null ? null : await findUser(db, email);
      const known = user !== null && sessions.isKnown(c, user);
      // A browser in which this user has logged in before has a count of its own, and nobody else's guesses lock it out.
      const network = known ? `known ${user.id}` : networkOf(clientAddress(c, proxies) ?? "unknown");
      const account = known ? `known ${user.id}` : (email ?? typed.toLowerCase());
      const longest = Math.max(byNetwork.waitFor(network, now), byAccount.waitFor(account, now));
      if (longest > 0) return wait(longest);
      // Counted before they are looked at, or many at once would all be.
      byNetwork.wrong(network, now);
      byAccount.wrong(account, now);
      const forget = () => {
        byNetwork.wasRight(network);
        byAccount.wasRight(account);
      };
      try {
        const right = await isPassword(password, user?.password ?? null);
        if (!right || !user || !(await sessions.begin(c, user))) return refuse(401, WRONG, CHALLENGE);
      } catch (error) {
        forget();
        if (!(error instanceof PasswordsBusy)) throw error;
        return refuse(503, "Many are logging in just now. Please try again.", { "retry-after": "2" });
      }
      forget();
      return c.redirect(to, 303);
    },

    /** `POST /logout` */
    async logOut(c: Context): Promise<Response> {
      await sessions.end(c);
      return c.redirect("/login", 303);
    },
  };
}

/** A 401 has to say how to do better (RFC 9110 §11.6.1); browsers pass over a scheme that they don't know. */
const CHALLENGE = { "www-authenticate": 'Form realm="Kindling", action="/login"' };

function ownPath(path: string | null | undefined): string {
  return isOwnPath(path) ? path : "/";
}

function waitWords(wait: Duration): string {
  const minutes = Math.ceil(wait / MINUTE);
  return minutes === 1 ? "a minute" : `${minutes} minutes`;
}
