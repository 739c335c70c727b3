import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { backtestBench } from "./backtest.ts";
import { filterBench } from "./filter.ts";
import { foldBench } from "./fold.ts";
import { hitsBench } from "./hits.ts";
import { inFolder, isMet, machine, type Bench, type Row } from "./measure.ts";
import { memoryBench } from "./memory.ts";
import { planBench } from "./plan.ts";
import { renderBench } from "./render.ts";
import { sendBench } from "./send.ts";
import { simulateBench } from "./simulate.ts";
import { spineBench } from "./spine.ts";
import { printHead, printRow } from "./table.ts";

/** In the order of a lead's way through the house. */
const BENCHES: readonly Bench[] = [
  hitsBench,
  spineBench,
  foldBench,
  filterBench,
  renderBench,
  sendBench,
  simulateBench,
  backtestBench,
  planBench,
  memoryBench,
];

const USAGE = `npm run bench [-- --json FILE] [-- --only NAME] [-- --quick]
  --json FILE   also write what is printed, as JSON
  --only NAME   one of ${BENCHES.map((bench) => bench.name).join(", ")}; may be repeated
  --quick       small and inexact: shows that it runs; a missed target is no failure`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: "string" },
      only: { type: "string", multiple: true },
      quick: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const unknown = values.only?.find((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown !== undefined) {
    console.error(`there is no bench ${unknown}\n${USAGE}`);
    return 2;
  }
  const rows: Row[] = [];
  console.log(machine());
  printHead();
  await inFolder(async (folder) => {
    for (const bench of BENCHES) {
      if (values.only && !values.only.includes(bench.name)) continue;
      for (const row of await bench.run({ quick: values.quick, folder })) {
        rows.push(row);
        printRow(row);
      }
    }
  });
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ machine: machine(), rows }, null, 2)}\n`);
  }
  const missed = rows.filter((row) => !isMet(row));
  if (missed.length > 0) console.log(`\nmissed: ${missed.map((row) => row.name).join(", ")}`);
  return missed.length === 0 || values.quick ? 0 : 1;
}

process.exitCode = await main();
