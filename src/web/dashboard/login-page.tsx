import type { Page } from "./layout.tsx";
import { FirstUser } from "./refusals.tsx";

export interface LoginProps {
  /** Where it leads: a path of ours. */
  readonly to: string;
  /** As it was typed. */
  readonly email: string;
  /** What went wrong. */
  readonly error: string | null;
}

export function loginPage({ to, email, error }: LoginProps): Page {
  return {
    title: "Log in",
    place: null,
    content: (
      <>
        <h1>Log in</h1>
        {error && (
          <p class="wrong" role="alert" id="error">
            {error}
          </p>
        )}
        <form class="stacked" method="post" action="/login">
          <input type="hidden" name="to" value={to} />
          <label>
            Email
            <input
              type="email"
              name="email"
              value={email}
              autocomplete="username"
              maxlength={300}
              required
              autofocus={email === ""}
              aria-describedby={error ? "error" : undefined}
            />
          </label>
          <label>
            Password
            <input
              type="password"
              name="password"
              autocomplete="current-password"
              maxlength={500}
              required
              autofocus={email !== ""}
              aria-describedby={error ? "error" : undefined}
            />
          </label>
          <button type="submit" class="main">
            Log in
          </button>
        </form>
        <p class="quiet">Forgotten it? Whoever runs Kindling here can give you a new one.</p>
      </>
    ),
  };
}

export const NO_USERS: Page = {
  title: "Log in",
  place: null,
  content: (
    <>
      <h1>Nobody can log in yet</h1>
      <p>There are no users.</p>
      <FirstUser />
      <p class="quiet">
        Until then <a href="/">the dashboard</a> opens on that machine itself, and from elsewhere with an
        admin key.
      </p>
    </>
  ),
};
