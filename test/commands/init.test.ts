import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inFolder, kindling } from "./process.ts";

test("init --preset makes files that check finds right, and overwrites none", async () => {
  await inFolder(async (folder) => {
    const folders = ["--config", join(folder, "config"), "--templates", join(folder, "mails")];
    expect(await kindling("init", "--preset", "ten-point", ...folders)).toMatchObject({ status: 0, err: "" });
    expect(await kindling("check", ...folders)).toMatchObject({ status: 0, err: "" });
    const model = await readFile(join(folder, "config/scoring/default.yaml"), "utf8");
    expect(model).toBe(await readFile("config/presets/ten-point.yaml", "utf8"));
    expect(await readdir(join(folder, "config"))).not.toContain("presets");

    const again = await kindling("init", "--preset", "ten-point", ...folders);
    expect(again.status).toBe(2);
    expect(again.err).toContain(
      `${folder}/config/kindling.yaml: is there already, and init overwrites nothing\n`,
    );
  });
});

test("a preset that is not there lists those that are, and nothing is written", async () => {
  await inFolder(async (folder) => {
    const folders = ["--config", join(folder, "config"), "--templates", join(folder, "templates")];
    expect(await kindling("init", "--preset", "ten-points", ...folders)).toEqual({
      status: 2,
      out: "",
      err: 'there is no preset "ten-points"; there is b2b-matrix, global-saas, small-business, ten-point (did you mean "ten-point"?)\n',
    });
    expect(await readdir(folder)).toEqual([]);
  });
});

test("schema prints all schemas, or writes a file for each", async () => {
  const printed = await kindling("schema");
  expect(Object.keys(JSON.parse(printed.out) as object)).toEqual([
    "kindling",
    "reps",
    "segments",
    "scoring",
    "sequences",
    "scenarios",
  ]);
  await inFolder(async (folder) => {
    const { status } = await kindling("schema", "--out", join(folder, "schemas"));
    expect(status).toBe(0);
    expect(await readdir(join(folder, "schemas"))).toEqual([
      "kindling.schema.json",
      "reps.schema.json",
      "scenarios.schema.json",
      "scoring.schema.json",
      "segments.schema.json",
      "sequences.schema.json",
    ]);
  });
});
