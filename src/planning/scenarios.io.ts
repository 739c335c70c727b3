import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { checkShape } from "../config/explain.ts";
import { hasErrors, InputError, inOrder, type Problem } from "../config/problems.ts";
import { readYaml } from "../config/yaml.ts";
import type { Programme } from "../programme/programme.ts";
import { scenarioFile } from "./scenario-file.ts";
import { checkScenarioNames } from "./scenario-names.ts";
import { readScenario, type Scenario } from "./scenario.ts";

/** The scenarios of these folders and files, by path. Throws InputError with all that is wrong in any of them. */
export async function openScenarios(places: readonly string[], programme: Programme): Promise<Scenario[]> {
  const files = (await Promise.all(places.map(filesAt))).flat();
  const { scenarios, problems, missing } = await readFiles(files, programme);
  const wrong = [...problems, ...missing];
  if (hasErrors(wrong)) throw new InputError(inOrder(wrong));
  return scenarios;
}

/**
 * How many scenarios a folder has and what is wrong with them, for `check`; an absent one has none. What they name and
 * is gone is a warning here, since mails go out without them; it is not asked for where there is no programme.
 */
export async function checkScenarios(
  folder: string,
  programme: Programme | null,
): Promise<{ readonly count: number; readonly problems: readonly Problem[] }> {
  const files = (await isThere(folder)) ? await filesAt(folder) : [];
  const { problems, missing } = await readFiles(files, programme);
  const warnings = missing.map((problem): Problem => ({ ...problem, severity: "warning" }));
  return { count: files.length, problems: inOrder([...problems, ...warnings]) };
}

async function readFiles(
  files: readonly string[],
  programme: Programme | null,
): Promise<{ scenarios: Scenario[]; problems: Problem[]; missing: Problem[] }> {
  const scenarios: Scenario[] = [];
  const problems: Problem[] = [];
  const missing: Problem[] = [];
  for (const file of [...new Set(files)].sort()) {
    const { source, problems: unread } = readYaml(file, await readText(file));
    problems.push(...unread);
    if (!source) continue;
    const checked = checkShape(scenarioFile, source);
    if ("problems" in checked) {
      problems.push(...checked.problems);
      continue;
    }
    const read = readScenario(checked.value, source, programme?.settings.company ?? {});
    problems.push(...read.problems);
    if (programme) missing.push(...checkScenarioNames(checked.value, source, programme));
    scenarios.push(read.scenario);
  }
  return { scenarios, problems, missing };
}

async function isThere(place: string): Promise<boolean> {
  return (await stat(place).catch(() => null)) !== null;
}

async function filesAt(place: string): Promise<string[]> {
  const found = await stat(place).catch(() => null);
  if (found?.isFile()) return [place];
  if (!found?.isDirectory()) throw new InputError(`${place}: there is no such folder or file`);
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
