import { join } from "node:path";
import type { Command } from "commander";
import { InputError } from "../config/problems.ts";
import { formatInstant } from "../instant.ts";
import { describeDifference } from "../planning/difference-words.ts";
import type { Difference, Fact } from "../planning/expect.ts";
import { runScenario, type Verdict } from "../planning/scenario.run.ts";
import { openScenarios } from "../planning/scenarios.io.ts";
import type { Expectation } from "../planning/scenario.ts";
import { openProgramme } from "../programme/files.io.ts";
import { counted } from "../reps/words.ts";
import { openWorld } from "../world.ts";
import { progressLine } from "./progress.io.ts";

interface Options {
  readonly config: string;
  readonly templates: string;
  readonly json?: boolean;
}

export function testCommand(program: Command): void {
  program
    .command("test")
    .description(
      "run scenario files: given leads and acts, are these the mails and crossings that come of it?",
    )
    .argument(
      "[places...]",
      "folders or files of scenarios (default: the folder scenarios/ of the configuration)",
    )
    .option("--config <dir>", "the folder of kindling.yaml", "config")
    .option("--templates <dir>", "the folder of the templates", "templates")
    .option("--json", "print what came of each scenario as JSON")
    .addHelpText(
      "after",
      "\nEach scenario lives in a world of its own, in virtual time, and nothing leaves the process.\n" +
        "Exit status: 0 all pass, 1 some fail, 2 a file is wrong.",
    )
    .action(run);
}

async function run(places: readonly string[], options: Options): Promise<void> {
  const verdicts = await runAll(places, options).catch((error: unknown) => {
    if (!options.json || !(error instanceof InputError)) throw error;
    print(JSON.stringify({ ok: false, problems: error.problems }, null, 2));
    process.exitCode = 2;
    return null;
  });
  if (!verdicts) return;
  const failed = verdicts.filter(({ differences }) => differences.length > 0).length;
  if (options.json) print(JSON.stringify(asJson(verdicts, failed), null, 2));
  else for (const line of report(verdicts, failed)) print(line);
  if (failed > 0) process.exitCode = 1;
}

async function runAll(places: readonly string[], { config, templates }: Options): Promise<Verdict[]> {
  const opened = await openProgramme(config, templates);
  const folders = places.length > 0 ? places : [join(config, "scenarios")];
  const scenarios = await openScenarios(folders, opened.programme);
  if (scenarios.length === 0)
    throw new InputError(`${folders.join(", ")}: no scenario is there yet (a file ends in .yaml)`);
  const progress = progressLine("testing", 0, scenarios.length);
  const verdicts: Verdict[] = [];
  try {
    for (const scenario of scenarios) {
      const world = await openWorld({ config, templates, opened, from: scenario.from, seed: 1 });
      try {
        verdicts.push(await runScenario(world, scenario));
      } finally {
        await world.app.close();
      }
      progress.at(verdicts.length);
    }
  } finally {
    progress.end();
  }
  return verdicts;
}

function report(verdicts: readonly Verdict[], failed: number): string[] {
  const lines = verdicts.flatMap(({ scenario, differences }) =>
    differences.length === 0
      ? [`✓ ${scenario.title}`]
      : [
          `✗ ${scenario.title}`,
          ...differences.flatMap((difference) => [
            `  ${placeOf(difference, scenario.file)}`,
            ...describeDifference(difference, scenario).map((line) => `    ${line}`),
          ]),
        ],
  );
  const passed = verdicts.length - failed;
  const all = counted(verdicts.length, "scenario");
  return [...lines, "", failed === 0 ? `${all}, all pass.` : `${all}: ${passed} pass, ${failed} fail.`];
}

/** `config/scenarios/x.yaml:14:5`; the file alone for what no line of it expects. */
function placeOf(difference: Difference, file: string): string {
  if (difference.why === "unexpected") return file;
  return `${file}:${difference.expected.line}:${difference.expected.column}`;
}

function asJson(verdicts: readonly Verdict[], failed: number) {
  return {
    ok: failed === 0,
    passed: verdicts.length - failed,
    failed,
    scenarios: verdicts.map(({ scenario, facts, differences }) => ({
      scenario: scenario.title,
      file: scenario.file,
      ok: differences.length === 0,
      differences: differences.map((difference) => ({
        why: difference.why,
        ...("expected" in difference ? { expected: expectedAsJson(difference.expected) } : {}),
        found: foundIn(difference).map(factAsJson),
        text: describeDifference(difference, scenario),
      })),
      happened: facts.map(factAsJson),
    })),
  };
}

function expectedAsJson({ kind, name, email, asks, when, times, line, column }: Expectation) {
  return {
    line,
    column,
    email,
    [kind]: name,
    ...asks,
    from: formatInstant(when.from),
    until: formatInstant(when.until),
    times,
  };
}

function foundIn(difference: Difference): readonly Fact[] {
  if (difference.why === "count") return difference.found;
  const one = difference.why === "missing" ? difference.nearest : difference.found;
  return one ? [one] : [];
}

function factAsJson({ at, line }: Fact) {
  const { message: _row, deal: _deal, until, ...shown } = line;
  return {
    ...shown,
    at: formatInstant(at),
    ...(typeof until === "number" ? { until: formatInstant(until) } : {}),
  };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
