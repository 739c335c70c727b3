import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { Option, type Command } from "commander";
import { InputError } from "../config/problems.ts";
import { formatInstant, parseInstant, type Instant } from "../instant.ts";
import type { Happening } from "../lifecycle/changes.ts";
import { readScriptLine, type ScriptLead, type ScriptLine } from "../planning/script.ts";
import { simulate } from "../planning/simulate.run.ts";
import { LineError, parseLeadLine } from "../scoring/lines.ts";
import { openWorld } from "../world.ts";
import { readJsonLines } from "./jsonl.io.ts";
import { progressLine } from "./progress.io.ts";

interface Options {
  readonly config: string;
  readonly templates: string;
  readonly leads: string;
  readonly script: string;
  readonly from: string;
  readonly until: string;
  readonly out: string;
  readonly seed: number;
}

export function simulateCommand(program: Command): void {
  program
    .command("simulate")
    .description("live a script through in virtual time, on the real engine, to a log of all that happened")
    .option("--config <dir>", "the folder of kindling.yaml", "config")
    .option("--templates <dir>", "the folder of the templates", "templates")
    .requiredOption("--leads <file>", "JSON Lines: email, at, attributes")
    .requiredOption(
      "--script <file>",
      "JSON Lines: events (email, type, at, …) and reactions (email, on, after, type, …)",
    )
    .requiredOption("--from <instant>", "where virtual time begins (ISO 8601); what lies before is history")
    .requiredOption("--until <instant>", "where it ends, included")
    .requiredOption("--out <file>", "where the log goes, JSON Lines; - for stdout")
    .addOption(new Option("--seed <n>", "same input and seed, same bytes").default(1).argParser(wholeNumber))
    .action(run);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InputError(`--seed must be a whole number, not "${text}"`);
  return Number(text);
}

async function run(options: Options): Promise<void> {
  const from = instantFlag("--from", options.from);
  const until = instantFlag("--until", options.until);
  if (until < from) throw new InputError("--until lies before --from");
  const leads = await readLeads(options.leads);
  const lines = await readScript(options.script);
  const world = await openWorld({
    config: options.config,
    templates: options.templates,
    from,
    seed: options.seed,
  });
  const out = await openOut(options.out).catch(async (error: unknown) => {
    await world.app.close();
    throw error;
  });
  const written: string[] = [];
  const flush = async () => {
    if (written.length > 0 && !out.write(written.splice(0).join(""))) await once(out, "drain");
  };
  const progress = progressLine("simulating", from, until);
  try {
    await simulate(
      world,
      { leads, lines, from, until },
      (line) => written.push(writeHappening(line)),
      progress.at,
    );
    await flush();
    if (out !== process.stdout) {
      out.end();
      await once(out, "finish");
    }
  } finally {
    progress.end();
    await world.app.close();
  }
}

/** A file that is ready to be written, or stdout. Throws InputError. */
async function openOut(path: string): Promise<NodeJS.WritableStream> {
  if (path === "-") return process.stdout;
  const out = createWriteStream(path);
  await once(out, "open").catch(({ code }: NodeJS.ErrnoException) => {
    throw new InputError(`${path}: can't be written (${code})`);
  });
  return out;
}

/** A line of the log: instants are written out, numbers of rows are left out. */
function writeHappening(line: Happening): string {
  const { message: _row, deal: _deal, ...shown } = line;
  const until = line["until"];
  const at = formatInstant(line.at);
  return `${JSON.stringify({ ...shown, at, ...(typeof until === "number" ? { until: formatInstant(until) } : {}) })}\n`;
}

function instantFlag(flag: string, text: string): Instant {
  const at = parseInstant(text);
  if (at === undefined)
    throw new InputError(`${flag} must be an instant with a zone, like 2026-01-03T10:00:00Z, not "${text}"`);
  return at;
}

async function readLeads(file: string): Promise<ScriptLead[]> {
  const leads = new Map<string, ScriptLead>();
  await readJsonLines(file, (text) => {
    const lead = parseLeadLine(text);
    if (leads.has(lead.email)) throw new LineError(`${lead.email} is on a line above already`);
    leads.set(lead.email, lead);
  });
  return [...leads.values()];
}

async function readScript(file: string): Promise<ScriptLine[]> {
  const lines: ScriptLine[] = [];
  await readJsonLines(file, (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new LineError("is no JSON");
    }
    const line = readScriptLine(value);
    if (typeof line === "string") throw new LineError(line);
    lines.push(line);
  });
  return lines;
}
