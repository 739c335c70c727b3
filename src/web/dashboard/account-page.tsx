import { LONGEST_PASSWORD, SHORTEST_PASSWORD } from "../password.ts";
import type { UserRole } from "../users.store.ts";
import type { Visitor } from "./access.ts";
import type { Page } from "./layout.tsx";

export interface AccountProps {
  readonly who: Visitor;
  /** The password was changed just now. */
  readonly changed: boolean;
  readonly error: string | null;
}

const MAY: Readonly<Record<UserRole, string>> = {
  admin: "You see and may do everything.",
  marketer: "You see everything, and may hold all mail and let it go.",
  rep: "You see your own leads and those that you are to answer for: their mails, your notices.",
};

export function accountPage({ who, changed, error }: AccountProps): Page {
  return {
    title: "Your account",
    place: null,
    content: (
      <section class="panel account">
        <h1>{who.email ?? "No account"}</h1>
        <p class="quiet">{MAY[who.role]}</p>
        {who.email === null ? (
          <p>You came in without logging in, so that there is no password to change.</p>
        ) : (
          <>
            <h2>Another password</h2>
            {changed && (
              <p class="done" role="status">
                The password is changed. Wherever else you were logged in, you are no longer.
              </p>
            )}
            {error && (
              <p class="wrong" role="alert" id="error">
                {error}
              </p>
            )}
            <form class="stacked" method="post" action="/account">
              <input type="hidden" name="email" value={who.email} autocomplete="username" />
              <label>
                The one you have
                <input type="password" name="password" autocomplete="current-password" required />
              </label>
              <label>
                The new one
                <input
                  type="password"
                  name="new"
                  autocomplete="new-password"
                  minlength={SHORTEST_PASSWORD}
                  maxlength={LONGEST_PASSWORD}
                  required
                  aria-describedby="rule"
                />
                <span class="quiet" id="rule">
                  {SHORTEST_PASSWORD} characters or more; a short sentence does well.
                </span>
              </label>
              <button type="submit" class="main">
                Change the password
              </button>
            </form>
          </>
        )}
      </section>
    ),
  };
}
