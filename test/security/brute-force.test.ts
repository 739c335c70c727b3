import { randomBytes } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { MINUTE } from "../../src/instant.ts";
import { pipelined } from "./pipeline.ts";
import { openServer, type Server, type ServerOptions } from "./server.ts";

/** Wrong keys from one address in a minute, before it has to wait. */
const MOST = 20;

let server: Server;
afterEach(() => server.close());

async function open(options?: ServerOptions): Promise<Server> {
  server = await openServer(options);
  return server;
}

/** The statuses of so many guesses, all sent before the first is answered, and how many got each. */
async function guess(
  count: number,
  {
    path = "/api/leads",
    key,
    from,
    headers = {},
  }: {
    path?: string;
    key: (nth: number) => string;
    from?: (nth: number) => string;
    headers?: Readonly<Record<string, string>>;
  },
): Promise<Record<string, number>> {
  const sent = Array.from({ length: count }, (_, nth) => ({
    method: path.startsWith("/hooks") ? "POST" : "GET",
    path,
    headers: {
      ...headers,
      authorization: `Bearer ${key(nth)}`,
      ...(from ? { "x-forwarded-for": from(nth) } : {}),
    },
  }));
  const statuses: Record<string, number> = {};
  for (const [answer, times] of await pipelined(server.port, sent)) {
    const status = answer.slice(9, 12);
    statuses[status] = (statuses[status] ?? 0) + times;
    if (status === "429") expect(answer).toMatch(/\r\nretry-after: \d+\r\n/i);
  }
  return statuses;
}

const shaped = () => `knd_${randomBytes(24).toString("base64url")}`;

test("5,000 guesses at once let nobody in; keys of ours pass meanwhile, the environment's waits out the minute", async () => {
  const { clock, ask } = await open();
  expect(await guess(2500, { key: shaped })).not.toHaveProperty("200");
  expect(await guess(2500, { key: (nth) => `guess-${nth}` })).toEqual({ 429: 2500 });
  for (const as of ["admin", "marketer", "rep", "sam"] as const)
    expect((await ask("/api/leads", { as })).status).toBe(200);
  const refused = await ask("/api/leads", { as: "environment" });
  expect([refused.status, Number(refused.headers["retry-after"])]).toEqual([429, 60]);
  clock.jumpTo(clock.now() + MINUTE);
  expect((await ask("/api/leads", { as: "environment" })).status).toBe(200);
});

test.each([
  ["/api/leads", {}],
  ["/leads", { via: "1.1 proxy" }],
])(
  "at %s the environment's key is looked at for no more than some guesses, however many come together",
  async (path, headers) => {
    const { keys } = await open();
    // The right one is among them, behind as many as may be wrong.
    const statuses = await guess(4 * MOST + 4, {
      path,
      headers,
      key: (nth) => (nth < 4 * MOST ? `guess-${nth}` : keys.environment),
    });
    expect(statuses).toEqual({ 401: MOST, 429: 3 * MOST + 4 });
  },
);

test.each(["/api/leads", "/hooks/inbound"])(
  "at %s no made-up X-Forwarded-For begins the count anew",
  async (path) => {
    await open();
    const from = (nth: number) => `203.0.113.${nth % 250}, 10.0.0.${nth % 250}`;
    expect(await guess(500, { path, key: (nth) => `guess-${nth}`, from })).toEqual({
      401: MOST,
      429: 500 - MOST,
    });
  },
);

test("behind one trusted proxy only what that one has written counts, and one address keeps nobody else out", async () => {
  const { ask } = await open({ environment: { TRUST_PROXY: "1" } });
  const key = (nth: number) => `guess-${nth}`;
  const statuses = await guess(200, { key, from: (nth) => `198.51.100.${nth}, 203.0.113.7` });
  expect(statuses).toEqual({ 401: MOST, 429: 200 - MOST });
  const other = { "x-forwarded-for": "203.0.113.8" };
  expect((await ask("/api/leads", { as: "nobody", headers: other })).status).toBe(401);
  expect((await ask("/api/leads", { as: "environment", headers: other })).status).toBe(200);
});

test("a network of IPv6 counts as one", async () => {
  await open({ environment: { TRUST_PROXY: "1" } });
  const from = (nth: number) => `2001:db8:1:2:${nth.toString(16)}::${nth.toString(16)}`;
  expect(await guess(100, { key: (nth) => `guess-${nth}`, from })).toEqual({ 401: MOST, 429: 100 - MOST });
});

test("a wrong key and a revoked one get the same answer, and say nothing of what is there", async () => {
  const { ask, keys, app } = await open();
  await app.db.kysely.updateTable("api_keys").set({ revoked_at: 1 }).where("role", "=", "marketer").execute();
  const answers = await Promise.all([
    ask("/api/leads", { as: "nobody" }),
    ask("/api/leads", { as: "marketer" }),
    ask("/api/leads", { headers: { authorization: `Bearer ${keys.admin.slice(0, -1)}` } }),
    ask("/api/leads", { headers: { authorization: `Bearer ${keys.admin}x` } }),
    ask("/api/leads", { headers: { authorization: `Bearer ${keys.admin.toUpperCase()}` } }),
  ]);
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers[0]!.status).toBe(401);
});
