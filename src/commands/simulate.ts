import { Option, type Command } from "commander";
import { InputError } from "../config/problems.ts";
import { DAY, parseInstant, type Instant } from "../instant.ts";
import { readScriptLine, type ScriptLead, type ScriptLine } from "../planning/script.ts";
import { simulate } from "../planning/simulate.run.ts";
import { LineError, parseLeadLine } from "../scoring/lines.ts";
import { openWorld } from "../world.ts";
import { readJsonLines } from "./jsonl.io.ts";
import { openLog } from "./log.io.ts";
import { PERSONAS_FOR, PERSONAS_FROM, showPersonas } from "./personas.ts";
import { progressLine } from "./progress.io.ts";

interface Options {
  readonly config: string;
  readonly templates: string;
  readonly leads?: string;
  readonly script?: string;
  readonly from?: string;
  readonly until?: string;
  readonly out?: string;
  readonly seed: number;
  readonly personas?: true;
  readonly leadsPerPersona?: number;
  readonly html?: string;
}

export function simulateCommand(program: Command): void {
  program
    .command("simulate")
    .description("live a script through in virtual time, on the real engine, to a log of all that happened")
    .option("--config <dir>", "the folder of kindling.yaml", "config")
    .option("--templates <dir>", "the folder of the templates", "templates")
    .option("--leads <file>", "JSON Lines: email, at, attributes")
    .option(
      "--script <file>",
      "JSON Lines: events (email, type, at, …) and reactions (email, on, after, type, …)",
    )
    .option("--from <instant>", "where virtual time begins (ISO 8601); what lies before is history")
    .option("--until <instant>", "where it ends, included")
    .option("--out <file>", "where the log goes, JSON Lines; - for stdout")
    .addOption(
      new Option("--seed <n>", "same input and seed, same bytes").default(1).argParser(wholeNumber("--seed")),
    )
    .option("--personas", "without leads and a script: what each kind of lead would live through here")
    .addOption(
      new Option("--leads-per-persona <n>", "with --personas: how many of each kind (default: 20)").argParser(
        wholeNumber("--leads-per-persona"),
      ),
    )
    .option("--html <file>", "with --personas: write it as a page to look at, too")
    .addHelpText(
      "after",
      `\nA script needs --leads, --script, --from, --until and --out; personas begin ${PERSONAS_FROM.slice(0, 10)}\n` +
        `and live ${PERSONAS_FOR / DAY} days where --from and --until are left out. Nothing leaves the process.`,
    )
    .action(run);
}

function wholeNumber(flag: string) {
  return (text: string): number => {
    if (!/^\d{1,15}$/.test(text)) throw new InputError(`${flag} must be a whole number, not "${text}"`);
    return Number(text);
  };
}

async function run(options: Options): Promise<void> {
  if (options.personas) return runPersonas(options);
  for (const flag of ["html", "leadsPerPersona"] as const)
    if (options[flag] !== undefined) throw new InputError(`--${kebab(flag)} goes with --personas`);
  const leadsFile = needed(options.leads, "--leads <file>");
  const scriptFile = needed(options.script, "--script <file>");
  const from = instantFlag("--from", needed(options.from, "--from <instant>"));
  const until = instantFlag("--until", needed(options.until, "--until <instant>"));
  const path = needed(options.out, "--out <file>");
  if (until < from) throw new InputError("--until lies before --from");
  const leads = await readLeads(leadsFile);
  const lines = await readScript(scriptFile);
  const { config, templates, seed } = options;
  const world = await openWorld({ config, templates, from, seed });
  const progress = progressLine("simulating", from, until);
  try {
    const log = await openLog(path);
    await simulate(world, { leads, lines, from, until }, log.write, progress.at);
    await log.end();
  } finally {
    progress.end();
    await world.app.close();
  }
}

function runPersonas(options: Options): Promise<void> {
  for (const flag of ["leads", "script"] as const)
    if (options[flag] !== undefined) throw new InputError(`--${flag} can't stand beside --personas`);
  const from = instantFlag("--from", options.from ?? PERSONAS_FROM);
  const until = options.until === undefined ? from + PERSONAS_FOR : instantFlag("--until", options.until);
  if (until < from) throw new InputError("--until lies before --from");
  const { config, templates, seed, leadsPerPersona: each = 20, out = null, html = null } = options;
  if (each < 1 || each > 10_000) throw new InputError("--leads-per-persona must be from 1 to 10000");
  return showPersonas({ config, templates, from, until, seed, each, out, html });
}

/** What only a script needs. As commander says it of options that are always required. */
function needed(value: string | undefined, flag: string): string {
  if (value === undefined)
    throw new InputError(`error: required option '${flag}' not specified (--help says more)`);
  return value;
}

function kebab(flag: string): string {
  return flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
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
