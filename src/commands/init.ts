import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { suggest } from "../config/nearest.ts";
import { InputError, plainProblem } from "../config/problems.ts";
import { readProgrammeFiles, relocate } from "../programme/files.io.ts";
import { starterFiles } from "../programme/starter.ts";
import { packageRoot } from "./package.io.ts";

interface Options {
  readonly preset?: string;
  readonly config: string;
  readonly templates: string;
}

export function initCommand(program: Command): void {
  program
    .command("init")
    .description("start a config/ and templates/ of your own")
    .option("--preset <name>", "the scoring model to begin with (an unknown name lists them)")
    .option("--config <dir>", "the folder to make for kindling.yaml and the like", "config")
    .option("--templates <dir>", "the folder to make for templates", "templates")
    .action(init);
}

async function init({ preset, config, templates }: Options): Promise<void> {
  const root = await packageRoot();
  const shipped = await readProgrammeFiles(join(root, "config"), join(root, "templates"));
  const programme = preset === undefined ? shipped : starterFiles(shipped, await readPreset(root, preset));
  const files = new Map([...programme, ...(await readScenarios(root, preset === undefined))]);
  const places = relocate(
    [...files.keys()].map((file) => ({ ...plainProblem(""), file })),
    config,
    templates,
  ).map(({ file }) => file);
  await refuseToOverwrite(places);
  for (const [index, text] of [...files.values()].entries()) {
    const place = places[index]!;
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, text, { flag: "wx" });
  }
  process.stdout.write(
    `${files.size} files in ${config} and ${templates}. Begin with ${join(config, "kindling.yaml")}.\n`,
  );
}

/** All files that are there already are named; nothing is written then. */
async function refuseToOverwrite(places: readonly string[]): Promise<void> {
  const there: string[] = [];
  for (const place of places) {
    const found = await stat(place).catch(() => null);
    if (found) there.push(place);
  }
  if (there.length === 0) return;
  throw new InputError(
    there.map((file) => ({ ...plainProblem("is there already, and init overwrites nothing"), file })),
  );
}

/** Holds whatever the scoring model is: the others are about the points of the shipped one. */
const FOR_ANY_MODEL = "form.yaml";

async function readScenarios(root: string, all: boolean): Promise<Map<string, string>> {
  const folder = join(root, "config", "scenarios");
  const names = all ? (await readdir(folder)).sort() : [FOR_ANY_MODEL];
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return new Map(names.map((name, index) => [`config/scenarios/${name}`, texts[index]!]));
}

async function readPreset(root: string, name: string): Promise<{ file: string; text: string }> {
  const folder = join(root, "config", "presets");
  const names = (await readdir(folder))
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -5));
  if (!names.includes(name)) {
    const near = suggest(name, names);
    const list = names.sort().join(", ");
    throw new InputError(
      `there is no preset "${name}"; there is ${list}${near?.startsWith("did") ? ` (${near})` : ""}`,
    );
  }
  const file = join(folder, `${name}.yaml`);
  return { file, text: await readFile(file, "utf8") };
}
