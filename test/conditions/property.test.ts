import fc from "fast-check";
import { expect, test } from "vitest";
import type { Condition, Operators } from "../../src/conditions/condition.ts";
import { conditionSchema } from "../../src/conditions/condition.ts";
import { compileCondition } from "../../src/conditions/evaluate.ts";
import { canonicalJson } from "../../src/conditions/hash.ts";
import { factsOf } from "./facts.ts";

const texts = ["a", "A", "ab", "Abc", "b", "", "5", " 5 ", "5.0", "+5", "-2", "10", "1e1", "a/b"];
const letters = fc.string({ unit: fc.constantFrom("a", "b", "5", "/"), maxLength: 6 });
const value = fc.oneof(fc.constantFrom(...texts), letters, fc.integer({ min: -3, max: 11 }), fc.boolean());
const bound = fc.oneof(fc.constantFrom(...texts), fc.integer({ min: -3, max: 11 }));
const operators: fc.Arbitrary<Operators> = fc
  .record(
    {
      is: value,
      is_not: value,
      in: fc.array(value, { minLength: 1, maxLength: 3 }),
      not_in: fc.array(value, { minLength: 1, maxLength: 3 }),
      over: bound,
      under: bound,
      from: bound,
      to: bound,
      matches: fc
        .array(fc.constantFrom("a", "B", "*", "?", "/", "5"), { maxLength: 5 })
        .map((all) => all.join("")),
      exists: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .filter((all) => Object.keys(all).length > 0);

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    operators.map((all) => ({ attribute: "a", ...all })),
    operators.map((all) => ({ property: "p", ...all })),
    fc.record({ all: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie("condition") }),
  ),
}));

const given = fc.option(fc.oneof(value, fc.constant(undefined)), { nil: null });

test("a condition holds exactly where the words of the specification say so", () => {
  fc.assert(
    fc.property(condition, given, given, (one, a, p) => {
      const test = compileCondition(conditionSchema.parse(one));
      expect(test(factsOf({ attribute: () => a, property: () => p }))).toBe(naive(one, a, p));
    }),
    { numRuns: 3000 },
  );
});

test("a value is written the same however its keys are ordered", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(JSON.parse(canonicalJson(json))).toEqual(JSON.parse(JSON.stringify(json)));
      expect(canonicalJson(turned(json))).toBe(canonicalJson(json));
    }),
  );
});

function turned(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(turned);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, turned(inner)]),
  );
}

/** The table of spec/scoring.md read aloud, with a regular expression where it may not use one. */
function naive(one: Condition, a: unknown, p: unknown): boolean {
  if ("all" in one) return one.all.every((inner) => naive(inner, a, p));
  if ("any" in one) return one.any.some((inner) => naive(inner, a, p));
  if ("not" in one) return !naive(one.not, a, p);
  const given = "attribute" in one ? a : p;
  const { attribute: _, property: __, ...asked } = one as Record<string, unknown>;
  return Object.entries(asked).every(([name, wanted]) => {
    if (given === null || given === undefined) return name === "exists" && wanted === false;
    switch (name) {
      case "exists":
        return wanted;
      case "is":
        return same(given, wanted);
      case "is_not":
        return !same(given, wanted);
      case "in":
        return (wanted as unknown[]).some((each) => same(given, each));
      case "not_in":
        return !(wanted as unknown[]).some((each) => same(given, each));
      case "over":
        return compare(given, wanted) === 1;
      case "under":
        return compare(given, wanted) === -1;
      case "from":
        return [0, 1].includes(compare(given, wanted));
      case "to":
        return [0, -1].includes(compare(given, wanted));
      default: {
        const pattern = String(wanted).replaceAll("*", ".*").replaceAll("?", ".");
        return new RegExp(`^${pattern}$`, "isu").test(String(given as string | number | boolean));
      }
    }
  });
}

function numeric(value: unknown): boolean {
  return (
    typeof value === "number" || (typeof value === "string" && /^[+-]?[0-9]+(\.[0-9]+)?$/.test(value.trim()))
  );
}

function same(x: unknown, y: unknown): boolean {
  if (numeric(x) && numeric(y)) return Number(x) === Number(y);
  if (typeof x === "string" && typeof y === "string") return x.toLowerCase() === y.toLowerCase();
  return x === y;
}

/** 1, 0 or -1; NaN where there is no order. */
function compare(x: unknown, y: unknown): number {
  if (numeric(x) && numeric(y)) return Math.sign(Number(x) - Number(y));
  if (numeric(x) || numeric(y) || typeof x !== "string" || typeof y !== "string") return NaN;
  const [a, b] = [x.toLowerCase(), y.toLowerCase()];
  return a === b ? 0 : a < b ? -1 : 1;
}
