import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Case } from "./case.ts";
import { badServers } from "./cases/bad-servers.ts";
import { clockSteps } from "./cases/clock-steps.ts";
import { database } from "./cases/database.ts";
import { frozenWorker } from "./cases/frozen-worker.ts";
import { killSender } from "./cases/kill-sender.ts";
import { killTracking } from "./cases/kill-tracking.ts";
import { malformed } from "./cases/malformed.ts";
import { outage } from "./cases/outage.ts";
import { restore } from "./cases/restore.ts";
import { sigterm } from "./cases/sigterm.ts";
import { unsubscribeInRun } from "./cases/unsubscribe.ts";
import { runCases } from "./run.ts";
import { markdown, printHead, printRow } from "./table.ts";

const AT_ONCE = 2;

/** In the order of the table. Each has a file of its own in cases/. */
const CASES: readonly Case[] = [
  killSender,
  killTracking,
  frozenWorker,
  badServers,
  outage,
  unsubscribeInRun,
  database,
  clockSteps,
  restore,
  sigterm,
  malformed,
];

const USAGE = `npm run torture [-- --seed N] [-- --json FILE] [-- --markdown FILE] [-- --only CASE] [-- --quick]
  --seed N         repeats a run; 1 where left out
  --json FILE      also write what is printed, as JSON
  --markdown FILE  also write it as the table of the docs
  --only CASE      one of ${CASES.map(({ name }) => name).join(", ")}; may be repeated
  --at-once N      so many cases side by side, since most of the time is waiting; ${AT_ONCE} where left out
  --quick          a twentieth of everything: shows that it runs
The exit status is 1 where a row is not ok.`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      json: { type: "string" },
      markdown: { type: "string" },
      only: { type: "string", multiple: true },
      "at-once": { type: "string", default: String(AT_ONCE) },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const whole = (name: "seed" | "at-once", least: number) => {
    const number = Number(values[name]);
    if (/^\d+$/.test(values[name]) && Number.isSafeInteger(number) && number >= least) return number;
    throw new Error(`--${name}: "${values[name]}" is no whole number from ${least}`);
  };
  const unknown = values.only?.find((name) => !CASES.some((one) => one.name === name));
  if (unknown !== undefined) throw new Error(`--only: there is no case "${unknown}"`);
  const files = [values.json, values.markdown].filter((file) => file !== undefined);
  // A run takes minutes: what can't be written should be said now.
  for (const file of files) appendFileSync(file, "");
  return { ...values, seed: whole("seed", 0), atOnce: whole("at-once", 1) };
}

async function main(): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  const { seed, quick, only, json, markdown: page } = options;
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const root = mkdtempSync(join(tmpdir(), "kindling-torture-"));
  process.once("exit", () => rmSync(root, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));
  printHead();
  const chosen = CASES.filter(({ name }) => !only || only.includes(name));
  const rows = await runCases(chosen, options.atOnce, { root, seed, quick }, printRow);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ seed, rows }, null, 2)}\n`);
  if (page !== undefined) writeFileSync(page, markdown(rows));
  return rows.every(({ ok }) => ok) ? 0 : 1;
}

process.exitCode = await main();
