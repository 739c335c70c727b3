import { expect, test } from "vitest";
import { flood } from "../../torture/flood.ts";
import { malformed } from "../../torture/malformed.ts";
import { memoryUsed } from "./memory.ts";
import { dice } from "./mutations.ts";
import { act, ADA, created, openServer } from "./server.ts";

const SEED = 20_261_122;
const MB = 1024 * 1024;

test(
  "10,000 malformed requests: each is answered, none with a failure of ours, and memory stays where it was",
  { timeout: 120_000 },
  async () => {
    const server = await openServer();
    await server.arrive(ADA, created(), act("welcome.asked"), act("demo.requested"));
    await server.settle();
    const { admin, rep, ingest } = server.keys;
    const next = malformed(dice(SEED), [admin, admin, rep, ingest]);
    // What is kept for good (compiled code, counters by address) is there after the first.
    const first = await flood(server.port, next, 4000);
    const before = memoryUsed();
    const rest = await flood(server.port, next, 6000);
    expect([...first.faults, ...rest.faults]).toEqual([]);
    // What a connection that has just ended held is let go of a moment later.
    await expect.poll(() => memoryUsed() - before, { timeout: 10_000 }).toBeLessThan(16 * MB);
    // Whatever is sent, it can't fill the log.
    expect(server.log).toEqual([]);
    for (const status of ["200", "400", "401", "403", "404", "415", "422"])
      expect(rest.statuses.get(status), status).toBeGreaterThan(0);
    expect((await server.ask("/readyz")).status).toBe(200);
    expect((await server.ask(`/api/leads/${ADA}`, { as: "admin" })).status).toBe(200);
    await server.settle();
    await server.close();
  },
);
