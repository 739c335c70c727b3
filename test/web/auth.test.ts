import { expect, test } from "vitest";
import { MINUTE } from "../../src/instant.ts";
import { listKeys, revokeKey } from "../../src/web/keys.store.ts";
import { forEachDatabase } from "../database.ts";
import { openHouse, START, type Caller, type House } from "./api/house.ts";

const HERS = "hers@acme.example";
const UNTIL = "2027-01-01T00:00:00Z";

/** A lead of maria's with a mail in doubt, a notice and a deal; another lead is nobody's. */
async function furnish({ call, spine }: House): Promise<{ message: number; notice: number }> {
  await call("PUT", `/api/leads/${HERS}`, { body: { owner: "maria" } });
  await call("PUT", "/api/leads/other@acme.example", { body: {} });
  await call("POST", "/api/events", {
    body: [
      { email: HERS, type: "page.viewed", properties: { path: "/pricing" } },
      { email: HERS, type: "page.viewed", properties: { path: "/pricing" } },
    ],
  });
  await call("GET", `/api/leads/${HERS}`);
  await call("POST", "/api/events", { body: { email: HERS, type: "demo.requested" } });
  await call("GET", `/api/leads/${HERS}`);
  await call("POST", "/api/deals", { body: { email: HERS, id: "crm-7" } });
  await call("POST", "/api/deals", { body: { email: "other@acme.example", id: "crm-8" } });
  const db = spine.db.kysely;
  await db.updateTable("messages").set({ state: "in_doubt" }).execute();
  await db.updateTable("notices").set({ rep: "maria", state: "sent" }).execute();
  const message = await db.selectFrom("messages").select("id").executeTakeFirstOrThrow();
  const notice = await db.selectFrom("notices").select("id").executeTakeFirstOrThrow();
  return { message: message.id, notice: notice.id };
}

type Statuses = Readonly<Record<Caller, number>>;

/** admin, marketer, whose leads they are, another rep, ingest, nobody. */
function as(admin: number, marketer: number, rep: number, sam: number, ingest: number): Statuses {
  return { admin, marketer, rep, sam, ingest, nobody: 401 };
}

const EVERYBODY: Statuses = { ...as(200, 200, 200, 200, 200), nobody: 200 };

const ENDPOINTS: readonly [call: string, statuses: Statuses, body?: unknown][] = [
  ["PUT /api/leads/hers@acme.example", as(200, 200, 200, 403, 200), {}],
  ["PUT /api/leads/new@acme.example", as(201, 201, 403, 403, 201), {}],
  ["POST /api/leads", as(200, 200, 200, 403, 200), { email: HERS }],
  ["GET /api/leads/hers@acme.example", as(200, 200, 200, 404, 403)],
  ["GET /api/leads", as(200, 200, 200, 200, 403)],
  ["GET /api/leads/hers@acme.example/timeline", as(200, 200, 200, 404, 403)],
  ["POST /api/leads/hers@acme.example/pause", as(200, 200, 200, 404, 403), { until: UNTIL }],
  ["POST /api/leads/hers@acme.example/resume", as(200, 200, 200, 404, 403)],
  ["POST /api/leads/hers@acme.example/enrol", as(200, 200, 200, 404, 403), { sequence: "again" }],
  ["GET /api/deals", as(200, 200, 200, 200, 403)],
  ["POST /api/deals", as(201, 201, 201, 422, 403), { email: HERS }],
  ["POST /api/deals/crm-7", as(200, 200, 200, 404, 403), { value: 5 }],
  ["POST /api/events", as(202, 202, 202, 403, 202), { email: HERS, type: "call.made" }],
  ["GET /api/messages", as(200, 200, 200, 200, 403)],
  ["GET /api/messages/MESSAGE", as(200, 200, 200, 404, 403)],
  ["POST /api/messages/MESSAGE/send-again", as(200, 200, 200, 404, 403)],
  ["GET /api/sequences", as(200, 200, 403, 403, 403)],
  ["GET /api/sequences/welcome", as(200, 200, 403, 403, 403)],
  ["GET /api/reps/maria/notices", as(200, 200, 200, 403, 403)],
  ["POST /api/notices/NOTICE/answer", as(200, 200, 200, 404, 403), { answer: "mine", rep: "maria" }],
  ["GET /api/leads/hers@acme.example/export", as(200, 200, 200, 404, 403)],
  ["POST /api/leads/hers@acme.example/rename", as(200, 200, 200, 404, 403), { to: "moved@acme.example" }],
  ["DELETE /api/leads/moved@acme.example", as(200, 200, 403, 403, 403)],
  ["GET /healthz", EVERYBODY],
  ["GET /readyz", EVERYBODY],
  ["GET /metrics", EVERYBODY],
];

const ROLES: readonly Caller[] = ["admin", "marketer", "rep", "sam", "ingest", "nobody"];

forEachDatabase("roles", (open) => {
  // One house for each role, so that each endpoint meets the same things.
  test.each(ROLES)("%s may do what the table says, and nothing else", async (role) => {
    const house = await openHouse(await open());
    const { message, notice } = await furnish(house);
    const found: [string, number][] = [];
    for (const [index, [text, , body]] of ENDPOINTS.entries()) {
      const [method, path] = text
        .replace("MESSAGE", String(message))
        .replace("NOTICE", String(notice))
        .split(" ");
      const answer = await house.call(method!, path!, { as: role, body, from: `192.0.2.${index + 1}` });
      found.push([text, answer.status]);
      if (answer.status >= 400) expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
    expect(found).toEqual(ENDPOINTS.map(([text, statuses]) => [text, statuses[role]]));
    expect(house.warnings).toEqual([]);
  });

  test("the table has every endpoint that openapi.json describes", async () => {
    const house = await openHouse(await open());
    const { body } = await house.call("GET", "/api/openapi.json", { as: "nobody" });
    const described = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const pattern = (text: string) =>
      text
        .replace(/leads\/[^/]+@[^/]+/, "leads/{email}")
        .replace(/MESSAGE|NOTICE|crm-7/, "{id}")
        .replace("sequences/welcome", "sequences/{name}")
        .replace("reps/maria", "reps/{rep}");
    expect(new Set(ENDPOINTS.map(([text]) => pattern(text)))).toEqual(new Set(described));
  });

  test("a rep's lists show nothing of other reps' leads", async () => {
    const house = await openHouse(await open());
    await furnish(house);
    const lists = async (as: Caller) => [
      (await house.call("GET", "/api/leads", { as })).body.leads.length,
      (await house.call("GET", "/api/messages", { as })).body.messages.length,
      (await house.call("GET", "/api/deals", { as })).body.deals.length,
    ];
    expect(await lists("rep")).toEqual([1, 1, 2]);
    expect(await lists("sam")).toEqual([0, 0, 0]);
    expect(await lists("admin")).toEqual([2, 1, 3]);
    const unknown = await house.call("GET", "/api/leads/nobody@acme.example", { as: "sam" });
    const hers = await house.call("GET", `/api/leads/${HERS}`, { as: "sam" });
    expect(hers.body).toEqual(unknown.body);
  });

  test("an ingest key learns nothing of the leads it writes", async () => {
    const house = await openHouse(await open());
    await furnish(house);
    const { body } = await house.call("PUT", `/api/leads/${HERS}`, { as: "ingest", body: {} });
    expect(body).toEqual({ email: HERS });
  });
});

forEachDatabase("keys", (open) => {
  test("without a key the answer says how to come by one", async () => {
    const { call } = await openHouse(await open());
    const none = await call("GET", "/api/leads", { headers: { authorization: "" } });
    expect(none.status).toBe(401);
    expect(none.headers.get("www-authenticate")).toBe('Bearer realm="kindling"');
    expect(none.body).toEqual({
      type: "/api/docs#unauthorized",
      title: "A key is needed",
      status: 401,
      detail: "send Authorization: Bearer KEY; `kindling keys add` makes a key",
    });
  });

  test("a revoked key is refused from the next call on", async () => {
    const { call, spine } = await openHouse(await open());
    expect((await call("GET", "/api/leads", { as: "marketer" })).status).toBe(200);
    const key = (await listKeys(spine.db.kysely)).find((one) => one.role === "marketer")!;
    expect(await revokeKey(spine.db.kysely, key.id, START)).toBe(true);
    expect(await revokeKey(spine.db.kysely, key.id, START)).toBe(false);
    expect((await call("GET", "/api/leads", { as: "marketer" })).status).toBe(401);
  });

  test("the database holds no key that could be used", async () => {
    const { keys, spine } = await openHouse(await open());
    const rows = JSON.stringify(await spine.db.kysely.selectFrom("api_keys").selectAll().execute());
    for (const key of Object.values(keys)) {
      expect(key).toMatch(/^knd_/);
      expect(rows).not.toContain(key.slice(4));
    }
  });

  test("the environment's key is an admin's", async () => {
    const house = await openHouse(await open(), "automation");
    const right = { authorization: "bearer automation" };
    expect((await house.call("GET", "/api/sequences", { headers: right })).status).toBe(200);
  });

  test("guessing is bounded by address; a key of ours still passes, the environment's waits", async () => {
    const { call, clock } = await openHouse(await open(), "automation");
    const guess = (from: string) => call("GET", "/api/leads", { as: "nobody", from });
    const environment = (from: string) =>
      call("GET", "/api/leads", { headers: { authorization: "Bearer automation" }, from });
    for (let tries = 0; tries < 20; tries++) expect((await guess("192.0.2.1")).status).toBe(401);
    const refused = await guess("192.0.2.1");
    expect(refused).toMatchObject({ status: 429, body: { type: "/api/docs#too-many-attempts" } });
    expect(refused.headers.get("retry-after")).toBe("60");
    expect((await guess("192.0.2.2")).status).toBe(401);
    expect((await call("GET", "/api/leads", { from: "192.0.2.1" })).status).toBe(200);
    expect((await environment("192.0.2.1")).status).toBe(429);
    expect((await environment("192.0.2.2")).status).toBe(200);
    clock.jumpTo(START + MINUTE);
    expect((await guess("192.0.2.1")).status).toBe(401);
    expect((await environment("192.0.2.1")).status).toBe(200);
  });
});
