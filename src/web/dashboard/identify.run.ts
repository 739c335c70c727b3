import { timingSafeEqual } from "node:crypto";
import type { Context } from "hono";
import type { TrustedProxies } from "../../config/environment.io.ts";
import type { Duration } from "../../instant.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import { clientAddress } from "../../tracking/client-address.ts";
import { countAttempts, networkOf } from "../auth-attempts.ts";
import { findKey, hashKey, isWrittenAsKey } from "../keys.store.ts";
import { hasUsers } from "../users.store.ts";
import type { Visitor } from "./access.ts";
import type { Sessions } from "./session.run.ts";

export interface IdentifyDeps {
  readonly spine: Pick<Spine, "clock" | "db">;
  readonly baseUrl: string;
  /** KINDLING_API_KEY: an admin key; null: none. */
  readonly apiKey?: string | null;
  readonly proxies?: TrustedProxies | null;
}

export type Identified =
  | { readonly who: Visitor }
  /** Nobody we know: there is somebody to log in as, or there are no users yet. */
  | { readonly who: null; readonly users: boolean }
  /** Too many wrong keys came from there. */
  | { readonly who: null; readonly wait: Duration };

const ADMIN = { role: "admin", rep: null, email: null } as const;

/**
 * Who asks: a user who has logged in, or an admin key, as the password of a browser's own prompt (any user name) or as
 * `Authorization: Bearer KEY`. While there are no users whoever sits at this machine is an admin; a request that a
 * proxy passed on comes from elsewhere, whatever its socket says.
 */
export function identify(
  { spine, baseUrl, apiKey = null, proxies = null }: IdentifyDeps,
  sessions: Pick<Sessions, "who">,
) {
  const attempts = countAttempts();
  const admin = apiKey === null ? null : digest(apiKey);
  const { host: ownHost, hostname } = new URL(baseUrl);
  // Where the world reaches us by another name a proxy stands in front, and a proxy need not say that it is one.
  const local = LOCAL_NAME.test(hostname);

  return async (c: Context): Promise<Identified> => {
    const db = spine.db.kysely;
    const now = spine.clock.now();
    const user = await sessions.who(c);
    if (user) return { who: { id: `user ${user.id}`, role: user.role, rep: user.rep, email: user.email } };
    const users = await hasUsers(db);
    const here =
      local &&
      isLoopback(clientAddress(c, null)) &&
      !isPassedOn(c) &&
      isLocalHost(c.req.header("host"), ownHost);
    if (here && !users) return { who: { id: "this machine", ...ADMIN } };
    const key = keyOf(c.req.header("authorization"));
    if (key === null) return { who: null, users };
    const network = networkOf(clientAddress(c, proxies) ?? "unknown");
    const wait = attempts.waitFor(network, now);
    // As in the API: past the bound of wrong ones only keys that can't be guessed are looked at.
    if (wait === 0 && admin && timingSafeEqual(admin, digest(key)))
      return { who: { id: "environment", ...ADMIN } };
    // Counted at once, or many guesses together would be looked at before the first is counted.
    const found = isWrittenAsKey(key) ? await findKey(db, hashKey(key)) : null;
    if (found?.role === "admin") return { who: { id: `key ${found.id}`, ...ADMIN } };
    attempts.wrong(network, now);
    return wait > 0 ? { who: null, wait } : { who: null, users };
  };
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
