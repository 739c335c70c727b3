import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { describeDifference } from "../../src/planning/difference-words.ts";
import { runScenario } from "../../src/planning/scenario.run.ts";
import { openScenarios } from "../../src/planning/scenarios.io.ts";
import type { Scenario } from "../../src/planning/scenario.ts";
import { openProgramme } from "../../src/programme/files.io.ts";
import { openWorld } from "../../src/world.ts";
import { ROOT } from "../docs.ts";

const FOLDERS = { config: join(ROOT, "config"), templates: join(ROOT, "templates") };

describe("the shipped configuration", () => {
  let opened: Awaited<ReturnType<typeof openProgramme>>;
  let scenarios: Scenario[];
  beforeAll(async () => {
    opened = await openProgramme(FOLDERS.config, FOLDERS.templates);
    scenarios = await openScenarios([join(FOLDERS.config, "scenarios")], opened.programme);
  });

  test("does what its scenarios say", async () => {
    expect(scenarios.length).toBeGreaterThanOrEqual(4);
    for (const scenario of scenarios) {
      const world = await openWorld({ ...FOLDERS, opened, from: scenario.from, seed: 1 });
      const { differences, facts } = await runScenario(world, scenario);
      await world.app.close();
      expect(
        differences.flatMap((one) => describeDifference(one, scenario)),
        scenario.title,
      ).toEqual([]);
      expect(facts.length).toBeGreaterThan(0);
    }
  });

  test("is not told by its scenarios: they are no part of what is applied", () => {
    expect([...opened.files.keys()].filter((path) => path.includes("scenarios"))).toEqual([]);
  });
});
