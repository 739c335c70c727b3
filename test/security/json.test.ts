import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatProblem } from "../../src/config/problems.ts";
import { loadProgramme } from "../../src/programme/load.ts";
import { COMPANY } from "./company.ts";
import { pipelined } from "./pipeline.ts";
import { routesOf } from "./routes.ts";
import { ADA, created, openServer, type Server } from "./server.ts";

let server: Server;
beforeAll(async () => {
  server = await openServer();
  await server.arrive(ADA, created());
  await server.settle();
});
afterAll(() => server.close());

const DEEP = 10_000;
const nested = (open: string, close: string) => open.repeat(DEEP) + "1" + close.repeat(DEEP);

/** A body, and the field that its refusal has to name; undefined: the body as a whole. */
const BODIES: readonly [what: string, body: string, field: string | undefined][] = [
  ["__proto__ at its top", '{"__proto__":{"polluted":1}}', ""],
  ["__proto__ written with escapes", '{"\\u005f_proto__":{"polluted":1}}', ""],
  ["__proto__ inside", '{"properties":{"a":[{"__proto__":{"polluted":1}}]}}', "properties.a[0]"],
  ["constructor.prototype", '{"attributes":{"constructor":{"prototype":{"polluted":1}}}}', "attributes"],
  ["prototype", '{"fields":{"prototype":1}}', "fields"],
  ["lists in lists, 10,000 deep", `{"properties":{"a":${nested("[", "]")}}}`, undefined],
  ["objects in objects, 10,000 deep", `{"properties":${nested('{"a":', "}")}}`, undefined],
  ["nothing but opening brackets", "[".repeat(100_000), undefined],
  ["a number beyond all numbers", '{"value":1e400}', "value"],
  ["a number of a hundred thousand digits", `{"value":${"9".repeat(100_000)}}`, "value"],
  ["a text for an object", '"text"', undefined],
  ["a list for an object", '[["a"]]', undefined],
];

/** The routes of the API that take a body; the two others read none, and refuse what nobody wants to meet. */
function routes({ bodiless = false } = {}): string[] {
  const all = routesOf(server).filter((route) => /^(POST|PUT) \/api\//.test(route));
  return all.filter((route) => bodiless || !/resume$|send-again$/.test(route));
}

interface Told {
  readonly status: number;
  readonly problem: { readonly detail?: string; readonly errors?: readonly { readonly field: string }[] };
}

async function send(route: string, body: string): Promise<Told> {
  const [method = "", pattern = ""] = route.split(" ");
  const path = pattern.replace(":email", ADA).replace(":id", "1");
  const { status, headers, text } = await server.ask(path, {
    method,
    as: "admin",
    body,
    headers: { "content-type": "application/json" },
  });
  expect(headers["content-type"], route).toBe("application/problem+json");
  return { status, problem: JSON.parse(text) as Told["problem"] };
}

/** What every object has. */
function inherited(): string[] {
  const found: string[] = [];
  // oxlint-disable-next-line guard-for-in -- what is inherited is what it is about
  for (const name in {}) found.push(name);
  return [...found, ...Object.getOwnPropertyNames(Object.prototype)];
}
const ORIGINAL = inherited();

describe("a JSON body with", () => {
  test.each(BODIES)("%s is refused by every route, with the field's name", async (what, body, field) => {
    const before = await server.contents();
    for (const route of routes({ bodiless: what.includes("_") || /deep|number/.test(what) })) {
      const { status, problem } = await send(route, body);
      expect(status, route).toBeGreaterThanOrEqual(400);
      expect(status, route).toBeLessThan(500);
      if (field !== undefined)
        expect(
          problem.errors?.map((one) => one.field),
          route,
        ).toContain(field);
      else expect((problem.detail ?? "") + JSON.stringify(problem.errors ?? ""), route).not.toBe('""');
    }
    expect(inherited()).toEqual(ORIGINAL);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(server.log).toEqual([]);
    expect(await server.contents()).toEqual(before);
  });

  test("a field that no route knows is refused, and told what it may have meant", async () => {
    for (const route of routes()) {
      const { status, problem } = await send(route, '{"$where":"1","atributes":{},"emial":"x@y.example"}');
      expect(status, route).toBe(422);
      expect(JSON.stringify(problem), route).toMatch(/\$where|emial|atributes/);
    }
  });

  test("a name twice counts once, the last; a page's beacon is refused what the API is", async () => {
    const twice = `{"email":"first@customer.example","email":"second@customer.example","type":"page.viewed"}`;
    const headers = { "content-type": "application/json" };
    const answer = await server.ask("/api/events", { method: "POST", as: "admin", headers, body: twice });
    expect(answer.status).toBe(202);
    await server.settle();
    const leads = await server.app.db.kysely
      .selectFrom("leads")
      .select("email")
      .where("email", "like", "%@customer.example")
      .execute();
    expect(leads.map(({ email }) => email).toSorted()).toEqual([ADA, "second@customer.example"]);
    const beacons = BODIES.map(([, body]) => ({ method: "POST", path: "/t/e", body }));
    const statuses = [...(await pipelined(server.port, beacons)).keys()].map((text) => text.slice(9, 12));
    expect(statuses.filter((status) => status !== "400" && status !== "413")).toEqual([]);
    expect(inherited()).toEqual(ORIGINAL);
  });
});

const CONDITIONS = [
  '{"__proto__":{"polluted":1}}',
  '{"__proto__":{"attribute":"plan","is":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"attribute":"__proto__","is":1}',
  '{"attribute":"constructor","exists":true}',
  '{"attribute":"plan","constructor":1}',
  '{"attribute":"plan","$gt":""}',
  '{"attribute":"plan","$ne":null}',
  '{"attribute":"plan","is":{"$gt":""}}',
  '{"attribute":{"$gt":""},"is":1}',
  '{"attribute":"plan","matches":["*"]}',
  '{"attribute":"employees","over":1e999}',
  '{"attribute":"employees","over":.nan}',
  '{"$where":"sleep(1000)"}',
  '{"segment":"__proto__"}',
  '{"segment":"constructor"}',
  '{"temperature":"hot","model":"__proto__"}',
  '{"did":"page.viewed","where":{"__proto__":1}}',
  '{"attribute":"plan","is":1,"is":2}',
  '{"all":[]}',
  '!!js/function "function(){}"',
  "{ a: &a [*a] }",
  "[1]",
  "{".repeat(4000),
  `${"{not: ".repeat(900)}1`,
  `${"[".repeat(2000)}${"]".repeat(2000)}`,
];

test.each(CONDITIONS)(
  "the condition %s is refused by the API and shown as wrong by the dashboard",
  async (_, where) => {
    const query = `where=${encodeURIComponent(where)}`;
    const api = await server.ask(`/api/leads?${query}`, { as: "admin" });
    expect(api.status).toBe(400);
    expect(JSON.parse(api.text)).toHaveProperty(["errors", 0, "field"], "where");
    const page = await server.ask(`/?${query}`, { as: "admin" });
    expect(page.status).toBe(200);
    expect(page.text).not.toContain(ADA);
    expect(inherited()).toEqual(ORIGINAL);
    expect(server.log).toEqual([]);
  },
);

const FILES: readonly (readonly [file: string, text: string])[] = [
  ["config/kindling.yaml", "__proto__: { polluted: 1 }"],
  ["config/kindling.yaml", "constructor: { prototype: { polluted: 1 } }"],
  ["config/kindling.yaml", `company: ${"[".repeat(DEEP)}${"]".repeat(DEEP)}`],
  ["config/kindling.yaml", `company: ${"{a: ".repeat(DEEP)}1${"}".repeat(DEEP)}`],
  ["config/kindling.yaml", `${COMPANY["config/kindling.yaml"]}company: { name: Twice, address: x }`],
  [
    "config/kindling.yaml",
    COMPANY["config/kindling.yaml"]!.replace("plan: text", "plan: text, __proto__: text"),
  ],
  [
    "config/kindling.yaml",
    COMPANY["config/kindling.yaml"]!.replace("plan: text", "plan: text, constructor: text"),
  ],
  ["config/segments.yaml", "segments: [{ segment: __proto__, title: x, when: { attribute: plan, is: a } }]"],
  ["config/segments.yaml", "segments: [{ segment: x, when: { attribute: plan, $gt: 1 } }]"],
  ["config/segments.yaml", "segments: [{ segment: x, when: { attribute: plan, over: 1e999 } }]"],
  ["config/segments.yaml", `segments: [{ segment: x, when: ${"{not: ".repeat(3000)}{}${"}".repeat(3000)} }]`],
  ["config/scoring/default.yaml", `${COMPANY["config/scoring/default.yaml"]}__proto__: { polluted: 1 }`],
  [
    "config/scoring/default.yaml",
    COMPANY["config/scoring/default.yaml"]!.replace("points: 60", "points: 1e999"),
  ],
  ["config/sequences/welcome.yaml", `${COMPANY["config/sequences/welcome.yaml"]}  - __proto__: { send: x }`],
  ["config/reps.yaml", "reps: &a [*a, *a]"],
  [
    "config/reps.yaml",
    `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefgh"
      .split("")
      .map((c, i) => `${c}: &${c} [${Array(9).fill(`*${"abcdefgh"[i]}`).join()}]`)
      .join("\n")}`,
  ],
];

test.each(FILES)(
  "%s: a file that begins %j is refused with its name and line, at once",
  async (file, text) => {
    const loaded = await loadProgramme(new Map(Object.entries({ ...COMPANY, [file]: text })));
    const problems =
      "problems" in loaded ? loaded.problems.filter(({ severity }) => severity === "error") : [];
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems)
      expect(formatProblem(problem)).toMatch(/^(config|templates)\/[\w/-]+\.\w+:\d+:\d+: /);
    expect(problems.some((problem) => problem.file === file)).toBe(true);
    expect(inherited()).toEqual(ORIGINAL);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  },
);
