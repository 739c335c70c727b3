import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../docs.ts";
import { inFolder } from "./process.ts";

const KINDLING = join(ROOT, "bin/kindling.js");
const SCENARIO = `scenario: Who reads the prices is warm
from: 2026-03-02
until: 2026-03-08
given:
  leads: [{ email: ada@x.example }]
  acts: [{ at: 2026-03-02 09:00, type: page.viewed, properties: { path: /pricing } }]
expect:
  - { crossing: warm, at: 2026-03-02 09:00 }
`;

function kindling(folder: string, ...options: string[]) {
  const ran = spawnSync(process.execPath, [KINDLING, "test", ...options], {
    cwd: folder,
    encoding: "utf8",
    timeout: 30_000,
  });
  return { status: ran.status, out: ran.stdout, err: ran.stderr };
}

/** A company of a few lines whose tests these are. */
async function company(folder: string, scenarios: Readonly<Record<string, string>>): Promise<void> {
  const files = {
    "config/kindling.yaml": `company: { name: Acme, address: 1 Main Street, timezone: UTC }
mail: { from: ada@acme.example }
`,
    "config/scoring/default.yaml": `model: default
thresholds: { warm: 10, hot: 30 }
engagement: { rules: [{ rule: pages, on: page.viewed, points: 10 }] }
`,
    ...scenarios,
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

test("the status says whether all scenarios pass, and each that fails shows what happened instead", async () => {
  await inFolder(async (folder) => {
    await company(folder, { "config/scenarios/prices.yaml": SCENARIO });
    expect(kindling(folder)).toEqual({
      status: 0,
      out: "✓ Who reads the prices is warm\n\n1 scenario, all pass.\n",
      err: "",
    });
    await writeFile(join(folder, "other.yaml"), SCENARIO.replace("warm, at", "hot, at"));
    expect(kindling(folder, "other.yaml", "config/scenarios")).toEqual({
      status: 1,
      out: `✓ Who reads the prices is warm
✗ Who reads the prices is warm
  other.yaml:8:5
    - 2026-03-02 09:00  crossing  hot
    + 2026-03-02 09:00  crossing  warm

2 scenarios: 1 pass, 1 fail.
`,
      err: "",
    });
    expect(JSON.parse(kindling(folder, "other.yaml", "--json").out)).toMatchObject({
      ok: false,
      passed: 0,
      failed: 1,
      scenarios: [
        {
          file: "other.yaml",
          ok: false,
          differences: [{ why: "missing", expected: { line: 8, crossing: "hot" }, found: [{ to: "warm" }] }],
        },
      ],
    });
  });
});

test("a wrong file and a missing folder are status 2, and nothing is run", async () => {
  await inFolder(async (folder) => {
    await company(folder, {
      "config/scenarios/a.yaml": SCENARIO.replace("leads:", "lead:"),
      "config/scenarios/b.yaml": SCENARIO.replace("crossing: warm", "mail: warm/x"),
    });
    const { status, out, err } = kindling(folder);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toBe(`config/scenarios/a.yaml:5:3: unknown key "lead" (did you mean "leads"?)
config/scenarios/b.yaml:8:13: there is no template "warm/x"
`);
    expect(kindling(folder, "nowhere")).toMatchObject({
      status: 2,
      err: "nowhere: there is no such folder or file\n",
    });
    expect(JSON.parse(kindling(folder, "--json").out)).toMatchObject({
      ok: false,
      problems: [{ line: 5 }, {}],
    });
  });
});
