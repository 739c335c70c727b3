import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { checkShape } from "../config/explain.ts";
import { hasErrors, InputError, inOrder, type Problem } from "../config/problems.ts";
import { readYaml } from "../config/yaml.ts";
import type { Programme } from "../programme/programme.ts";
import { scenarioFile } from "./scenario-file.ts";
import { checkScenarioNames } from "./scenario-names.ts";
import { readScenario, type Scenario } from "./scenario.ts";

/**
 * The scenarios of these folders and files, by path. Throws InputError with all that is wrong in any of them. A folder
 * that `mayBeAbsent` is empty then.
 */
export async function openScenarios(
  places: readonly string[],
  programme: Programme,
  mayBeAbsent = false,
): Promise<Scenario[]> {
  const scenarios: Scenario[] = [];
  const problems: Problem[] = [];
  const files = (await Promise.all(places.map((place) => filesAt(place, mayBeAbsent)))).flat();
  for (const file of [...new Set(files)].sort()) {
    const { source, problems: unread } = readYaml(file, await readText(file));
    problems.push(...unread);
    if (!source) continue;
    const checked = checkShape(scenarioFile, source);
    if ("problems" in checked) {
      problems.push(...checked.problems);
      continue;
    }
    const read = readScenario(checked.value, source, programme.settings.company);
    problems.push(...read.problems, ...checkScenarioNames(checked.value, source, programme));
    scenarios.push(read.scenario);
  }
  if (hasErrors(problems)) throw new InputError(inOrder(problems));
  return scenarios;
}

async function filesAt(place: string, mayBeAbsent: boolean): Promise<string[]> {
  const found = await stat(place).catch(() => null);
  if (found?.isFile()) return [place];
  if (!found?.isDirectory()) {
    if (mayBeAbsent) return [];
    throw new InputError(`${place}: there is no such folder or file`);
  }
  const names = await readdir(place, { recursive: true });
  return names.filter((name) => /\.ya?ml$/.test(name)).map((name) => join(place, name));
}

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch {
    throw new InputError([
      { file, line: null, column: null, message: "can't be read as UTF-8 text", severity: "error" },
    ]);
  }
}
