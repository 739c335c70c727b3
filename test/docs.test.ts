import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { explainedText } from "../src/commands/explain.ts";
import { conditionSchema } from "../src/conditions/condition.ts";
import { formatProblem } from "../src/config/problems.ts";
import { explainLead } from "../src/insights/explain-lead.run.ts";
import { parseInstant } from "../src/instant.ts";
import { readScriptLine, type ScriptLine } from "../src/planning/script.ts";
import { simulate } from "../src/planning/simulate.run.ts";
import { readProgrammeFiles } from "../src/programme/files.io.ts";
import { readFilter } from "../src/programme/filter.ts";
import { loadProgramme } from "../src/programme/load.ts";
import { parseLeadLine } from "../src/scoring/lines.ts";
import { openWorld } from "../src/world.ts";
import { compileOnce } from "./compile-once.ts";
import { type Block, blocksOf, deadLinks, pages, ROOT } from "./docs.ts";

let shipped: ReadonlyMap<string, string>;
let folder: string;

beforeAll(async () => {
  shipped = await readProgrammeFiles(join(ROOT, "config"), join(ROOT, "templates"));
  folder = mkdtempSync(join(tmpdir(), "kindling-docs-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What `check` says of the shipped programme with these files in it; only mistakes, no warnings. */
async function mistakes(files: Readonly<Record<string, string>>): Promise<string[]> {
  const loaded = await loadProgramme(new Map([...shipped, ...Object.entries(files)]), compileOnce);
  const wrong = "problems" in loaded ? loaded.problems : loaded.unworkable;
  return wrong.filter((p) => p.severity === "error").map(formatProblem);
}

const PATH = /^(config|templates)\/\S+$/;
const TRIED = "config/sequences/tried.yaml";
const TRIED_TEMPLATE = "templates/tried.mjml";

/** A list of steps as a whole sequence; the mails that it sends are there. */
function sequenceOf(steps: string): string {
  return stringify({ sequence: "tried", enter: [{ event: "trial.started" }], steps: parse(steps) });
}

/** MJML as a whole template. */
function templateOf(text: string): string {
  if (text.startsWith("---")) return text;
  const body = /^\s*<mj-(section|wrapper|hero)|^\s*\{\{#/.test(text)
    ? text
    : `<mj-section><mj-column>${text}</mj-column></mj-section>`;
  return `---\nsubject: Hello\n---\n${body}`;
}

/** A part of a shipped file: its top-level keys take the place of those there. */
function mergedInto(file: string, part: string): string {
  return stringify({ ...(parse(shipped.get(file)!) as object), ...(parse(part) as object) });
}

/** The files that a block stands for. */
function filesOf({ language, what, text }: Block): Record<string, string> {
  const bare = what.replace(/^wrong ?/, "");
  if (PATH.test(bare)) return { [bare]: text };
  if (language === "mjml") return { [TRIED_TEMPLATE]: templateOf(text) };
  if (bare === "steps") return { [TRIED]: sequenceOf(text) };
  const part = /^part of (\S+)$/.exec(bare);
  if (part) return { [part[1]!]: mergedInto(part[1]!, text) };
  throw new Error(`nothing says how to test this block: ${language} ${what}`);
}

const all = pages().flatMap(blocksOf);
const named = (block: Block) => `${block.page}:${block.line}`;

describe("examples in the docs", () => {
  test("every YAML, MJML and JSON Lines block says what it is, so that none is left untested", () => {
    const known =
      /^((wrong )?((config|templates)\/\S+|steps|part of \S+)|wrong|right|conditions|filters|leads|script|events|log|score)$/;
    const unknown = all.filter(
      ({ language, what }) => /^(yaml|mjml|jsonl)$/.test(language) && !known.test(what),
    );
    expect(unknown.map(named)).toEqual([]);
    expect(all.length).toBeGreaterThan(50);
  });

  const right = all.filter(
    ({ language, what }) => /^(yaml|mjml)$/.test(language) && !/^wrong|^conditions|^filters/.test(what),
  );
  // Whole files of one page belong together: a sequence and the template that it sends.
  const beside = (block: Block) =>
    Object.fromEntries(
      right.filter((b) => b.page === block.page && PATH.test(b.what)).map((b) => [b.what, b.text]),
    );

  test.each(right.map((block) => [named(block), block] as const))("%s passes the check", async (_, block) => {
    expect(await mistakes({ ...beside(block), ...filesOf(block) })).toEqual([]);
  });

  const wrong = all.flatMap((block, index) =>
    /^(yaml|mjml)$/.test(block.language) && block.what.startsWith("wrong")
      ? [[named(block), block, all[index + 1]!] as const]
      : [],
  );
  test.each(wrong)("%s is refused with the words that follow it", async (_, block, says) => {
    expect(says.what).toBe("says");
    const said = (await mistakes(filesOf(block))).join("\n").replace(/\S+:\d+:\d+: /g, "");
    for (const line of says.text.trim().split("\n")) expect(said).toContain(line.trim());
  });

  const conditions = all.filter(({ what }) => what === "conditions");
  test.each(conditions.map((block) => [named(block), block] as const))("%s is all conditions", (_, block) => {
    for (const condition of parse(block.text) as unknown[]) {
      expect(conditionSchema.safeParse(condition), JSON.stringify(condition)).toMatchObject({
        success: true,
      });
    }
  });

  const filters = all.filter(({ what }) => what === "filters");
  test.each(filters.map((block) => [named(block), block] as const))(
    "%s is all questions that a list answers",
    async (_, block) => {
      const loaded = await loadProgramme(shipped, compileOnce);
      if ("problems" in loaded) throw new Error(loaded.problems.map(formatProblem).join("\n"));
      for (const line of block.text.trim().split("\n")) {
        expect(readFilter(line.replace(/^- /, ""), loaded.programme, "where")).toHaveProperty("condition");
      }
    },
  );

  test("no link of a page leads nowhere", () => {
    const dead = pages().flatMap((page) => {
      const links = deadLinks(page, (path) => existsSync(join(ROOT, path)));
      return links.map((link) => `${page}: ${link}`);
    });
    // Taken of the running demo, when a release is made.
    expect(dead.filter((link) => !link.endsWith("docs/pictures/dashboard.png"))).toEqual([]);
  });
});

/** Runs the built command line in a folder of its own, so that no database of anybody's is touched. */
function kindling(...options: string[]): { status: number | null; out: string } {
  const ran = spawnSync(process.execPath, [join(ROOT, "bin/kindling.js"), ...options], {
    cwd: folder,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status: ran.status, out: ran.stdout + ran.stderr };
}

/** What `--help` says of each of these commands, all in one process: starting one takes longer than saying it. */
function helpOf(commands: readonly (readonly string[])[]): string[] {
  const script = `
    for (const [index, words] of ${JSON.stringify(commands)}.entries()) {
      if (index > 0) console.log("\\f");
      process.argv = [process.execPath, "kindling", ...words, "--help"];
      await import(${JSON.stringify(join(ROOT, "dist/src/main.js"))} + "?" + index);
    }`;
  const ran = spawnSync(
    process.execPath,
    ["--disable-warning=MaxListenersExceededWarning", "--input-type=module", "-"],
    {
      input: script,
      cwd: folder,
      encoding: "utf8",
      timeout: 60_000,
    },
  );
  expect(ran.stderr).toBe("");
  return ran.stdout.split("\f");
}

/** Whether a command's help lists that one. */
function names(help: string, command: string): boolean {
  return command !== "" && new RegExp(`^  ${command}\\b`, "m").test(help);
}

describe("commands in the docs", () => {
  const bash = all.filter(({ language }) => language === "bash");
  /** `npm run kindling -- check --json`, `npx kindling check` and `kindling check` alike: the words after it. */
  const lines = bash.flatMap((block) => {
    const text = block.text.replace(/\\\n\s*/g, " ");
    const found = text.matchAll(
      /^(?:\w+=\S+ )*(?:npm run (?:-s )?kindling -- |npx kindling |kindling )([^|>#\n]*)/gm,
    );
    return [...found].map((match) => ({ block, words: match[1]!.trim().split(/\s+/) }));
  });

  test("exist, with every option that is shown", () => {
    expect(lines.length).toBeGreaterThan(15);
    const top = helpOf([[]])[0]!;
    const commands = lines.filter(({ words }) => !words[0]!.startsWith("--"));
    const wrong = commands.filter(({ words }) => !names(top, words[0]!));
    expect(wrong.map(({ block, words }) => `${named(block)}: there is no command ${words[0]}`)).toEqual([]);
    const about = helpOf(commands.map(({ words }) => words.slice(0, 1)));
    const nested = commands.map(({ words: [command, second = ""] }, index) =>
      names(about[index]!.split("Commands:")[1] ?? "", second) ? [command!, second] : [command!],
    );
    const shown = helpOf(nested);
    const unknown = commands.flatMap(({ block, words }, index) =>
      words
        .filter((word) => /^--\w/.test(word) && !shown[index]!.includes(word.split("=")[0]!))
        .map((flag) => `${named(block)}: ${words[0]} has no ${flag}`),
    );
    expect(unknown).toEqual([]);
  }, 60_000);

  test("are npm scripts where they are run by npm", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const used = all
      .filter(({ language }) => language === "bash")
      .flatMap(({ text }) => [...text.matchAll(/npm (?:run (?:-s )?)?([a-z]+)/g)].map((match) => match[1]!));
    expect(used.filter((name) => name !== "ci" && scripts[name] === undefined)).toEqual([]);
  });
});

describe("worked examples", () => {
  const blocksOn = (page: string) => (what: string) => {
    const block = all.find((one) => one.page === page && one.what === what);
    if (!block) throw new Error(`${page} has no block ${what}`);
    return block.text;
  };

  /** Runs a command of a page on the page's own lines, and on its own model where it has one. */
  function run(page: string, command: string, names: readonly string[]): string {
    const block = blocksOn(page);
    for (const name of names) writeFileSync(join(folder, `${name}.jsonl`), block(name));
    const model = all.find((one) => one.page === page && one.what.startsWith("config/scoring/"));
    if (model) {
      mkdirSync(join(folder, "config/scoring"), { recursive: true });
      writeFileSync(join(folder, model.what), model.text);
    }
    const shown = all
      .filter((one) => one.page === page && one.language === "bash")
      .map(({ text }) => text.replace(/\\\n\s*/g, " "))
      .find((text) => text.includes(`-- ${command} `))!;
    const words = shown
      .slice(shown.indexOf(`-- ${command} `) + 3)
      .split("\n")[0]!
      .trim()
      .split(/\s+/);
    const places = ["--config", join(model ? folder : ROOT, "config")];
    if (command === "simulate") places.push("--templates", join(ROOT, "templates"));
    const { status, out } = kindling(...words, ...places);
    expect(status, out).toBe(0);
    return out;
  }

  test("the simulation of the page on simulating writes the log that is shown", () => {
    const page = "docs/marketers/simulate.md";
    expect(run(page, "simulate", ["leads", "script"])).toBe(blocksOn(page)("log"));
  }, 60_000);

  const places = ["--config", join(ROOT, "config"), "--templates", join(ROOT, "templates")];

  test("the lives of the page on trying before sending are those that are shown", () => {
    const lives = blocksOn("docs/marketers/try.md")("lives");
    expect(kindling("simulate", "--personas", ...places).out).toContain(lives);
  }, 60_000);

  test("the tests of the page on trying before sending pass and fail as it is shown", () => {
    const block = blocksOn("docs/marketers/try.md");
    const file = "config/scenarios/prices.yaml";
    mkdirSync(join(folder, "config/scenarios"), { recursive: true });
    writeFileSync(join(folder, file), block(file));
    expect(kindling("test", file, ...places)).toEqual({ status: 0, out: block("test") });

    cpSync(join(ROOT, "config"), join(folder, "slower"), { recursive: true });
    const sequence = join(folder, "slower/sequences/warm-nurture.yaml");
    writeFileSync(sequence, readFileSync(sequence, "utf8").replace("- wait: 1d", "- wait: 2d"));
    const slower = ["--config", join(folder, "slower"), "--templates", join(ROOT, "templates")];
    expect(kindling("test", file, ...slower)).toEqual({ status: 1, out: block("fails") });
  }, 60_000);

  test("the score of the page on scoring is the one that is shown", () => {
    const page = "docs/marketers/scoring.md";
    expect(run(page, "score", ["leads", "events"]).trimEnd()).toBe(blocksOn(page)("score").trimEnd());
  }, 60_000);

  test("the answers of the page on why are those that the leads of the page really get", async () => {
    const page = "docs/marketers/why.md";
    const shown = all.filter((one) => one.page === page && one.what.startsWith("explain "));
    expect(shown.length).toBeGreaterThan(2);
    const said = await explainedAt("2026-03-07T12:00:00Z", blocksOn(page));
    for (const { what, text } of shown) expect(said.get(what.split(" ")[1]!)).toContain(text.trimEnd());
  }, 60_000);
});

/** Lives a page's leads and script with the shipped configuration; what `kindling explain` says of each lead then. */
async function explainedAt(text: string, block: (what: string) => string): Promise<Map<string, string>> {
  const from = parseInstant("2026-03-01T00:00:00Z")!;
  const until = parseInstant(text)!;
  const lines = (what: string) => block(what).trim().split("\n");
  const folders = { config: join(ROOT, "config"), templates: join(ROOT, "templates") };
  const world = await openWorld({ ...folders, from, seed: 1 });
  try {
    const leads = lines("leads").map((line) => parseLeadLine(line));
    const script = lines("script").map((line) => readScriptLine(JSON.parse(line)) as ScriptLine);
    await simulate(world, { leads, lines: script, from, until }, () => {});
    world.clock.jumpTo(until);
    const said = new Map<string, string>();
    for (const { email } of leads) {
      said.set(email, explainedText(world.spine, (await explainLead(world.spine, email))!));
    }
    return said;
  } finally {
    await world.app.close();
  }
}
