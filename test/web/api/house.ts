import { createHash } from "node:crypto";
import { virtualClock, type VirtualClock } from "../../../src/clock.ts";
import type { Database } from "../../../src/db/open.io.ts";
import { tokenKeys } from "../../../src/email/token.ts";
import { parseInstant } from "../../../src/instant.ts";
import { suppressionKeys } from "../../../src/leads/suppression.ts";
import type { Spine } from "../../../src/lifecycle/spine.ts";
import { loadProgramme } from "../../../src/programme/load.ts";
import type { Programme } from "../../../src/programme/programme.ts";
import { createServer } from "../../../src/web/server.routes.ts";
import { addKey, type Role } from "../../../src/web/keys.store.ts";

const MAIL =
  "---\nsubject: Hello\n---\n<mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section>\n";

const FILES: Readonly<Record<string, string>> = {
  "config/kindling.yaml": `
company: { name: Acme, address: 1 Main Street, country: PT, timezone: Europe/Lisbon }
mail: { from: Ada <ada@acme.example> }
topics: [{ topic: product, title: Product news }]
attributes: { authority: text, employees: number, budget: [low, fits, high] }
`,
  "config/reps.yaml": `
reps:
  - { rep: maria, name: Maria, email: maria@acme.example }
  - { rep: sam, name: Sam, email: sam@acme.example }
notices:
  - { on: { temperature: hot }, deal: open }
`,
  "config/segments.yaml": `
segments:
  - { segment: big, when: { attribute: employees, over: 100 } }
`,
  "config/scoring/default.yaml": `
model: default
thresholds: { warm: 25, hot: 50 }
fit:
  - criterion: Authority
    attribute: authority
    bands: [{ is: owner, points: 10 }, { otherwise: true, points: 0 }]
engagement:
  half_life: 30d
  rules:
    - { rule: pricing, on: page.viewed, where: { property: path, matches: "/pricing*" }, points: 20 }
    - { rule: demo, on: demo.requested, points: 60 }
`,
  "config/sequences/welcome.yaml": `
sequence: welcome
title: Welcome
track: nurture
enter: [{ temperature: warm }]
goal: { did: demo.requested }
steps:
  - { id: hello, send: hello }
  - wait: 3d
  - id: second
    ab: { variants: { a: hello, b: hello }, measure: clicked, confidence: 95% }
`,
  "config/sequences/again.yaml": `
sequence: again
title: Again
enter: [{ event: never.happens }]
steps:
  - wait: 5d
`,
  "templates/hello.mjml": MAIL,
};

let programme: Promise<Programme> | undefined;

async function testProgramme(more: Readonly<Record<string, string>> = {}): Promise<Programme> {
  const loaded = await loadProgramme(new Map(Object.entries({ ...FILES, ...more })));
  if ("programme" in loaded) return loaded.programme;
  throw new Error(loaded.problems.map((one) => `${one.file}:${one.line} ${one.message}`).join("\n"));
}

export const START = parseInstant("2026-03-02T09:00:00Z")!;

export type Caller = Role | "sam" | "nobody";

export interface House {
  readonly spine: Spine;
  readonly clock: VirtualClock;
  readonly warnings: string[];
  readonly keys: Readonly<Record<Caller, string>>;
  /** Calls the API; `rep` is maria's key. JSON in, JSON out. */
  call(
    method: string,
    path: string,
    options?: { as?: Caller; body?: unknown; headers?: Record<string, string>; from?: string },
  ): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into it
  readonly body: any;
}

/** A whole server over this database, with a key of each role; `more` files beside those of a small company. */
export async function openHouse(
  db: Database,
  apiKey: string | null = null,
  more?: Readonly<Record<string, string>>,
): Promise<House> {
  const live = await (more ? testProgramme(more) : (programme ??= testProgramme()));
  const clock = virtualClock(START);
  const warnings: string[] = [];
  const spine: Spine = {
    db,
    clock,
    programme: () => live,
    suppressionKeys: suppressionKeys(["a secret of this test"]),
    warn: (message, details) => void warnings.push(`${message} ${JSON.stringify(details)}`),
  };
  const app = createServer({
    api: {
      spine,
      tokenKeys: tokenKeys(["a secret of this test"]),
      baseUrl: "https://kindling.example",
      apiKey,
    },
    tracking: null,
  });
  const make = async (role: Role, rep: string | null = null) =>
    (await addKey(db.kysely, { name: `${role} ${rep}`, role, rep }, START)).key;
  const keys = {
    admin: await make("admin"),
    marketer: await make("marketer"),
    rep: await make("rep", "maria"),
    sam: await make("rep", "sam"),
    ingest: await make("ingest"),
    nobody: `knd_${createHash("sha256").update("nobody").digest("base64url")}`,
  };
  return {
    spine,
    clock,
    warnings,
    keys,
    async call(method, path, { as = "admin", body, headers = {}, from } = {}) {
      const response = await app.request(
        path,
        {
          method,
          headers: {
            authorization: `Bearer ${keys[as]}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
        },
        from === undefined ? {} : { incoming: { socket: { remoteAddress: from } } },
      );
      const text = await response.text();
      const json = (response.headers.get("content-type") ?? "").includes("json");
      return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
    },
  };
}
