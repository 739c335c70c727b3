import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { measure, type Bench } from "./measure.ts";
import { freePort } from "../test/free-port.ts";

const MB = 1024 * 1024;
/** ms, by which a started server has come to rest. */
const REST = 5000;

/** What `kindling start` holds while nothing happens, against a Node.js that does nothing. Linux only: it reads /proc. */
export const memoryBench: Bench = {
  name: "memory",
  async run({ quick, folder }) {
    let run = 0;
    const row = await measure({
      name: "memory of the started server, idle",
      unit: "MB",
      against: "a Node.js that does nothing",
      rounds: 1,
      target: { of: "value", at_most: 150 },
      value: () => serverMemory(join(folder, `memory-${++run}.db`), quick ? 500 : REST),
      limit: () => memoryOf(["-e", "setInterval(() => {}, 1000)"], {}, () => sleep(500)),
    });
    return [row];
  },
};

async function serverMemory(database: string, rest: number): Promise<number> {
  const main = fileURLToPath(new URL("../src/main.js", import.meta.url));
  const port = await freePort();
  const variables = { DATABASE_URL: `sqlite:${database}`, HOST: "127.0.0.1", PORT: String(port) };
  return memoryOf([main, "start"], variables, async (alive) => {
    while (!(await answers(port))) {
      if (!alive()) throw new Error("`kindling start` ended by itself");
      await sleep(100);
    }
    await sleep(rest);
  });
}

/** Resident memory of a process, in MB, once it is `ready`. */
async function memoryOf(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
  ready: (alive: () => boolean) => Promise<unknown>,
): Promise<number> {
  const { SMTP_URL: _none, ...inherited } = process.env;
  const child = spawn(process.execPath, args, { stdio: "ignore", env: { ...inherited, ...variables } });
  const gone = once(child, "exit");
  try {
    await ready(() => child.exitCode === null);
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"));
    return (Number(resident![1]) * 1024) / MB;
  } finally {
    child.kill("SIGTERM");
    await gone;
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/t/o/none.gif`);
    return true;
  } catch {
    return false;
  }
}
