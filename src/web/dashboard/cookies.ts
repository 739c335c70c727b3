import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { DAY, SECOND, type Duration } from "../../instant.ts";

// No script reads them, and no other site's form or picture sends them along. With https they are held to this very
// host too (`__Host-`, RFC 6265bis §4.1.3.2), so that none of its neighbours can plant one.

/** How long a browser in which somebody has logged in stays known. */
const KNOWN = 400 * DAY;

export function sessionOf(c: Context, https: boolean): string | undefined {
  return getCookie(c, nameOf("kindling", https));
}

export function keepSession(c: Context, https: boolean, token: string, longest: Duration): void {
  c.header("cache-control", "no-store");
  setCookie(c, nameOf("kindling", https), token, { ...options(https), maxAge: longest / SECOND });
}

export function dropSession(c: Context, https: boolean): void {
  deleteCookie(c, nameOf("kindling", https), options(https));
}

/** Shows that somebody has logged in here before. */
export function knownMark(c: Context, https: boolean): string | undefined {
  return getCookie(c, nameOf("kindling-known", https));
}

export function keepKnownMark(c: Context, https: boolean, mark: string): void {
  setCookie(c, nameOf("kindling-known", https), mark, { ...options(https), maxAge: KNOWN / SECOND });
}

function nameOf(name: string, https: boolean): string {
  return https ? `__Host-${name}` : name;
}

function options(https: boolean) {
  return { path: "/", httpOnly: true, sameSite: "Lax", secure: https } as const;
}
