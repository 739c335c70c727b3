import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import Native from "better-sqlite3";
import { afterEach, expect, test } from "vitest";
import { openDatabase } from "../../../src/db/open.io.ts";
import { eventInput } from "../../../src/events/input.ts";
import { appendToInbox } from "../../../src/events/inbox.store.ts";
import { Overtaken } from "../../../src/lifecycle/overtaken.ts";
import { errorResponse } from "../../../src/web/errors.ts";
import { forEachDatabase } from "../../database.ts";
import { openHouse, START } from "./house.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const closer of closers.splice(0).reverse()) await closer();
});

/** A way to this server that can be cut. */
async function wire(url: string): Promise<{ url: string; cut: () => Promise<void> }> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const through = new URL(url);
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  closers.push(cut);
  return { url: through.href, cut };
}

const READS = ["/api/leads/ana@acme.example", "/api/leads", "/api/messages", "/api/sequences", "/api/deals"];

test("a request that finds a lead under a version which this process can't run yet is to be asked again, and is no fault", async () => {
  const warnings: string[] = [];
  const answer = errorResponse(new Overtaken(), { warn: (said) => void warnings.push(said) });
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await answer.json()).toMatchObject({ type: "/api/docs#overtaken" });
  expect(warnings).toEqual([]);
});

forEachDatabase("a database in trouble", (open, { kind, url }) => {
  test.runIf(kind === "postgres")("one that is gone makes reads 503, to be asked again later", async () => {
    const way = await wire(url(await open()));
    const database = await openDatabase(way.url);
    closers.push(() => database.close());
    const { call, warnings } = await openHouse(database);
    await way.cut();
    for (const path of READS) {
      const { status, headers, body } = await call("GET", path);
      expect([path, status, body.type]).toEqual([path, 503, "/api/docs#unreachable"]);
      expect(headers.get("content-type")).toBe("application/problem+json");
      expect(headers.get("retry-after")).toBe("5");
    }
    expect(warnings).toHaveLength(READS.length);
    expect((await call("GET", "/healthz")).status).toBe(200);
    expect((await call("GET", "/readyz")).status).toBe(503);
  });

  test.runIf(kind === "sqlite")(
    "one that another process holds makes reads 503 while something waits to be folded",
    async () => {
      const database = await open();
      const { call, spine, warnings } = await openHouse(database);
      const inputs = [eventInput("call.made", "lead", {})];
      const to = { email: "ana@acme.example" };
      await spine.db.unit((trx) =>
        appendToInbox(trx, [{ to, at: START, live: true, create: "yes", inputs }]),
      );
      const other = new Native(url(database).slice("sqlite:".length));
      closers.push(() => other.close());
      other.exec("begin immediate");
      for (const path of READS.slice(0, 2)) {
        const { status, headers, body } = await call("GET", path);
        expect([path, status, body.type]).toEqual([path, 503, "/api/docs#busy"]);
        expect(headers.get("retry-after")).toBe("1");
      }
      other.exec("rollback");
      expect((await call("GET", READS[0]!)).status).toBe(200);
      expect(warnings).toEqual([]);
    },
  );
});
