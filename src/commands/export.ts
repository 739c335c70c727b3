import { open } from "node:fs/promises";
import { Option, type Command } from "commander";
import { openApp, type App } from "../app.ts";
import { formatProblem, InputError } from "../config/problems.ts";
import { normaliseEmail } from "../leads/address.ts";
import { wholeRecord } from "../lifecycle/export-lead.run.ts";
import { compileFilter, type Filter } from "../lifecycle/filter.ts";
import { exportEvents, exportLeads, type ExportFormat } from "../lifecycle/export.run.ts";
import { readFilter } from "../programme/filter.ts";
import type { Programme } from "../programme/programme.ts";

interface Options {
  readonly config: string;
  readonly templates: string;
  readonly format?: ExportFormat;
  readonly out: string;
  readonly lead?: string;
  readonly where?: string;
}

export function exportCommand(program: Command): void {
  program
    .command("export")
    .description("write all leads or events as import reads them; or one person's whole record")
    .argument("[what]", "leads or events", "leads")
    .addOption(
      new Option("--format <format>", "default: by the ending of --out, else csv").choices(["csv", "jsonl"]),
    )
    .option("--out <file>", "where it goes; - for stdout", "-")
    .option("--lead <email>", "all that is kept of one person, as JSON")
    .option("--where <condition>", "only leads for whom it holds, like '{ attribute: country, is: PT }'")
    .option("--config <dir>", "the folder of kindling.yaml", "config")
    .option("--templates <dir>", "the folder of the templates", "templates")
    .action(run);
}

async function run(what: string, options: Options): Promise<void> {
  if (what !== "leads" && what !== "events")
    throw new InputError(`there are leads and events to export, but no "${what}"`);
  if (options.where !== undefined && (what === "events" || options.lead !== undefined))
    throw new InputError("--where chooses among leads: it goes neither with events nor with --lead");
  const app = await openApp({
    config: options.config,
    templates: options.templates,
    apply: false,
    patient: true,
  });
  try {
    if (options.lead === undefined) await exportAll(app, what, options);
    else await exportOne(app, options.lead, options.out);
  } finally {
    await app.close();
  }
}

async function exportAll(
  { spine }: App,
  what: "leads" | "events",
  { format, out, where }: Options,
): Promise<void> {
  const kind = format ?? (/\.(jsonl|ndjson)$/i.test(out) ? "jsonl" : "csv");
  const filter = where === undefined ? null : filterOf(where, spine.programme());
  let count = 0;
  await writingTo(out, async (print) => {
    count =
      what === "leads"
        ? await exportLeads(spine, kind, print, filter)
        : await exportEvents(spine, kind, print);
  });
  if (out !== "-") process.stderr.write(`${out}: ${count.toLocaleString("en")} ${what}\n`);
}

function filterOf(text: string, programme: Programme): Filter {
  const read = readFilter(text, programme, "--where");
  if ("problems" in read) throw new InputError(read.problems);
  for (const doubt of read.doubts) process.stderr.write(`${formatProblem(doubt)}\n`);
  return compileFilter(read.condition);
}

async function exportOne({ spine }: App, text: string, out: string): Promise<void> {
  const email = normaliseEmail(text);
  const record = email === null ? null : await wholeRecord(spine, email);
  if (record === null) throw new InputError(`there is no lead ${text}`);
  await writingTo(out, (print) => print(`${JSON.stringify(record, null, 2)}\n`));
}

/** Opens the file (or stdout), lets it be written at its own speed, and closes it. Throws InputError. */
async function writingTo(
  path: string,
  write: (print: (text: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  if (path === "-") return writingToStdout(write);
  const out = await open(path, "w").catch(({ code }: NodeJS.ErrnoException) => {
    throw new InputError(`${path}: can't be written (${code})`);
  });
  try {
    await write((text) => out.writeFile(text));
  } finally {
    await out.close();
  }
}

/** Whoever reads may have had enough (`kindling export | head`): that is no failure. */
async function writingToStdout(
  write: (print: (text: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  // The failure comes to the callback too; without a listener it would end the process.
  process.stdout.on("error", () => {});
  try {
    await write(
      (text) =>
        new Promise((resolve, reject) => {
          process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
        }),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}
