import { beforeAll, expect, test } from "vitest";
import { forEachDatabase } from "../database.ts";
import { pipelined, type Sent } from "./pipeline.ts";
import { routesOf } from "./routes.ts";
import { act, ADA, created, openServer, type Server } from "./server.ts";

const PAYLOADS = [
  "'",
  '"',
  "\\",
  "' or '1'='1",
  "') or ('a'='a",
  "1; drop table leads",
  "'; delete from leads where ''='",
  "' union select email, owner, stage from leads --",
  "email desc, (select count(*) from api_keys)",
  "1 and pg_sleep(5)",
  "'||(select hash from api_keys limit 1)||'",
  "leads.email",
  "$1",
  "?1",
  "%' --",
];

/** What a database says for itself. */
const ERRORS =
  /sqlite|postgres|syntax error|unterminated|SQLSTATE|kysely|no such (column|table)|relation "|column reference|constraint|\bat .*\.(ts|js):\d/i;

/** What the pages of the dashboard take; the API says itself what it takes. */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  "/": ["temperature", "segment", "stage", "owner", "q", "model", "where", "after"],
  "/notices": ["rep", "state", "after"],
  "/mailbox": ["state", "to", "after"],
  "/mailbox/1": ["show"],
  "/scoring": ["model"],
  [`/leads/${ADA}`]: ["timeline"],
  "/sequences/welcome": ["version"],
  "/login": ["to"],
};

/** The orders that a cursor can belong to. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  "/api/leads": ["email"],
  "/api/leads?sort=-created_at": ["-created_at"],
  "/api/leads?sort=-score": ["-score"],
  "/api/messages": ["messages"],
  "/api/deals": ["deals"],
  "/api/reps/maria/notices": ["notices"],
  "/api/leads/ada@customer.example/timeline": ["timeline"],
};

forEachDatabase("SQL that is sent", (open, { url }) => {
  let server: Server;
  beforeAll(async () => {
    server = await openServer({ databaseUrl: url(await open()) });
    await server.arrive(ADA, created({ employees: 500 }), act("welcome.asked"), act("demo.requested"));
    await server.arrive("ben@customer.example", created());
    await server.ask("/api/deals", { method: "POST", as: "admin", body: { email: ADA, id: "crm-1" } });
    await server.settle();
    return () => server.close();
  });

  /** Sends them all with this key; nothing may change, fail, or tell of the database. The answers, by what was sent. */
  async function harmless(sent: readonly Sent[], as: "admin" | "rep"): Promise<void> {
    const before = await server.contents();
    const headers = { authorization: `Bearer ${server.keys[as]}`, "content-type": "application/json" };
    const answers = await pipelined(
      server.port,
      sent.map((one) => ({ ...one, headers: { ...headers, ...one.headers } })),
    );
    expect([...answers.values()].reduce((sum, count) => sum + count)).toBe(sent.length);
    const bad = [...answers.keys()].filter(
      (answer) => !/^HTTP\/1\.1 [234]/.test(answer) || ERRORS.test(withoutPayloads(answer)),
    );
    expect(bad).toEqual([]);
    expect(server.log).toEqual([]);
    expect(await server.contents()).toEqual(before);
  }

  test("in the parameters of any list finds nobody, fails nothing and changes nothing", async () => {
    const lists = await queriesOf(server);
    expect(lists.length).toBeGreaterThan(20);
    for (const { path, name } of lists) {
      const asked = PAYLOADS.map(async (payload) => {
        const answer = await server.ask(`${path}?${name}=${encodeURIComponent(payload)}`, { as: "admin" });
        expect([200, 400], `${path} ${name} ${payload}`).toContain(answer.status);
        // Nothing and nobody is called so.
        if (answer.status === 200) expect(answer.text).toMatch(/^\{"\w+":\[\],"next_cursor":null\}$/);
      });
      await Promise.all(asked);
    }
    expect(server.log).toEqual([]);
  });

  test("in a cursor that looks right gives no more rows than there are, and to a rep none but their own", async () => {
    const places = ["' or 1=1 --", "'; drop table leads; --", -1, 1e300, null, { a: 1 }];
    const sent = Object.entries(LISTS).flatMap(([path, lists]) =>
      lists.flatMap((list) =>
        places.flatMap((one) =>
          places.flatMap((two) => [
            get(path, "cursor", encoded([list, one, two])),
            get(path, "cursor", encoded([list, one, two, 1])),
          ]),
        ),
      ),
    );
    await harmless(sent, "rep");
    const forged = encoded(["email", "' or 1=1 --", -1]);
    const leads = async (as: "admin" | "sam") =>
      (JSON.parse((await server.ask(`/api/leads?cursor=${forged}`, { as })).text) as { leads: unknown[] })
        .leads.length;
    expect([await leads("admin"), await leads("sam")]).toEqual([2, 0]);
  });

  test("in a condition is a value among others, or refused", async () => {
    const conditions = PAYLOADS.flatMap((payload) => [
      payload,
      JSON.stringify({ attribute: payload, is: 1 }),
      JSON.stringify({ attribute: "plan", is: payload }),
      JSON.stringify({ attribute: "plan", in: [payload, payload] }),
      JSON.stringify({ attribute: "plan", matches: payload }),
      JSON.stringify({ attribute: "employees", over: payload }),
      JSON.stringify({ did: payload }),
      JSON.stringify({ did: "page.viewed", where: { property: payload, is: payload } }),
      JSON.stringify({ segment: payload }),
      JSON.stringify({ stage: payload }),
      JSON.stringify({ owner: payload }),
      JSON.stringify({ temperature: "hot", model: payload }),
      JSON.stringify({ not: { not: { attribute: "plan", is: payload } } }),
    ]);
    const before = await server.contents();
    const asked = conditions.map(async (where) => {
      const { status, text } = await server.ask(`/api/leads?where=${encodeURIComponent(where)}`, {
        as: "admin",
      });
      expect([200, 400]).toContain(status);
      if (status === 200) expect(text).toBe('{"leads":[],"next_cursor":null}');
      else expect(withoutPayloads(text)).not.toMatch(ERRORS);
    });
    await Promise.all(asked);
    expect(await server.contents()).toEqual(before);
    expect(server.log).toEqual([]);
  });

  test("in any part of any address, of the API and of the dashboard, leads nowhere", async () => {
    const addresses = routesOf(server).flatMap((route) => {
      const [method = "", path = ""] = route.split(" ");
      if (!path.includes(":")) return [];
      return PAYLOADS.map((payload): Sent => {
        const body = method === "GET" ? "" : "{}";
        return { method, path: path.replaceAll(/:\w+(\{[^}]*\})?/g, encodeURIComponent(payload)), body };
      });
    });
    await harmless(addresses, "admin");
  });

  test("in the parameters of any page of the dashboard shows a page", async () => {
    const asked = Object.entries(PAGES).flatMap(([path, names]) =>
      names.flatMap((name) => PAYLOADS.map((payload) => get(path, name, payload))),
    );
    await harmless(asked, "admin");
    for (const name of ["owner", "stage", "q"]) {
      const { text } = await server.ask(`/?${name}=${encodeURIComponent("' or '1'='1")}`, { as: "admin" });
      expect(text).not.toContain(ADA);
    }
  });

  test("in what is told is kept letter for letter", async () => {
    const attributes = { plan: PAYLOADS.join("\n"), first_name: "' or '1'='1" };
    const put = await server.ask("/api/leads/bobby@customer.example", {
      method: "PUT",
      as: "admin",
      body: { attributes },
    });
    expect(put.status).toBe(201);
    expect(JSON.parse(put.text)).toMatchObject({ attributes });
    const body = PAYLOADS.map((id) => ({
      email: "bobby@customer.example",
      type: "note.made",
      id,
      properties: { text: id },
    }));
    const headers = { "idempotency-key": "'; drop table idempotency; --" };
    const posted = await server.ask("/api/events", { method: "POST", as: "admin", body, headers });
    expect(posted.text).toBe(`{"accepted":${PAYLOADS.length},"duplicates":0}`);
    const { text } = await server.ask("/api/leads/bobby@customer.example/timeline", { as: "admin" });
    for (const payload of PAYLOADS) expect(text).toContain(JSON.stringify(payload));
    const found = await server.ask(`/api/leads?q=${encodeURIComponent("1; drop table leads")}`, {
      as: "admin",
    });
    expect(
      (JSON.parse(found.text) as { leads: { email: string }[] }).leads.map(({ email }) => email),
    ).toEqual(["bobby@customer.example"]);
    expect(server.log).toEqual([]);
  });
});

/** Every parameter of every list of the API. */
async function queriesOf(server: Server): Promise<{ path: string; name: string }[]> {
  const { text } = await server.ask("/api/openapi.json");
  const { paths } = JSON.parse(text) as { paths: Record<string, { get?: { parameters?: Parameter[] } }> };
  return Object.entries(paths).flatMap(([path, { get: asked }]) =>
    (asked?.parameters ?? [])
      .filter((one) => one.in === "query")
      .map(({ name }) => ({ path: path.replace("{email}", ADA).replace("{rep}", "maria"), name })),
  );
}

interface Parameter {
  readonly name: string;
  readonly in: string;
}

function get(path: string, name: string, value: string): Sent {
  return {
    method: "GET",
    path: `${path}${path.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(value)}`,
  };
}

function encoded(cursor: unknown): string {
  return Buffer.from(JSON.stringify(cursor)).toString("base64url");
}

/** Some answers repeat what was asked, which is no word of the database. */
function withoutPayloads(answer: string): string {
  let text = answer.replaceAll("&#39;", "'").replaceAll("&quot;", '"').replaceAll('\\"', '"');
  for (const payload of PAYLOADS) text = text.replaceAll(payload, "");
  return text;
}
