import type { Context, MiddlewareHandler } from "hono";
import type { UserRole } from "../users.store.ts";
import type { Visitor } from "./access.ts";
import type { identify } from "./identify.run.ts";
import { withQuery } from "./links.ts";
import { keyNeeded, tooManyKeys } from "./refusals.tsx";

export interface GuardEnv {
  Variables: { who: Visitor };
}

/** Lets in these roles. `refuse` answers those who are known, and may not. */
export function guard(
  who: ReturnType<typeof identify>,
  roles: readonly UserRole[],
  refuse: (c: Context<GuardEnv>) => Promise<Response>,
): MiddlewareHandler<GuardEnv> {
  return async (c, next) => {
    const found = await who(c);
    const page = wantsPage(c);
    if (found.who === null) {
      if ("wait" in found) return tooManyKeys(found.wait, page);
      // A program can't fill in a form.
      return found.users && page ? c.redirect(loginPath(c), 303) : keyNeeded(found.users, page);
    }
    c.set("who", found.who);
    if (!roles.includes(found.who.role)) return refuse(c);
    return next();
  };
}

/**
 * Whether a request that changes something comes from a page of ours: a browser says so itself, and what is no browser
 * has no session to be borrowed but has to say it too; for `programs` saying nothing will do.
 */
export function isFromOurPage(c: Context, programs = false): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const origin = c.req.header("origin");
  if (origin === undefined) return programs;
  const host = c.req.header("host") ?? new URL(c.req.url).host;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** What was asked for comes after it; what was sent is not sent again. */
function loginPath(c: Context): string {
  const { pathname, search } = new URL(c.req.url);
  const asked = pathname + search;
  return withQuery("/login", { to: c.req.method === "GET" && asked !== "/" ? asked : null });
}

function wantsPage(c: Context): boolean {
  return /\btext\/html\b/.test(c.req.header("accept") ?? "");
}
