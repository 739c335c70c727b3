import type { Principal } from "../auth.ts";
import type { UserRole } from "../users.store.ts";

/** Who looks at the dashboard. */
export interface Visitor extends Principal {
  /** `user 3`, `key 3`, `environment`, or `this machine` while nobody has to log in. */
  readonly id: string;
  readonly role: UserRole;
  /** Of a user; null for keys and this machine. */
  readonly email: string | null;
}

const ALL: readonly UserRole[] = ["admin", "marketer", "rep"];
const NO_REPS: readonly UserRole[] = ["admin", "marketer"];

/**
 * Who may open what: the routes are made from this, and so is the navigation. What reps may open shows them their own
 * leads alone. null: for everybody, logged in or not.
 */
export const ACCESS = {
  "GET /": ALL,
  "GET /leads/:email": ALL,
  "GET /leads/:email/forget": NO_REPS,
  "POST /leads/:email/forget": NO_REPS,
  "GET /segments": NO_REPS,
  "GET /segments/:name": NO_REPS,
  "GET /sequences": NO_REPS,
  "GET /sequences/:name": NO_REPS,
  "GET /scoring": NO_REPS,
  "GET /notices": ALL,
  "GET /versions": NO_REPS,
  "GET /versions/:version{[0-9a-f]+}": NO_REPS,
  "GET /mailbox": ALL,
  "GET /mailbox/:id{[0-9]+}": ALL,
  "GET /mailbox/:id{[0-9]+}/mail": ALL,
  "POST /mailbox/:id{[0-9]+}/send-again": ALL,
  "POST /hold": NO_REPS,
  "POST /release": NO_REPS,
  "GET /account": ALL,
  "POST /account": ALL,
  "POST /logout": null,
  "GET /login": null,
  "POST /login": null,
  "GET /dashboard.css": null,
  /** Whatever there is not. */
  "GET *": ALL,
} as const satisfies Record<string, readonly UserRole[] | null>;

export type Entry = keyof typeof ACCESS;

export function mayOpen({ role }: Pick<Visitor, "role">, entry: Entry): boolean {
  return ACCESS[entry]?.includes(role) ?? true;
}

/** Whether a link leads them somewhere. */
export function mayFollow(who: Pick<Visitor, "role">, href: string): boolean {
  const path = href.replace(/[?#].*$/, "");
  const found = PAGES.find(({ pattern }) => pattern.test(path));
  return found === undefined || mayOpen(who, found.entry);
}

const PAGES = (Object.keys(ACCESS) as Entry[])
  .filter((entry) => entry.startsWith("GET /"))
  .map((entry) => {
    const path = entry.slice("GET ".length).replaceAll(/:\w+(\{[^}]*\})?/g, "[^/]+");
    return { entry, pattern: new RegExp(`^${path}$`) };
  });
