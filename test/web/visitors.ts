import type { Hono } from "hono";
import { onTestFinished } from "vitest";
import { migrateToLatest } from "../../src/db/migrate.store.ts";
import { openDatabase, type Database } from "../../src/db/open.io.ts";
import { dashboardRoutes } from "../../src/web/dashboard/dashboard.routes.tsx";
import { hashPassword } from "../../src/web/password.io.ts";
import { openSession } from "../../src/web/sessions.store.ts";
import { addUser, findUser, type UserRole } from "../../src/web/users.store.ts";
import { openDashboard, type DashboardHouse } from "./dashboard-house.ts";

export const KEY = "an-admin-key-of-the-environment";
export const PASSWORD = "a sentence that is long enough";
const hashed = hashPassword(PASSWORD);

export interface Entrance extends DashboardHouse {
  readonly app: Hono;
  /** A user with the password of these tests: `maria@acme.example`. */
  user(name: string, role?: UserRole, rep?: string): Promise<void>;
  browser(from?: string): Browser;
  /** A browser in which this user has logged in. */
  entered(name: string): Promise<Browser>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where it leads. */
  readonly to: string | null;
}

/** Keeps cookies, asks for pages, and says that its forms come from our own. */
export interface Browser {
  readonly cookies: Map<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, form?: Record<string, string>, headers?: Record<string, string>): Promise<Answer>;
  logIn(name: string, password?: string, to?: string): Promise<Answer>;
}

/** The dashboard as it stands at an address of its own; nobody sits at this machine. */
export async function openEntrance(db: Database, baseUrl = "https://k.example"): Promise<Entrance> {
  const house = await openDashboard(db);
  const { spine, links } = house;
  const app = dashboardRoutes({ spine, ...links, baseUrl, captured: true, apiKey: KEY });
  return {
    ...house,
    app,
    async user(name, role = "admin", rep) {
      const user = { email: emailOf(name), role, rep: rep ?? null, password: await hashed };
      await addUser(db.kysely, user, spine.clock.now());
    },
    browser: (from = "192.0.2.7") => openBrowser(app, from),
    async entered(name) {
      const user = (await findUser(db.kysely, emailOf(name)))!;
      const token = await db.unit((trx) => openSession(trx, user, spine.clock.now()));
      const browser = openBrowser(app, "192.0.2.7");
      browser.cookies.set("__Host-kindling", token!);
      return browser;
    },
  };
}

/** For what is no matter of SQL. */
export async function openInMemory(baseUrl?: string): Promise<Entrance> {
  const db = await openDatabase("sqlite::memory:");
  onTestFinished(() => db.close());
  await migrateToLatest(db.kysely);
  return openEntrance(db, baseUrl);
}

export function emailOf(name: string): string {
  return `${name}@acme.example`;
}

interface Asked {
  readonly method?: string;
  readonly body?: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
}

function openBrowser(app: Hono, from: string): Browser {
  const cookies = new Map<string, string>();
  const env = { incoming: { socket: { remoteAddress: from } } };
  const ask = async (path: string, init: Asked): Promise<Answer> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { accept: "text/html,*/*", ...(cookie ? { cookie } : {}), ...init.headers };
    const response = await app.request(path, { ...init, headers }, env);
    for (const text of response.headers.getSetCookie()) {
      const [, name, value, rest] = /^([^=]+)=([^;]*)(.*)$/.exec(text)!;
      if (/Max-Age=0/.test(rest!)) cookies.delete(name!);
      else cookies.set(name!, value!);
    }
    const { status } = response;
    return {
      status,
      headers: response.headers,
      text: await response.text(),
      to: response.headers.get("location"),
    };
  };
  const post: Browser["post"] = (path, form = {}, headers = { "sec-fetch-site": "same-origin" }) =>
    ask(path, { method: "POST", body: new URLSearchParams(form), headers });
  return {
    cookies,
    get: (path, headers = {}) => ask(path, { headers }),
    post,
    logIn: (name, password = PASSWORD, to = "/") => post("/login", { email: emailOf(name), password, to }),
  };
}
