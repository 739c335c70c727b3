import type { Condition, Operators, Scalar } from "../conditions/condition.ts";
import { compileCondition } from "../conditions/evaluate.ts";
import { compileOperators } from "../conditions/values.ts";
import { ModelFacts } from "../scoring/facts.ts";
import type { Random } from "./random.ts";

export type Values = Record<string, Scalar>;

/** What stands for `*` where a name belongs there. */
const WORDS = ["guide", "alder-care", "harbour-foods", "checklist", "overview"];

/**
 * Properties (or attributes) for which a condition of a model holds, found by reading it; null where reading is not
 * enough. `given` stays as it is where the condition does not ask otherwise.
 */
export function witness(
  condition: Condition,
  of: "property" | "attribute",
  random: Random,
  given: Values = {},
): Values | null {
  const values = { ...given };
  fill(condition, of, random, values);
  const facts = of === "property" ? new ModelFacts(0, {}, values) : new ModelFacts(0, values);
  return compileCondition(condition)(facts) ? values : null;
}

function fill(condition: Condition, of: "property" | "attribute", random: Random, values: Values): void {
  if ("all" in condition) for (const inner of condition.all) fill(inner, of, random, values);
  else if ("any" in condition) fill(random.pick(condition.any), of, random, values);
  else if (of in condition) {
    const name = of === "property" && "property" in condition ? condition.property : nameOf(condition);
    const value = valueFor(condition as Operators, random);
    if (name !== null && value !== undefined) values[name] = value;
  }
}

function nameOf(condition: Condition): string | null {
  return "attribute" in condition ? condition.attribute : null;
}

/** A value for which all operators hold; undefined where none is found. */
export function valueFor(operators: Operators, random: Random): Scalar | undefined {
  const holds = compileOperators(operators);
  return candidates(operators, random).find((value) => holds(value));
}

function candidates(operators: Operators, random: Random): Scalar[] {
  const { is, in: among, over, under, from, to, matches } = operators;
  const found: (Scalar | undefined)[] = [is];
  if (among) found.push(random.pick(among), ...among);
  if (matches !== undefined) found.push(matching(matches, random), matching(matches, random, ""));
  const low = numberOf(from) ?? (numberOf(over) === null ? null : numberOf(over)! + 1);
  const high = numberOf(to) ?? (numberOf(under) === null ? null : numberOf(under)! - 1);
  if (low !== null && high !== null && low <= high) found.push(random.between(low, high), low, high);
  else if (low !== null) found.push(random.between(low, low + Math.max(10, Math.abs(low))), low);
  else if (high !== null) found.push(random.between(Math.min(high, Math.floor(high / 2)), high), high);
  found.push(from, to, "something", 1, true);
  return found.filter((value) => value !== undefined);
}

/** `/case-studies/*` → `/case-studies/alder-care`, `/pricing*` → `/pricing`. */
function matching(pattern: string, random: Random, filler?: string): string {
  return pattern
    .replaceAll("?", "a")
    .replaceAll(/(^|.)\*/g, (_, before: string) =>
      /[a-z0-9]/i.test(before) ? before : before + (filler ?? random.pick(WORDS)),
    );
}

function numberOf(bound: number | string | undefined): number | null {
  return bound === undefined || bound === "" || !Number.isFinite(Number(bound)) ? null : Number(bound);
}
