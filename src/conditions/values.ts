import { OPERATOR_NAMES } from "./condition.ts";
import type { Operators } from "./condition.ts";

/** Asks one value of an attribute or a property; undefined and null are missing. */
export type ValueTest = (value: unknown) => boolean;

const NUMERIC = /^[+-]?\d+(\.\d+)?$/;

/** The form in which text compares without regard to case. */
export function foldText(text: string): string {
  return text.toLowerCase();
}

/** A number, or text that has the form of one (spaces trimmed); null for anything else. */
export function asNumber(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return null;
  const text = value.trim();
  return NUMERIC.test(text) ? Number(text) : null;
}

/** Compiles operators once; the test holds where all of them do. */
export function compileOperators(operators: Operators): ValueTest {
  const tests: ValueTest[] = [];
  for (const name of OPERATOR_NAMES) {
    if (operators[name] !== undefined) tests.push(compileOperator(name, operators));
  }
  const [only] = tests;
  return tests.length === 1 ? only! : (value) => tests.every((test) => test(value));
}

function compileOperator(name: keyof Operators, operators: Operators): ValueTest {
  switch (name) {
    case "is":
      return present(equals(operators.is));
    case "is_not":
      return present(not(equals(operators.is_not)));
    case "in":
      return present(among(operators.in!));
    case "not_in":
      return present(not(among(operators.not_in!)));
    case "over":
      return ordered(operators.over!, (order) => order > 0);
    case "under":
      return ordered(operators.under!, (order) => order < 0);
    case "from":
      return ordered(operators.from!, (order) => order >= 0);
    case "to":
      return ordered(operators.to!, (order) => order <= 0);
    case "matches":
      return globTest(operators.matches!);
    case "exists":
      return operators.exists ? isPresent : not(isPresent);
  }
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Nothing but `exists: false` holds for a missing value, `is_not` neither. */
function present(test: ValueTest): ValueTest {
  return (value) => isPresent(value) && test(value);
}

function not(test: ValueTest): ValueTest {
  return (value) => !test(value);
}

function equals(expected: unknown): ValueTest {
  const number = asNumber(expected);
  const text = typeof expected === "string" ? foldText(expected) : null;
  return (value) => {
    if (number !== null) {
      const other = asNumber(value);
      if (other !== null) return other === number;
    }
    return text !== null && typeof value === "string" ? foldText(value) === text : value === expected;
  };
}

function among(expected: readonly unknown[]): ValueTest {
  const tests = expected.map(equals);
  return (value) => tests.some((test) => test(value));
}

/** Numbers compare with numbers, other text with other text (as dates in ISO form do well); the rest has no order. */
function ordered(bound: number | string, holds: (order: number) => boolean): ValueTest {
  const number = asNumber(bound);
  const text = foldText(String(bound));
  return (value) => {
    const other = asNumber(value);
    if (number !== null) return other !== null && holds(other - number);
    if (other !== null || typeof value !== "string") return false;
    const folded = foldText(value);
    return holds(folded > text ? 1 : folded < text ? -1 : 0);
  };
}

/** `*` stands for any characters, `/` too, `?` for one. The whole value must match. */
function globTest(pattern: string): ValueTest {
  const folded = foldText(pattern);
  // By code point where `?` counts characters; a code unit is cheaper and means the same for `*`.
  const split = folded.includes("?") ? (text: string) => Array.from(text) : (text: string) => text;
  const wanted = split(folded);
  return (value) => {
    const text = asText(value);
    return text !== null && globMatches(wanted, split(foldText(text)));
  };
}

function asText(value: unknown): string | null {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

/** Remembers only the last `*`, so that no pattern takes longer than pattern × text. */
function globMatches(pattern: ArrayLike<string>, text: ArrayLike<string>): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === "*") {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (p < pattern.length && pattern[p] === "*") p++;
  return p === pattern.length;
}
