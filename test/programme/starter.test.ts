import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { formatProblem } from "../../src/config/problems.ts";
import { readProgrammeFiles } from "../../src/programme/files.io.ts";
import { loadProgramme } from "../../src/programme/load.ts";
import { starterFiles } from "../../src/programme/starter.ts";

test.each(["b2b-matrix", "global-saas", "small-business", "ten-point"])(
  "the shipped programme with the preset %s is right, without a warning",
  async (name) => {
    const file = `config/presets/${name}.yaml`;
    const shipped = await readProgrammeFiles("config", "templates");
    const files = starterFiles(shipped, { file, text: await readFile(file, "utf8") });
    const loaded = await loadProgramme(files);
    expect(("problems" in loaded ? loaded.problems : loaded.warnings).map(formatProblem)).toEqual([]);
  },
);

test("attributes that a preset asks for are declared, and the file keeps its comments", async () => {
  const shipped = await readProgrammeFiles("config", "templates");
  const text =
    "model: default\nthresholds: { warm: 1, hot: 2 }\nfit:\n  - { criterion: A, attribute: age, bands: [{ over: 3, points: 1 }] }\n  - { criterion: N, attribute: need, bands: [{ is: main, points: 1 }] }\n";
  const settings = starterFiles(shipped, { file: "p.yaml", text }).get("config/kindling.yaml")!;
  expect(settings).toContain(
    "  # Asked by the scoring model that this began with.\n  age: number\n  need: text\n",
  );
  expect(settings.length).toBeGreaterThan(shipped.get("config/kindling.yaml")!.length);
});
