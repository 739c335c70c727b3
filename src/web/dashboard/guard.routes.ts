import { timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import type { TrustedProxies } from "../../config/environment.io.ts";
import { SECOND, type Duration } from "../../instant.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import { clientAddress } from "../../tracking/client-address.ts";
import { countAttempts } from "../auth-attempts.ts";
import { findKey, hashKey } from "../keys.store.ts";

export interface GuardDeps {
  readonly spine: Pick<Spine, "clock" | "db">;
  readonly baseUrl: string;
  /** KINDLING_API_KEY; null: only keys of `kindling keys add --role admin` open the dashboard from elsewhere. */
  readonly apiKey?: string | null;
  readonly proxies?: TrustedProxies | null;
}

/**
 * Until there is a login: whoever sits at this machine sees the dashboard, everybody else needs an admin key, as the
 * password of a browser's own prompt (any user name) or as `Authorization: Bearer KEY`. A request that a proxy passed on
 * comes from elsewhere, whatever its socket says.
 */
export function dashboardGuard({
  spine,
  baseUrl,
  apiKey = null,
  proxies = null,
}: GuardDeps): MiddlewareHandler {
  const attempts = countAttempts();
  const admin = apiKey === null ? null : digest(apiKey);
  const { host: ownHost, hostname } = new URL(baseUrl);
  // Where the world reaches us by another name a proxy stands in front, and a proxy need not say that it is one.
  const local = LOCAL_NAME.test(hostname);
  return async (c, next) => {
    const address = clientAddress(c, proxies) ?? "unknown";
    if (
      local &&
      isLoopback(clientAddress(c, null)) &&
      !isPassedOn(c) &&
      isLocalHost(c.req.header("host"), ownHost)
    )
      return next();
    const now = spine.clock.now();
    const wait = attempts.waitFor(address, now);
    const key = keyOf(c.req.header("authorization"));
    if (key !== null) {
      // As in the API: past the bound of wrong ones only keys that can't be guessed are looked at.
      if (wait === 0 && admin && timingSafeEqual(admin, digest(key))) return next();
      if ((await findKey(spine.db.kysely, hashKey(key)))?.role === "admin") return next();
      attempts.wrong(address, now);
    }
    return wait > 0 ? tooMany(wait) : askForKey();
  };
}

/**
 * Whether a request that changes something comes from a page of ours: a browser says so itself, and what is no browser
 * has no session to be borrowed but has to say it too.
 */
export function isFromOurPage(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const origin = c.req.header("origin");
  const host = c.req.header("host") ?? new URL(c.req.url).host;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

function digest(key: string): Buffer {
  return Buffer.from(hashKey(key), "hex");
}

function isLoopback(address: string | null): boolean {
  return address !== null && (address === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address));
}

function isPassedOn(c: Context): boolean {
  return ["forwarded", "x-forwarded-for", "x-real-ip", "via"].some(
    (name) => c.req.header(name) !== undefined,
  );
}

/** A name of somebody else's that leads to this machine would let their page read ours (DNS rebinding). */
function isLocalHost(host: string | undefined, ownHost: string): boolean {
  if (host === undefined) return true;
  return host === ownHost || LOCAL_NAME.test(host);
}

const LOCAL_NAME = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

function keyOf(authorization: string | undefined): string | null {
  const bearer = /^Bearer +(\S{1,500})$/i.exec(authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const basic = /^Basic +([A-Za-z0-9+/=]{1,1000})$/i.exec(authorization ?? "")?.[1];
  if (basic === undefined) return null;
  const pair = Buffer.from(basic, "base64").toString();
  return pair.slice(pair.indexOf(":") + 1) || null;
}

function askForKey(): Response {
  return refuse(
    "From another machine the dashboard opens with an admin key as the password (KINDLING_API_KEY, or `kindling keys add --role admin`).",
    401,
    { "www-authenticate": 'Basic realm="Kindling", charset="UTF-8"' },
  );
}

function tooMany(wait: Duration): Response {
  return refuse("Too many wrong keys. Please wait a minute.", 429, {
    "retry-after": String(Math.ceil(wait / SECOND)),
  });
}

function refuse(text: string, status: number, headers: Readonly<Record<string, string>>): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=UTF-8", "cache-control": "no-store", ...headers },
  });
}
