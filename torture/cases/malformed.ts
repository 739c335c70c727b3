import { readFileSync } from "node:fs";
import type { Case } from "../case.ts";
import { flood } from "../flood.ts";
import { malformed as generator } from "../malformed.ts";

const MB = 1024 * 1024;
/** More than V8 leaves uncollected. */
const MOST_GROWTH = 48 * MB;

/** With all the memory that it may have V8 tidies up late, and nothing can be told from what it holds. */
const SMALL_HEAP = "--max-old-space-size=96 --max-semi-space-size=8";

/** Until the program is compiled and has as much memory as it wants; of a quick run too. */
const WARM_UP = 20_000;

/** A hundred thousand requests as no client of good will sends them, to every route. */
export const malformed: Case = {
  name: "malformed",
  async run(context) {
    const house = await context.openHouse();
    const keys = [];
    for (const role of ["admin", "ingest"]) {
      const { out } = await house.run("keys", "add", "--role", role, "--name", role);
      keys.push(out.trim());
    }
    const product = await house.start({ environment: { NODE_OPTIONS: SMALL_HEAP } });
    await house.api("PUT", "/api/leads/ada@customer.example", {});
    const port = Number(new URL(house.baseUrl).port);
    const next = generator((below) => Math.floor(context.random() * below), keys);
    const first = await flood(port, next, WARM_UP);
    const before = memoryOf(product.pid);
    context.say(`${first.sent} of them, ${Math.round(before / MB)} MB`);
    const rest = await flood(port, next, context.scaled(80_000));
    const growth = memoryOf(product.pid) - before;
    const faults = [...first.faults, ...rest.faults];
    for (const fault of faults.slice(0, 3)) context.say(fault);
    const alive = (await house.api("GET", "/readyz")).status === 200;
    const said = product.err.trim() === "" ? 0 : product.err.trim().split("\n").length;
    const ended = await product.kill("SIGTERM");
    return [
      {
        case: `${(first.sent + rest.sent).toLocaleString("en")} malformed requests to every route`,
        expected: "all answered, none with a failure; memory steady, nothing logged, alive",
        got: `${faults.length} failures; ${growth > MOST_GROWTH ? "" : "less than "}${Math.round(Math.max(growth, MOST_GROWTH) / MB)} MB more, ${said} lines logged, ${alive ? "alive" : "dead"}`,
        ok: faults.length === 0 && growth <= MOST_GROWTH && said === 0 && alive && ended.status === 0,
      },
    ];
  },
};

/** What the process holds of the machine's memory, in bytes. */
function memoryOf(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found![1]) * 1024;
}
