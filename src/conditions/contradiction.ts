import { compileCondition, type Facts } from "./evaluate.ts";
import type { Condition, Operators } from "./condition.ts";
import { contentHash } from "./hash.ts";
import { asNumber } from "./values.ts";

/** A form without `all`, `any` and `not`, and whether it must hold or must not. */
interface Literal {
  readonly form: Condition;
  readonly holds: boolean;
}

/** More ways than this are not looked through: such a condition is taken as one that can hold. */
const MOST_WAYS = 2000;

/**
 * Whether there could be a lead for whom, at one instant, all of these hold and none of those. False is sure; true is
 * the answer too where it can't be told.
 */
export function canHold(all: readonly Condition[], none: readonly Condition[] = []): boolean {
  const ways = waysOf({ all: [...all, ...none.map((not) => ({ not }))] }, true);
  return ways === null || ways.some(isConsistent);
}

/** The disjunctive normal form; null where it is too large. */
function waysOf(condition: Condition, holds: boolean): Literal[][] | null {
  if ("not" in condition) return waysOf(condition.not, !holds);
  const parts = "all" in condition ? condition.all : "any" in condition ? condition.any : null;
  if (!parts) return [[{ form: condition, holds }]];
  const each = parts.map((part) => waysOf(part, holds));
  const together = "all" in condition === holds;
  let ways: Literal[][] = together ? [[]] : [];
  for (const more of each) {
    if (more === null || ways.length * more.length > MOST_WAYS) return null;
    ways = together ? ways.flatMap((way) => more.map((next) => [...way, ...next])) : [...ways, ...more];
    if (ways.length > MOST_WAYS) return null;
  }
  return ways;
}

/** Literals that ask about one thing are held against every value that could tell them apart. */
function isConsistent(literals: readonly Literal[]): boolean {
  const bySubject = Map.groupBy(literals, ({ form }) => subjectOf(form));
  for (const mine of bySubject.values()) {
    const values = valuesFor(mine);
    const tests = mine.map(({ form, holds }) => ({ test: compileCondition(form), holds }));
    const fits = (value: unknown) => tests.every(({ test, holds }) => test(factsWith(value)) === holds);
    if (!values.some(fits) && !hasMoreValues(mine)) return false;
  }
  return true;
}

function subjectOf(form: Condition): string {
  if ("attribute" in form) return `attribute ${form.attribute}`;
  if ("property" in form) return `property ${form.property}`;
  if ("temperature" in form) return `temperature ${form.model ?? ""}`;
  if ("score" in form) return `score ${form.model ?? ""}`;
  if ("stage" in form) return "stage";
  if ("owner" in form) return "owner";
  return contentHash(form);
}

const NOT_NAMED = "\u0001";

function valuesFor(literals: readonly Literal[]): unknown[] {
  const [{ form }] = literals as [Literal];
  if ("temperature" in form) return ["cold", "warm", "hot", null];
  if ("stage" in form || "owner" in form) {
    const named = literals.flatMap(({ form }) =>
      "stage" in form ? [form.stage].flat() : "owner" in form ? [form.owner] : [],
    );
    return [...named, NOT_NAMED];
  }
  const operators = literals.flatMap(({ form }) => operatorsOf(form) ?? []);
  if (operators.length === 0) return [true, false];
  const named = operators.flatMap(({ is, is_not, in: among = [], not_in = [] }) => [
    is,
    is_not,
    ...among,
    ...not_in,
  ]);
  const bounds = operators.flatMap(({ over, under, from, to }) => [over, under, from, to]);
  return [
    ...named,
    ...between([...bounds, ...named].map(asNumber).filter((number) => number !== null)),
    NOT_NAMED,
    true,
    false,
    undefined,
  ];
}

/** Each number, one between every two neighbours, and one beyond either end. */
function between(numbers: readonly number[]): number[] {
  const sorted = [...numbers].sort((a, b) => a - b);
  if (sorted.length === 0) return [];
  const gaps = sorted.slice(1).map((number, index) => (number + sorted[index]!) / 2);
  return [...sorted, ...gaps, sorted[0]! - 1, sorted.at(-1)! + 1];
}

/** A pattern, or an order of texts, may hold for a value that nothing here names; but not beside an `is` or an `in`. */
function hasMoreValues(literals: readonly Literal[]): boolean {
  let open = false;
  for (const { form, holds } of literals) {
    const operators = operatorsOf(form);
    if (!operators) continue;
    if (holds && (operators.is !== undefined || operators.in !== undefined)) return false;
    const { over, under, from, to, matches } = operators;
    const texts = [over, under, from, to].some((bound) => bound !== undefined && asNumber(bound) === null);
    open ||= matches !== undefined || texts;
  }
  return open;
}

function operatorsOf(form: Condition): Operators | null {
  if ("attribute" in form || "property" in form) return form;
  return "score" in form ? form.score : null;
}

function factsWith(value: unknown): Facts {
  return {
    now: 0,
    attribute: () => value as string | undefined,
    property: () => value,
    temperature: () => value as string | null,
    total: () => (typeof value === "number" ? value : null),
    reached: () => value === true,
    // As many as any `at_least` asks for.
    acts: () => (value === true ? MANY : []),
    step: () => value === true,
    inSegment: () => value === true,
    stage: typeof value === "string" ? value : NOT_NAMED,
    owner: typeof value === "string" ? value : null,
  };
}

const MANY = Array.from({ length: 1000 }, () => 0);
