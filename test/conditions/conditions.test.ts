import { describe, expect, test } from "vitest";
import { z } from "zod";
import { conditionSchema, scoringConditionSchema } from "../../src/conditions/condition.ts";
import type { Condition, Scalar } from "../../src/conditions/condition.ts";
import { compileCondition, didKey, didsOf, nextTimeChange } from "../../src/conditions/evaluate.ts";
import type { Facts } from "../../src/conditions/evaluate.ts";
import { DAY } from "../../src/instant.ts";
import { factsOf, NOW } from "./facts.ts";

function holds(condition: Condition, facts: Parameters<typeof factsOf>[0] = {}): boolean {
  return compileCondition(conditionSchema.parse(condition))(factsOf(facts));
}

function on(value: Scalar | undefined, operators: object): boolean {
  return holds(
    { attribute: "a", ...operators } as Condition,
    value === undefined ? {} : { attributes: { a: value } },
  );
}

describe("an operator", () => {
  test("compares text without regard to case, and only whole", () => {
    expect(on("Owner", { is: "oWNER" })).toBe(true);
    expect(on("owners", { is: "owner" })).toBe(false);
    expect(on("ÄRZTE", { is: "ärzte" })).toBe(true);
    expect(on("HEAD", { in: ["manager", "head"] })).toBe(true);
    expect(on("owner", { in: ["manager", "head"] })).toBe(false);
    expect(on("owner", { not_in: ["manager", "Owner"] })).toBe(false);
    expect(on("owner", { is_not: "manager" })).toBe(true);
  });

  test("takes text in the form of a number for a number, where both sides are", () => {
    expect(on(" 120 ", { is: 120 })).toBe(true);
    expect(on(120, { is: "+120.0" })).toBe(true);
    expect(on("007", { is: "7" })).toBe(true);
    expect(on("9", { under: 10 })).toBe(true);
    expect(on("9", { under: "10" })).toBe(true);
    expect(on("-0.5", { over: -1 })).toBe(true);
    for (const text of ["1e3", "1.", ".5", "0x10", "1,000", "1 000", "", " "]) {
      expect(on(text, { over: -1 }), text).toBe(false);
      expect(on(text, { under: 10_000 }), text).toBe(false);
    }
    expect(on("1e3", { is: 1000 })).toBe(false);
    expect(on("1.0", { is: "1.00" })).toBe(true);
    expect(on("v1.0", { is: "v1.00" })).toBe(false);
  });

  test("has bounds that over and under leave out, and from and to take in", () => {
    const at100 = (operators: object) => on(100, operators);
    expect([at100({ over: 100 }), at100({ under: 100 })]).toEqual([false, false]);
    expect([at100({ over: 99.9 }), at100({ under: 100.1 })]).toEqual([true, true]);
    expect(at100({ from: 100, to: 100 })).toBe(true);
    expect([at100({ from: 100 }), at100({ to: 100 }), at100({ from: 101 }), at100({ to: 99 })]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test("orders text with text, as days are, and never a number with text", () => {
    expect(on("2026-03-01", { from: "2026-02-01", under: "2026-03-02" })).toBe(true);
    expect(on("2026-01-31", { from: "2026-02-01" })).toBe(false);
    expect([
      on("many", { over: 5 }),
      on("many", { under: 5 }),
      on(5, { over: "many" }),
      on(5, { under: "many" }),
    ]).toEqual([false, false, false, false]);
    expect([on(true, { over: 0 }), on(true, { to: "z" })]).toEqual([false, false]);
  });

  test("tells true from the text true and from 1", () => {
    expect([on(true, { is: true }), on(false, { is: false })]).toEqual([true, true]);
    expect([on("true", { is: true }), on(1, { is: true }), on(true, { is: "true" })]).toEqual([
      false,
      false,
      false,
    ]);
    expect(on(true, { is_not: false })).toBe(true);
  });

  test("matches the whole value: * stands for any characters, / too, ? for one", () => {
    expect(on("/Pricing/team", { matches: "/pricing*" })).toBe(true);
    expect(on("/pricing", { matches: "/pricing*" })).toBe(true);
    expect(on("/en/pricing", { matches: "/pricing*" })).toBe(false);
    expect(on("/en/pricing", { matches: "*pricing" })).toBe(true);
    expect(on("/en/pricing/x", { matches: "/??/*/x" })).toBe(true);
    expect(on("/e/pricing", { matches: "/??/*" })).toBe(false);
    expect(on("a😀c", { matches: "a?c" })).toBe(true);
    expect(on("a.c", { matches: "a.c" })).toBe(true);
    expect(on("abc", { matches: "a.c" })).toBe(false);
    expect(on("a+[c", { matches: "a+[*" })).toBe(true);
    expect(on("line\nbreak", { matches: "line*" })).toBe(true);
    expect(on("", { matches: "*" })).toBe(true);
    expect(on("x", { matches: "" })).toBe(false);
    expect(on("aaab", { matches: "*aab" })).toBe(true);
    expect(on(4711, { matches: "47*" })).toBe(true);
  });

  test("matches a pattern of many stars in no time", () => {
    expect(on("a".repeat(20_000), { matches: `${"*a".repeat(200)}*b` })).toBe(false);
  });

  test("holds for no missing value, but for exists: false and inside not", () => {
    for (const missing of [undefined, null]) {
      const operators = [
        { is: "x" },
        { is_not: "x" },
        { in: ["x"] },
        { not_in: ["x"] },
        { over: 0 },
        { under: 0 },
        { from: 0 },
        { to: 0 },
        { matches: "*" },
        { exists: true },
        { exists: false, is_not: "x" },
      ];
      for (const one of operators) expect(on(missing, one), JSON.stringify(one)).toBe(false);
      expect(on(missing, { exists: false })).toBe(true);
      expect(holds({ not: { attribute: "a", is: "x" } }, { attributes: { a: missing ?? null } })).toBe(true);
    }
    expect([on("", { exists: true }), on(0, { exists: true }), on(false, { exists: true })]).toEqual([
      true,
      true,
      true,
    ]);
    expect(on("", { exists: false })).toBe(false);
  });

  test("must hold together with the others of its condition", () => {
    expect(on(7, { over: 5, under: 10, is_not: 8 })).toBe(true);
    expect(on(8, { over: 5, under: 10, is_not: 8 })).toBe(false);
  });

  test("can't be fooled by a value that is a list or an object", () => {
    const property = { property: () => ({ a: 1 }) };
    expect(holds({ property: "p", exists: true }, property)).toBe(true);
    expect(holds({ property: "p", matches: "*" }, property)).toBe(false);
    expect(holds({ property: "p", over: 0 }, property)).toBe(false);
  });
});

describe("a condition", () => {
  test("asks temperature, marks and total of the default model, or of the one it names", () => {
    const facts: Partial<Facts> = {
      temperature: (model) => (model === "default" ? "hot" : null),
      reached: (mark, model) => mark === "demo" && model === "eu",
      total: (model) => (model === "default" ? 50 : null),
    };
    expect(holds({ temperature: "hot" }, facts)).toBe(true);
    expect(holds({ temperature: ["cold", "warm"] }, facts)).toBe(false);
    expect(holds({ temperature: ["cold", "warm", "hot"], model: "eu" }, facts)).toBe(false);
    expect([holds({ reached: "demo" }, facts), holds({ reached: "demo", model: "eu" }, facts)]).toEqual([
      false,
      true,
    ]);
    expect(holds({ score: { from: 50 } }, facts)).toBe(true);
    expect(holds({ score: { over: 50 } }, facts)).toBe(false);
    expect(holds({ score: { under: 1000 }, model: "eu" }, facts)).toBe(false);
  });

  test("counts acts after t − within, up to and at t", () => {
    const acts = (...days: number[]) => ({ acts: () => days.map((day) => NOW - day * DAY) });
    expect(holds({ did: "page.viewed" }, acts())).toBe(false);
    expect(holds({ did: "page.viewed" }, acts(400))).toBe(true);
    expect(holds({ did: "page.viewed", within: "30d" }, acts(30))).toBe(false);
    expect(holds({ did: "page.viewed", within: "30d" }, { acts: () => [NOW - 30 * DAY + 1] })).toBe(true);
    expect(holds({ did: "page.viewed", within: "30d" }, acts(0))).toBe(true);
    expect(holds({ did: "page.viewed", within: "30d", at_least: 2 }, acts(40, 3))).toBe(false);
    expect(holds({ did: "page.viewed", within: "30d", at_least: 2 }, acts(40, 20, 3))).toBe(true);
  });

  test("asks the steps of its sequence, segments, stage and owner", () => {
    const facts: Partial<Facts> = {
      step: (id, what) => id === "case-study" && what === "clicked",
      inSegment: (name) => name === "trial",
      stage: "mql",
      owner: "maria",
    };
    expect(holds({ clicked: "case-study" }, facts)).toBe(true);
    expect([holds({ opened: "case-study" }, facts), holds({ replied: "case-study" }, facts)]).toEqual([
      false,
      false,
    ]);
    expect([holds({ segment: "trial" }, facts), holds({ segment: "other" }, facts)]).toEqual([true, false]);
    expect([holds({ stage: "mql" }, facts), holds({ stage: ["lead", "lost"] }, facts)]).toEqual([
      true,
      false,
    ]);
    expect([holds({ owner: "Maria" }, facts), holds({ owner: "sam" }, facts)]).toEqual([true, false]);
    expect(holds({ owner: "maria" })).toBe(false);
  });

  test("combines by all, any and not", () => {
    const yes = { stage: "lead" } as const;
    const no = { stage: "lost" } as const;
    expect([holds({ all: [yes, yes] }), holds({ all: [yes, no] })]).toEqual([true, false]);
    expect([holds({ any: [no, yes] }), holds({ any: [no, no] })]).toEqual([true, false]);
    expect([holds({ not: no }), holds({ not: { any: [no, { not: no }] } })]).toEqual([true, false]);
  });

  test("names what must be remembered for its dids by type, where and number, whatever the order of keys", () => {
    const where = { property: "path", matches: "/pricing*" };
    const turned = { matches: "/pricing*", property: "path" };
    expect(didKey({ did: "page.viewed", where, within: "3d" })).toBe(
      didKey({ did: "page.viewed", where: turned }),
    );
    expect(didKey({ did: "page.viewed" })).toBe(didKey({ did: "page.viewed", at_least: 1 }));
    expect(didKey({ did: "page.viewed" })).not.toBe(didKey({ did: "page.viewed", at_least: 2 }));
    expect(didKey({ did: "page.viewed" })).not.toBe(didKey({ did: "page.viewed", where }));
    expect(didKey({ did: "page.viewed" })).toMatch(/^[0-9a-f]{12}$/);
    const dids = [{ did: "a.b" }, { did: "c.d", within: "1d" }];
    expect(didsOf({ all: [dids[0]!, { not: { any: [dids[1]!, { stage: "lead" }] } }] })).toEqual(dids);
  });

  test("tells the instant at which time alone changes it: when the act that counts gets too old", () => {
    const acts = { acts: () => [NOW - 5 * DAY, NOW - 2 * DAY] };
    expect(nextTimeChange({ did: "a.b" }, factsOf(acts))).toBeNull();
    expect(nextTimeChange({ did: "a.b", within: "3d" }, factsOf(acts))).toBe(NOW + DAY);
    expect(nextTimeChange({ did: "a.b", within: "7d", at_least: 2 }, factsOf(acts))).toBe(NOW + 2 * DAY);
    expect(nextTimeChange({ did: "a.b", within: "2d" }, factsOf(acts))).toBeNull();
    expect(nextTimeChange({ did: "a.b", within: "9d", at_least: 3 }, factsOf(acts))).toBeNull();
    const both = { any: [{ did: "a.b", within: "7d" }, { not: { did: "a.b", within: "3d" } }] };
    expect(nextTimeChange(both, factsOf(acts))).toBe(NOW + DAY);
    const within = { did: "a.b", within: "3d" } as const;
    const flip = nextTimeChange(within, factsOf(acts))!;
    expect(compileCondition(within)(factsOf({ ...acts, now: flip - 1 }))).toBe(true);
    expect(compileCondition(within)(factsOf({ ...acts, now: flip }))).toBe(false);
  });
});

describe("the schema", () => {
  test.each([
    ["an operator that is none", { attribute: "a", equals: 1 }],
    ["no operator", { attribute: "a" }],
    ["two forms at once", { attribute: "a", property: "b", is: 1 }],
    ["a temperature that is none", { temperature: "boiling" }],
    ["an empty list", { all: [] }],
    ["a null", { attribute: "a", is: null }],
    ["a score without bounds", { score: {} }],
    ["a duration in words", { did: "a.b", within: "3 days" }],
    ["no whole number of acts", { did: "a.b", at_least: 1.5 }],
    ["a score inside where", { did: "a.b", where: { score: { over: 1 } } }],
    ["nothing", {}],
  ])("refuses %s", (_, condition) => {
    expect(conditionSchema.safeParse(condition).success).toBe(false);
  });

  test("lets only attributes and properties into a model", () => {
    expect(scoringConditionSchema.safeParse({ not: { property: "p", is: 1 } }).success).toBe(true);
    for (const one of [
      { temperature: "hot" },
      { did: "a.b" },
      { segment: "s" },
      { all: [{ stage: "lead" }] },
    ]) {
      expect(scoringConditionSchema.safeParse(one).success).toBe(false);
    }
  });

  test("becomes a JSON Schema, so that editors complete what one types", () => {
    const schema = z.toJSONSchema(conditionSchema);
    expect(JSON.stringify(schema)).toContain('"at_least"');
  });
});
