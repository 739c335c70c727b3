import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Case, Row } from "./case.ts";
import { badServers } from "./cases/bad-servers.ts";
import { clockSteps } from "./cases/clock-steps.ts";
import { database } from "./cases/database.ts";
import { frozenWorker } from "./cases/frozen-worker.ts";
import { killSender } from "./cases/kill-sender.ts";
import { killTracking } from "./cases/kill-tracking.ts";
import { malformed } from "./cases/malformed.ts";
import { outage } from "./cases/outage.ts";
import { sigterm } from "./cases/sigterm.ts";
import { unsubscribeInRun } from "./cases/unsubscribe.ts";
import { runCase } from "./run.ts";
import { markdown, printHead, printRow } from "./table.ts";

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
  sigterm,
  malformed,
];

const USAGE = `npm run torture [-- --seed N] [-- --json FILE] [-- --markdown FILE] [-- --only CASE] [-- --quick]
  --seed N         repeats a run; 1 where left out
  --json FILE      also write what is printed, as JSON
  --markdown FILE  also write it as a table for the docs
  --only CASE      one of ${CASES.map(({ name }) => name).join(", ")}; may be repeated
  --quick          a twentieth of everything: shows that it runs
The exit status is 1 where a row is not ok.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      json: { type: "string" },
      markdown: { type: "string" },
      only: { type: "string", multiple: true },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    console.error(`--seed: "${values.seed}" is no whole number\n${USAGE}`);
    return 2;
  }
  const unknown = values.only?.find((name) => !CASES.some((one) => one.name === name));
  if (unknown !== undefined) {
    console.error(`there is no case ${unknown}\n${USAGE}`);
    return 2;
  }
  const chosen = CASES.filter(({ name }) => !values.only || values.only.includes(name));
  const rows: Row[] = [];
  const root = mkdtempSync(join(tmpdir(), "kindling-torture-"));
  try {
    printHead();
    for (const one of chosen) {
      for (const row of await runCase(one, { root, seed, quick: values.quick })) {
        rows.push(row);
        printRow(row);
      }
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ seed, rows }, null, 2)}\n`);
  if (values.markdown !== undefined) writeFileSync(values.markdown, markdown(rows));
  return rows.every(({ ok }) => ok) ? 0 : 1;
}

process.exitCode = await main();
