import { beforeAll, expect, test } from "vitest";
import { findLead } from "../../src/leads/leads.store.ts";
import { forEachDatabase } from "../database.ts";
import { pipelined } from "./pipeline.ts";
import { openServer, type Server } from "./server.ts";

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

forEachDatabase("an Idempotency-Key that comes a thousand times at once", (open, { kind, url }) => {
  let servers: Server[];
  let nth = 0;
  beforeAll(async () => {
    const databaseUrl = url(await open());
    // A database of SQLite belongs to one server.
    servers = [await openServer({ databaseUrl })];
    if (kind === "postgres") servers.push(await openServer({ databaseUrl }));
    return async () => {
      for (const server of servers) await server.close();
    };
  });

  /** Sends it so often, shared among all servers, under one new key; all have to give one and the same answer. */
  async function repeat(
    count: number,
    { method, path, body }: Asked,
  ): Promise<{ status: number; body: unknown }> {
    const sent = {
      method,
      path,
      headers: {
        authorization: `Bearer ${servers[0]!.keys.admin}`,
        "content-type": "application/json",
        "idempotency-key": `key-${nth++}`,
      },
      body: JSON.stringify(body),
    };
    const share = Array.from({ length: count / servers.length }, () => sent);
    const heard = await Promise.all(servers.map(({ port }) => pipelined(port, share)));
    const bodies = new Set(heard.flatMap((answers) => [...answers.keys()]));
    expect([...bodies].slice(1)).toEqual([]);
    const times = heard.flatMap((answers) => [...answers.values()]);
    expect(times.reduce((sum, one) => sum + one)).toBe(count);
    const [answer] = bodies;
    return { status: Number(answer!.slice(9, 12)), body: JSON.parse(answer!.split("\r\n\r\n")[1]!) };
  }

  async function rows(table: "events" | "deals" | "leads"): Promise<number> {
    const server = servers[0]!;
    await server.settle();
    return (await server.app.db.kysely.selectFrom(table).selectAll().execute()).length;
  }

  test("records an event once, and gives a thousand times the one answer", async () => {
    const events = { email: "once@customer.example", type: "page.viewed", properties: { path: "/" } };
    const answer = await repeat(1000, { method: "POST", path: "/api/events", body: events });
    expect(answer).toEqual({ status: 202, body: { accepted: 1, duplicates: 0 } });
    // The lead's own first event is one too.
    expect(await rows("events")).toBe(2);
    expect(await rows("leads")).toBe(1);
  });

  test("makes one lead, opens one deal, under the number that all are told, and renames once", async () => {
    const lead = await repeat(60, {
      method: "PUT",
      path: "/api/leads/two@customer.example",
      body: { stage: "mql" },
    });
    expect(lead).toMatchObject({ status: 201, body: { email: "two@customer.example", stage: "mql" } });
    const deal = await repeat(60, {
      method: "POST",
      path: "/api/deals",
      body: { email: "two@customer.example", value: 5 },
    });
    expect(deal).toMatchObject({ status: 201, body: { value: 5 } });
    expect(await rows("deals")).toBe(1);
    const renamed = await repeat(40, {
      method: "POST",
      path: "/api/leads/two@customer.example/rename",
      body: { to: "three@customer.example" },
    });
    expect(renamed).toMatchObject({ status: 200, body: { email: "three@customer.example" } });
    const db = servers[0]!.app.db.kysely;
    expect(await findLead(db, "two@customer.example")).toBeNull();
  });

  test("under other bodies has the effect of one of them; the others are refused", async () => {
    const server = servers[0]!;
    const headers = { "idempotency-key": "one for many" };
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, each) => {
        const body = { email: `many${each}@customer.example`, type: "page.viewed" };
        return servers[each % servers.length]!.ask("/api/events", {
          method: "POST",
          headers: { ...headers, authorization: `Bearer ${server.keys.admin}` },
          body,
        });
      }),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 202)).toHaveLength(1);
    expect(statuses.filter((status) => status === 422)).toHaveLength(199);
    await server.settle();
    const found = await server.app.db.kysely
      .selectFrom("leads")
      .select("email")
      .where("email", "like", "many%")
      .execute();
    expect(found).toHaveLength(1);
    for (const { log } of servers) expect(log).toEqual([]);
  });
});
