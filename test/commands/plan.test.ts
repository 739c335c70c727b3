import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/db/open.io.ts";
import { forEachDatabase, temporaryFolder } from "../database.ts";
import { mail } from "../flows/world.ts";
import { company, COMPANY, populate } from "../planning/plan-house.ts";

const CHANGED = {
  "config/scoring/default.yaml": COMPANY["config/scoring/default.yaml"]!.replace("hot: 40", "hot: 20"),
  "templates/hot.mjml": mail("Now <b>hot</b>"),
};

/** What each run of `kindling plan` says: first these files, then what else stands on its line. */
function plan(
  databaseUrl: string,
  ...runs: readonly (readonly [files: Readonly<Record<string, string>>, ...options: string[]])[]
): { out: string; err: string }[] {
  const lines = runs.map(([files, ...options]) => {
    const { config, templates } = company(files);
    return ["--config", config, "--templates", templates, ...options];
  });
  const script = new URL("planning.ts", import.meta.url).pathname;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", script, JSON.stringify(lines)],
    {
      env: { PATH: process.env["PATH"], TMPDIR: process.env["TMPDIR"], DATABASE_URL: databaseUrl },
      encoding: "utf8",
    },
  );
  const [outs, errs] = [stdout.split("\0"), stderr.split("\0")];
  return runs.map((_, index) => ({ out: outs[index]!, err: errs[index]! }));
}

forEachDatabase("kindling plan", (open, { url }) => {
  test("says in words and as JSON what changed files would do, and shows changed mails side by side", async () => {
    const db = await open();
    await populate(url(db), 12);
    const out = ["--out", join(temporaryFolder(), "pages")];
    const [same, machine, people] = plan(url(db), [{}], [CHANGED, "--json", ...out], [CHANGED, ...out]);
    expect(same!.out).toMatch(/^Nothing would change: version [0-9a-f]{12}, live since .* is the same\.\n$/);
    expect(machine!.err).toBe("");
    const said = JSON.parse(machine!.out) as {
      temperatures: { from: string; to: string; leads: number }[];
      templates: { template: string; page: string }[];
      files: unknown[];
    };
    expect(said.files).toEqual([
      { path: "config/scoring/default.yaml", change: "changed" },
      { path: "templates/hot.mjml", change: "changed" },
    ]);
    expect(said.templates.map(({ template }) => template)).toEqual(["hot"]);
    const page = readFileSync(fileURLToPath(said.templates[0]!.page), "utf8");
    expect(page).toContain('<span class="differs">Now &lt;b&gt;hot&lt;/b&gt;</span>');
    expect(page).toContain("<iframe sandbox");
    for (const part of [
      "  ~ config/scoring/default.yaml\n",
      `  hot, changed: ${said.templates[0]!.page}\n`,
    ]) {
      expect(people!.out).toContain(part);
    }
  });
});

test("where nothing is applied yet it says so, and makes no database", () => {
  const file = join(temporaryFolder(), "none.db");
  const [ran] = plan(`sqlite:${file}`, [{}]);
  expect(ran!.out).toBe("");
  expect(ran!.err).toMatch(/^nothing is applied yet: .*\n$/);
  expect(existsSync(file)).toBe(false);
});

test("a database of another version is left as it is", async () => {
  const file = join(temporaryFolder(), "empty.db");
  await (await openDatabase(`sqlite:${file}`)).close();
  const before = readFileSync(file);
  const [ran] = plan(`sqlite:${file}`, [{}]);
  expect(ran!.err).toContain("kindling migrate");
  expect(readFileSync(file).equals(before)).toBe(true);
});
