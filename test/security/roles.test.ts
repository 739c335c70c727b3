import { beforeAll, expect, test } from "vitest";
import { forEachDatabase } from "../database.ts";
import { pipelined, type Sent } from "./pipeline.ts";
import { routesOf } from "./routes.ts";
import { act, created, openServer, type Caller, type Server } from "./server.ts";

/** Open to the world, each for its own reason; whoever adds one says so here. */
const PUBLIC = [
  "GET /api/docs",
  "GET /api/openapi.json",
  "GET /dashboard.css",
  "GET /healthz",
  "GET /login",
  "GET /metrics",
  "GET /readyz",
  "POST /login",
  "POST /logout",
];
/** A signed token, or a provider's own proof, says what may be done (tokens.test.ts, test/tracking/providers). */
const SIGNED = /^(GET|POST|OPTIONS) \/(t|r)\/|^POST \/hooks\/(ses|sendgrid|mailgun|postmark)$/;
/** Of everything that a key opens. */
const KEYED = /^[A-Z]+ \/(api\/|hooks\/inbound$)/;

const HERS = "hers.wombat@customer.example";
const NOBODYS = "nobodys.wombat@customer.example";

forEachDatabase("every route", (open, { url }) => {
  let server: Server;
  let revoked = "";
  /** What there is of hers, by the parameter that names it. */
  let hers: Readonly<Record<string, string>>;

  beforeAll(async () => {
    server = await openServer({ databaseUrl: url(await open()) });
    const { arrive, ask, settle, app } = server;
    const db = app.db.kysely;
    for (const [email, owner] of [
      [HERS, "maria"],
      [NOBODYS, null],
    ] as const) {
      await arrive(
        email,
        created({ first_name: "Wombat", plan: "wombat plan", employees: 900 }),
        act("welcome.asked"),
      );
      await ask(`/api/leads/${email}`, { method: "PUT", as: "admin", body: { owner } });
      await settle();
      await arrive(
        email,
        act("page.viewed", { path: "/wombat" }),
        act("demo.requested", { note: "wombat note" }),
      );
      await settle();
      await ask("/api/deals", {
        method: "POST",
        as: "admin",
        body: { email, id: `crm-${owner}`, reason: "wombat reason" },
      });
    }
    await settle();
    const lead = await server.leadId(HERS);
    const message = await db
      .selectFrom("messages")
      .select("id")
      .where("lead_id", "=", lead)
      .executeTakeFirstOrThrow();
    const notice = await db
      .selectFrom("notices")
      .select(["id", "rep"])
      .where("lead_id", "=", lead)
      .executeTakeFirstOrThrow();
    expect(notice.rep).toBe("maria");
    hers = {
      email: HERS,
      deals: "crm-maria",
      messages: String(message.id),
      notices: String(notice.id),
      rep: "maria",
    };
    // Once more, to be revoked.
    revoked = server.keys.marketer;
    await db.updateTable("api_keys").set({ revoked_at: 1 }).where("role", "=", "marketer").execute();
    return () => server.close();
  });

  /** A request for this route, about what is hers. */
  function aboutHers(route: string): Sent {
    const [method = "", pattern = ""] = route.split(" ");
    const kind = /^\/api\/(\w+)/.exec(pattern)?.[1] ?? "";
    const path = pattern
      .replaceAll(/\{[^}]*\}/g, "")
      .replace(":email", HERS)
      .replace(":rep", "maria")
      .replace(":id", hers[kind] ?? "1")
      .replace(":name", "welcome");
    return {
      method,
      path,
      headers: { "content-type": "application/json" },
      body: method === "GET" ? "" : bodyFor(pattern),
    };
  }

  async function answersTo(sent: readonly Sent[], authorization: string | undefined): Promise<string[]> {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const found: string[] = [];
    for (const one of sent) {
      const [answer] = (
        await pipelined(server.port, [{ ...one, headers: { ...one.headers, ...headers } }])
      ).keys();
      found.push(answer!);
    }
    return found;
  }

  const statusOf = (answer: string) => Number(answer.slice(9, 12));
  const keyed = () => routesOf(server).filter((route) => KEYED.test(route) && !PUBLIC.includes(route));

  test("is open to the world on purpose, asks for a proof, or shuts a stranger out", async () => {
    const others = routesOf(server).filter(
      (route) => !PUBLIC.includes(route) && !SIGNED.test(route) && !KEYED.test(route),
    );
    expect(others.length).toBeGreaterThan(10);
    const fromElsewhere = { "x-forwarded-for": "203.0.113.9", origin: server.url };
    const sent = others.map((route) => ({ ...aboutHers(route), headers: fromElsewhere }));
    const statuses = (await answersTo(sent, undefined)).map(statusOf);
    expect(others.filter((_, index) => ![303, 401, 403].includes(statuses[index]!))).toEqual([]);
    const missing = PUBLIC.filter((route) => !routesOf(server).includes(route));
    expect(missing).toEqual([]);
  });

  test("of the API is described: the page that people read has them all", async () => {
    const { paths } = JSON.parse((await server.ask("/api/openapi.json")).text) as {
      paths: Record<string, object>;
    };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
    );
    const open = ["GET /healthz", "GET /metrics", "GET /readyz"];
    const ofApi = keyed().filter((route) => route.includes(" /api/"));
    expect(described.toSorted()).toEqual([...ofApi, ...open].toSorted());
  });

  test("answers 401 to who brings no key, one that is unknown, revoked, of another kind or badly written, and changes nothing", async () => {
    const before = await server.contents();
    const { admin, nobody } = server.keys;
    const basic = Buffer.from(`admin:${admin}`).toString("base64");
    for (const authorization of [
      undefined,
      "",
      "Bearer",
      `Bearer ${nobody}`,
      `Bearer ${revoked}`,
      `Basic ${basic}`,
      `bearer${admin}`,
      `Bearer ${admin} ${admin}`,
      `Bearer "${admin}"`,
      admin,
    ]) {
      const statuses = (await answersTo(keyed().map(aboutHers), authorization)).map(statusOf);
      // Whoever has tried too often is told to wait.
      expect(
        statuses.filter((status) => status !== 401 && status !== 429),
        authorization,
      ).toEqual([]);
    }
    expect(await server.contents()).toEqual(before);
  });

  test("tells another rep nothing of a lead that is not theirs, and lets them change nothing of it", async () => {
    const before = await server.contents();
    const sam = `Bearer ${server.keys.sam}`;
    const answers = await answersTo(keyed().map(aboutHers), sam);
    for (const [index, answer] of answers.entries()) {
      const route = keyed()[index]!;
      if (route.includes("sequences")) continue;
      expect(statusOf(answer), route).toSatisfy((status: number) => [200, 403, 404, 422].includes(status));
      // The address that was asked for may be repeated; nothing else of it is known.
      expect(answer.replaceAll(HERS, ""), route).not.toMatch(/wombat/i);
    }
    const lists = [
      "/api/leads?q=wombat",
      "/api/leads?owner=maria",
      "/api/leads?sort=-score",
      "/api/leads?temperature=hot",
      "/api/leads?segment=big",
      `/api/leads?where=${encodeURIComponent("{ attribute: employees, over: 1 }")}`,
      `/api/leads?where=${encodeURIComponent("{ owner: maria }")}`,
      "/api/messages",
      `/api/messages?email=${HERS}`,
      "/api/messages?sequence=welcome",
      "/api/deals",
      "/api/deals?owner=maria",
      `/api/deals?email=${HERS}`,
      `/api/leads?cursor=${Buffer.from(JSON.stringify(["email", "a", 0])).toString("base64url")}`,
    ];
    for (const path of lists) {
      const { status, text } = await server.ask(path, { as: "sam" });
      expect([path, status]).toEqual([path, 200]);
      expect(text, path).not.toMatch(/wombat/i);
      // To whom it belongs they do show it.
      expect((await server.ask(path, { as: "admin" })).text, path).toMatch(/wombat/i);
    }
    await server.settle();
    expect(await server.contents()).toEqual(before);
  });

  test("a rep takes no lead that is nobody's, and hands none of another's on", async () => {
    const before = await server.contents();
    const tried = async (path: string, method: string, body: unknown) =>
      (await server.ask(path, { method, as: "sam", body })).status;
    for (const email of [HERS, NOBODYS]) {
      expect(await tried(`/api/leads/${email}`, "PUT", { owner: "sam" })).toBe(403);
      expect(await tried("/api/leads", "POST", { email, owner: "sam" })).toBe(403);
      expect(
        await tried("/api/events", "POST", { email, type: "rep.noted", properties: { rep: "sam" } }),
      ).toBe(403);
      expect(await tried("/api/deals", "POST", { email, id: "sams" })).toBe(422);
      expect(await tried(`/api/leads/${email}/rename`, "POST", { to: "sams@customer.example" })).toBe(404);
      expect(await tried(`/api/leads/${email}`, "DELETE", undefined)).toBe(403);
    }
    expect(await tried("/api/leads/new@customer.example", "PUT", {})).toBe(403);
    expect(await tried("/api/leads", "POST", { email: "new@customer.example" })).toBe(403);
    expect(await server.contents()).toEqual(before);
  });

  test("a rep can't tell another's lead from an address that nobody has", async () => {
    const asked = async (email: string) => {
      const routes = keyed().filter((route) => /:email|POST \/api\/(events|deals|leads)$/.test(route));
      const answers = await answersTo(
        routes.map(aboutHers).map((one) => ({
          ...one,
          path: one.path.replace(HERS, email),
          body: one.body?.replace(HERS, email) ?? "",
        })),
        `Bearer ${server.keys.sam}`,
      );
      return answers.map((answer) => answer.replaceAll(email, "").replace(/content-length: \d+/i, ""));
    };
    expect(await asked(HERS)).toEqual(await asked("unknown@customer.example"));
  });

  test("an ingest key writes, and reads nothing", async () => {
    const reads = keyed().filter((route) => route.startsWith("GET "));
    const answers = await answersTo(reads.map(aboutHers), `Bearer ${server.keys.ingest}`);
    expect(answers.map(statusOf)).toEqual(reads.map(() => 403));
    const as: Caller = "ingest";
    const put = await server.ask(`/api/leads/${HERS}`, { method: "PUT", as, body: {} });
    expect([put.status, put.text]).toEqual([200, JSON.stringify({ email: HERS })]);
    const post = await server.ask("/api/leads", { method: "POST", as, body: { email: HERS } });
    expect([post.status, post.text]).toEqual([200, JSON.stringify({ email: HERS })]);
  });
});

/** What each route likes to get, so that it is refused for who asks alone. */
function bodyFor(pattern: string): string {
  const bodies: Readonly<Record<string, unknown>> = {
    "/api/leads": { email: HERS, stage: "lost" },
    "/api/leads/:email": { stage: "lost" },
    "/api/leads/:email/pause": { until: "2027-01-01T00:00:00Z" },
    "/api/leads/:email/enrol": { sequence: "welcome" },
    "/api/leads/:email/rename": { to: "moved@customer.example" },
    "/api/deals": { email: HERS },
    "/api/deals/:id": { stage: "won" },
    "/api/events": { email: HERS, type: "page.viewed" },
    "/api/notices/:id/answer": { answer: "mine" },
    "/hooks/inbound": `From: ${HERS}`,
  };
  const body = bodies[pattern] ?? {};
  return typeof body === "string" ? body : JSON.stringify(body);
}
