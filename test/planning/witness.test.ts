import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { seeded } from "../../src/planning/random.ts";
import { valueFor, witness } from "../../src/planning/witness.ts";
import type { ModelFile } from "../../src/scoring/model.ts";
import { ROOT } from "../docs.ts";

const models = ["config/scoring", "config/presets"]
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name)))
  .map((file) => parse(readFileSync(file, "utf8")) as ModelFile);

test("a persona can do what every rule of the shipped models asks, and be in every band", () => {
  const random = seeded(1);
  const rules = models.flatMap(({ engagement }) => engagement?.rules ?? []).filter(({ where }) => where);
  expect(rules.length).toBeGreaterThan(10);
  for (const { rule, where } of rules) {
    for (let times = 0; times < 5; times++) expect(witness(where!, "property", random), rule).not.toBeNull();
  }
  for (const { criterion, bands } of models.flatMap(({ fit }) => fit ?? [])) {
    for (const band of bands) {
      if ("otherwise" in band) continue;
      const { points: _points, ...operators } = band;
      expect(valueFor(operators, random), criterion).toBeDefined();
    }
  }
});

test("what it does reads like what people do", () => {
  const random = seeded(1);
  const path = (matches: string) => witness({ property: "path", matches }, "property", random)!["path"];
  expect(path("/pricing*")).toBe("/pricing");
  expect(path("/case-studies/*")).toMatch(/^\/case-studies\/[a-z-]+$/);
  const odd = {
    all: [
      { attribute: "seats", over: 5, under: 7 },
      { attribute: "market", is: "eu" },
    ],
  };
  expect(witness(odd, "attribute", random)).toEqual({ seats: 6, market: "eu" });
  expect(witness({ attribute: "seats", over: 7, under: 5 }, "attribute", random)).toBeNull();
});
