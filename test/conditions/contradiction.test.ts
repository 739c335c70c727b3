import fc from "fast-check";
import { expect, test } from "vitest";
import type { Condition } from "../../src/conditions/condition.ts";
import { canHold } from "../../src/conditions/contradiction.ts";
import { compileCondition } from "../../src/conditions/evaluate.ts";
import { factsOf } from "./facts.ts";

const hot: Condition = { temperature: "hot" };
const employees = (operators: object): Condition => ({ attribute: "employees", ...operators });

test.each<[string, Condition[], Condition[]]>([
  ["two temperatures at once", [{ temperature: ["cold", "warm"] }, hot], []],
  ["what an exit takes away", [hot], [{ temperature: ["cold", "hot"] }]],
  ["a thing and its opposite", [{ did: "demo.requested" }, { not: { did: "demo.requested" } }], []],
  [
    "two values of one attribute, however they are written",
    [
      { attribute: "plan", is: "Free" },
      { attribute: "plan", is: "paid" },
    ],
    [],
  ],
  ["a value outside its bounds", [employees({ is: 20 }), employees({ over: 50 })], []],
  ["bounds with nothing between", [employees({ from: 51 }), employees({ under: 51 })], []],
  ["a value that must be there and must not", [employees({ exists: false }), employees({ over: 1 })], []],
  [
    "what the arms above have taken, together",
    [employees({ over: 10 })],
    [employees({ from: 50 }), employees({ to: 60 })],
  ],
  ["an all inside of a not", [hot, { stage: "lead" }], [{ all: [hot, { stage: ["lead", "mql"] }] }]],
  [
    "a pattern beside another value",
    [
      { attribute: "country", is: "PT" },
      { attribute: "country", matches: "d*" },
    ],
    [],
  ],
])("%s can't be", (_what, all, none) => {
  expect(canHold(all, none)).toBe(false);
});

test.each<[string, Condition[], Condition[]]>([
  ["nothing asked", [], []],
  ["two models that disagree", [hot, { temperature: "cold", model: "other" }], []],
  [
    "two patterns",
    [
      { attribute: "path", matches: "a*" },
      { attribute: "path", matches: "*b" },
    ],
    [],
  ],
  ["bounds with something between", [employees({ over: 5 }), employees({ under: 6 })], []],
  ["a lead that no model scores", [], [{ temperature: ["cold", "warm", "hot"] }]],
  ["a missing attribute", [], [employees({ from: 0 }), employees({ under: 0 })]],
  ["dates in order", [{ attribute: "since", from: "2026-01-01", to: "2026-02-01" }], []],
  ["the same act at another time", [{ did: "page.viewed" }], [{ did: "page.viewed", within: "3d" }]],
])("%s can be", (_what, all, none) => {
  expect(canHold(all, none)).toBe(true);
});

test("what holds for any lead at all is never called impossible", () => {
  const words = fc.constantFrom("a", "B", "5", "10");
  const value = fc.oneof(words, fc.integer({ min: -2, max: 11 }), fc.boolean());
  const operators = fc
    .record(
      {
        is: value,
        is_not: value,
        in: fc.array(value, { minLength: 1, maxLength: 2 }),
        over: fc.oneof(words, fc.integer({ min: -2, max: 11 })),
        to: fc.oneof(words, fc.integer({ min: -2, max: 11 })),
        matches: fc.constantFrom("a*", "*", "?"),
        exists: fc.boolean(),
      },
      { requiredKeys: [] },
    )
    .filter((all) => Object.keys(all).length > 0);
  const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      operators.map((all) => ({ attribute: "a", ...all })),
      fc.constantFrom<Condition>(
        hot,
        { temperature: ["cold", "warm"] },
        { stage: "lead" },
        { score: { over: 5 } },
      ),
      fc.record({ all: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }) }),
      fc.record({ any: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }) }),
      fc.record({ not: tie("condition") }),
    ),
  }));
  const lead = fc.record({
    a: fc.option(value, { nil: undefined }),
    temperature: fc.constantFrom("cold", "warm", "hot", null),
    total: fc.option(fc.integer({ min: 0, max: 10 })),
    stage: fc.constantFrom("lead", "mql"),
  });
  fc.assert(
    fc.property(
      condition,
      fc.array(condition, { maxLength: 2 }),
      lead,
      (one, others, { a, temperature, total, stage }) => {
        const facts = factsOf({
          attribute: () => a,
          temperature: () => temperature,
          total: () => total,
          stage,
        });
        const holding = [one, ...others].filter((each) => compileCondition(each)(facts));
        const failing = [one, ...others].filter((each) => !compileCondition(each)(facts));
        expect(canHold(holding, failing)).toBe(true);
      },
    ),
    { numRuns: 3000 },
  );
});
