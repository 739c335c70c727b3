import { join } from "node:path";
import type { Command } from "commander";
import { suggest } from "../config/nearest.ts";
import { formatProblem, hasErrors, InputError } from "../config/problems.ts";
import type { Problem } from "../config/problems.ts";
import { doubtKey } from "../email/dkim-key.io.ts";
import { checkScenarios } from "../planning/scenarios.io.ts";
import { openWorkable } from "../programme/files.io.ts";
import { describeSums, modelSums } from "../programme/model-sums.ts";
import type { Programme } from "../programme/programme.ts";

interface Options {
  readonly config: string;
  readonly templates: string;
  readonly json?: boolean;
  readonly model?: string | true;
}

export function checkCommand(program: Command): void {
  program
    .command("check")
    .description("check everything in config/ and templates/; every mistake at once")
    .option("--config <dir>", "the folder of kindling.yaml", "config")
    .option("--templates <dir>", "the folder of the templates", "templates")
    .option("--json", "print what is wrong as JSON")
    .option("--model [name]", "print what a scoring model can give, and its maximum")
    .action(check);
}

async function check(options: Options): Promise<void> {
  const found = await load(options);
  if ("problems" in found) {
    print(JSON.stringify({ ok: false, problems: found.problems }, null, 2));
    process.exitCode = 2;
    return;
  }
  const { programme, warnings, scenarios } = found;
  const model = options.model === undefined ? null : pickModel(programme, options.model);
  if (options.json) {
    const sums = model && { model: model.name, ...modelSums(model) };
    print(JSON.stringify({ ok: true, problems: warnings, ...(sums && { sums }) }, null, 2));
    return;
  }
  for (const warning of warnings) process.stderr.write(`${formatProblem(warning)}\n`);
  print(model ? describeSums(model, modelSums(model)) : summary(programme, scenarios));
}

/** With --json mistakes are output too, on stdout; without, they are thrown for people to read. */
async function load(
  options: Options,
): Promise<Awaited<ReturnType<typeof openAll>> | { problems: readonly Problem[] }> {
  try {
    return await openAll(options);
  } catch (error) {
    if (options.json && error instanceof InputError) return { problems: error.problems };
    throw error;
  }
}

/** The programme and, beside it, the marketer's own tests of it. */
async function openAll({ config, templates }: Options) {
  const opened = await openWorkable(config, templates).catch((error: unknown) => {
    if (error instanceof InputError) return error;
    throw error;
  });
  const wrong = opened instanceof InputError;
  const scenarios = await checkScenarios(join(config, "scenarios"), wrong ? null : opened.programme);
  const problems = [...(wrong ? opened.problems : []), ...scenarios.problems];
  if (wrong || hasErrors(problems)) throw new InputError(problems);
  const { programme, files } = opened;
  const doubts = doubtKey(programme.settings.mail, config, files.get("config/kindling.yaml") ?? "");
  const warnings = [...opened.warnings, ...doubts, ...scenarios.problems];
  return { programme, warnings, scenarios: scenarios.count };
}

function pickModel(programme: Programme, name: string | true) {
  const [first] = programme.models;
  const model = name === true ? first : programme.models.find((one) => one.name === name);
  if (model) return model;
  const names = programme.models.map((one) => one.name);
  const hint = name === true ? "config/scoring/ is empty" : suggest(name, names);
  throw new InputError(`there is no model${name === true ? "" : ` "${name}"`}${hint ? ` (${hint})` : ""}`);
}

function summary({ models, sequences, segments, templates, reps }: Programme, scenarios: number): string {
  const parts = [
    count(models.length, "model"),
    count(sequences.size, "sequence"),
    count(segments.length, "segment"),
    count(templates.size, "template"),
    count(reps.reps.length, "rep"),
    ...(scenarios > 0 ? [count(scenarios, "scenario")] : []),
  ];
  return `All is right: ${parts.join(", ")}.`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
