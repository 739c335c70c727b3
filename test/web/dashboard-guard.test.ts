import type { Hono } from "hono";
import { beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../../src/db/open.io.ts";
import { migrateToLatest } from "../../src/db/migrate.store.ts";
import { MINUTE } from "../../src/instant.ts";
import { dashboardRoutes } from "../../src/web/dashboard/dashboard.routes.tsx";
import { addKey } from "../../src/web/keys.store.ts";
import { openHouse, type House } from "../reps/house.ts";

const KEY = "an admin key of the environment";

describe("the dashboard before there is a login", () => {
  let house: House;
  let app: Hono;

  beforeEach(async () => {
    const db = await openDatabase("sqlite::memory:");
    await migrateToLatest(db.kysely);
    house = await openHouse(db);
    app = dashboardAt("http://localhost:3000");
    return () => db.close();
  });

  function dashboardAt(baseUrl: string): Hono {
    const { tokenKeys } = house.links;
    return dashboardRoutes({ spine: house.spine, tokenKeys, baseUrl, captured: true, apiKey: KEY });
  }

  async function status(
    address: string | null,
    headers: Record<string, string> = {},
    path = "/",
  ): Promise<number> {
    const env = address === null ? {} : { incoming: { socket: { remoteAddress: address } } };
    return (await app.request(path, { headers }, env)).status;
  }

  const basic = (key: string) => ({
    authorization: `Basic ${Buffer.from(`me:${key}`).toString("base64")}`,
  });

  test("opens for whoever sits at this machine", async () => {
    expect(await status("127.0.0.1")).toBe(200);
    expect(await status("::1", { host: "localhost:3000" })).toBe(200);
    expect(await status("::ffff:127.0.0.1", { host: "[::1]:3000" })).toBe(200);
  });

  test("asks everybody else for a key", async () => {
    const response = await app.request("/", {}, { incoming: { socket: { remoteAddress: "192.0.2.7" } } });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe('Basic realm="Kindling", charset="UTF-8"');
    expect(await status(null)).toBe(401);
    expect(await status("127.0.0.1", { "x-forwarded-for": "192.0.2.7" })).toBe(401);
    expect(await status("127.0.0.1", { host: "rebound.example" })).toBe(401);
    for (const path of [
      "/leads/a%40b.example",
      "/sequences",
      "/notices",
      "/mailbox",
      "/mailbox/1",
      "/mailbox/1/mail",
    ])
      expect(await status("192.0.2.7", {}, path)).toBe(401);
    const post = { method: "POST", headers: { "sec-fetch-site": "same-origin" } };
    for (const path of ["/hold", "/release", "/mailbox/1/send-again"])
      expect((await app.request(path, post, {})).status).toBe(401);
  });

  test("asks for a key on this machine too where the world reaches it by another name, since a proxy stands there", async () => {
    app = dashboardAt("https://kindling.acme.example");
    expect(await status("127.0.0.1", { host: "localhost:3000" })).toBe(401);
    expect(await status("127.0.0.1", { host: "kindling.acme.example", ...basic(KEY) })).toBe(200);
  });

  test("opens with the environment's key or an admin's, as a bearer or a browser's password, and with no other", async () => {
    const db = house.spine.db.kysely;
    const now = house.clock.now();
    const admin = await addKey(db, { name: "me", role: "admin", rep: null }, now);
    const rep = await addKey(db, { name: "maria", role: "rep", rep: "maria" }, now);
    expect(await status("192.0.2.7", basic(KEY))).toBe(200);
    expect(await status("192.0.2.7", { authorization: `Bearer ${admin.key}` })).toBe(200);
    expect(await status("192.0.2.7", basic(admin.key))).toBe(200);
    expect(await status("192.0.2.7", basic(rep.key))).toBe(401);
    expect(await status("192.0.2.7", basic(""))).toBe(401);
    expect(await status("192.0.2.7", { authorization: "Basic %%%" })).toBe(401);
  });

  test("counts wrong keys by address, and lets nobody try for ever", async () => {
    for (let n = 0; n < 20; n++) expect(await status("192.0.2.7", basic(`guess ${n}`))).toBe(401);
    expect(await status("192.0.2.7", basic(KEY))).toBe(429);
    expect(await status("192.0.2.8", basic(KEY))).toBe(200);
    house.clock.jumpTo(house.clock.now() + 2 * MINUTE);
    expect(await status("192.0.2.7", basic(KEY))).toBe(200);
  });
});
