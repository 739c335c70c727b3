import { compileOperators } from "../conditions/values.ts";
import type { Duration, Instant } from "../instant.ts";
import type { Happening } from "../lifecycle/changes.ts";
import type { Moment } from "./moment.ts";
import type { Kind } from "./scenario-file.ts";
import type { Expectation, Scenario } from "./scenario.ts";

/** A line of the log that can be expected. */
export interface Fact {
  readonly at: Instant;
  readonly email: string;
  readonly kind: Kind;
  readonly name: string;
  readonly line: Happening;
}

/** Where what happened is not what was expected. */
export type Difference =
  /**
   * `nearest`: what comes closest to it and stands for no other expectation; null: nothing does. `others`: some of
   * that kind were there, each for an expectation of its own.
   */
  | {
      readonly why: "missing";
      readonly expected: Expectation;
      readonly nearest: Fact | null;
      readonly others: boolean;
    }
  | { readonly why: "count"; readonly expected: Expectation; readonly found: readonly Fact[] }
  | { readonly why: "order"; readonly expected: Expectation; readonly found: Fact; readonly after: Fact }
  | { readonly why: "unexpected"; readonly found: Fact };

/** What of the log can be expected; null for the rest. */
export function factOf(line: Happening): Fact | null {
  const told = nameOf(line);
  return told && { at: line.at, email: String(line["email"]), kind: told[0], name: told[1], line };
}

function nameOf(line: Happening): [Kind, string] | null {
  const text = (key: string) => String(line[key]);
  switch (line.what) {
    case "message.sent":
      return ["mail", text("template")];
    case "message.deferred":
      return ["deferred", text("template")];
    case "message.dropped":
      return ["dropped", text("template")];
    case "score.crossed":
      return line["mark"] === undefined ? ["crossing", text("to")] : ["mark", text("mark")];
    case "rep.notified":
      return ["notice", text("kind")];
    case "sequence.entered":
      return ["entered", text("sequence")];
    case "sequence.ended":
      return ["ended", text("sequence")];
    case "deal.opened":
      return ["deal", "opened"];
    default:
      return null;
  }
}

/** Holds what happened, in order of time, against what a scenario expects. */
export function compare(scenario: Scenario, facts: readonly Fact[]): Difference[] {
  const claims = claim(scenario.expect, facts);
  const single = new Set(
    scenario.expect.flatMap((expected) => (expected.times === null ? claims.get(expected)! : [])),
  );
  const free = facts.filter((fact) => !single.has(fact));
  const differences = scenario.expect.flatMap((expected): Difference[] => {
    const found = claims.get(expected)!;
    if (expected.times !== null)
      return found.length === expected.times ? [] : [{ why: "count", expected, found }];
    if (found.length > 0) return [];
    const others = facts.some((fact) => isLike(expected, fact));
    return [{ why: "missing", expected, nearest: nearestTo(expected, free), others }];
  });
  if (scenario.inOrder) differences.push(...outOfOrder(scenario.expect, facts, claims));
  const shown = new Set(differences.map((one) => (one.why === "missing" ? one.nearest : null)));
  const claimed = new Set([...claims.values()].flat());
  for (const found of free) {
    if (claimed.has(found)) continue;
    if (scenario.exactly.includes(found.kind) && !shown.has(found))
      differences.push({ why: "unexpected", found });
  }
  return differences;
}

/**
 * Which facts stand for which expectation. Each stands for one at most, but for those that are counted. What must be
 * over first chooses first: so all find theirs, where all can.
 */
function claim(expect: readonly Expectation[], facts: readonly Fact[]): Map<Expectation, Fact[]> {
  const claims = new Map<Expectation, Fact[]>();
  const taken = new Set<Fact>();
  const single = expect.filter(({ times }) => times === null);
  for (const expected of [...single].sort((a, b) => a.when.until - b.when.until)) {
    const fits = fitOf(expected);
    const found = facts.find((fact) => !taken.has(fact) && within(fact.at, expected.when) && fits(fact));
    if (found) taken.add(found);
    claims.set(expected, found ? [found] : []);
  }
  for (const expected of expect) {
    if (expected.times === null) continue;
    const fits = fitOf(expected);
    claims.set(
      expected,
      facts.filter((fact) => within(fact.at, expected.when) && fits(fact)),
    );
  }
  return claims;
}

function within(at: Instant, { from, until }: Moment): boolean {
  return at >= from && at <= until;
}

/** Whether a fact is what is meant, whenever it was. */
function fitOf({ kind, email, name, asks, deferredUntil }: Expectation): (fact: Fact) => boolean {
  const isName = compileOperators({ matches: name });
  const tests = Object.entries(asks).map(
    ([key, wanted]) => [key, compileOperators({ matches: wanted })] as const,
  );
  return (fact) =>
    fact.kind === kind &&
    fact.email === email &&
    isName(fact.name) &&
    tests.every(([key, test]) => test(fact.line[key])) &&
    (deferredUntil === null || within(Number(fact.line["until"]), deferredUntil));
}

/** Of the same lead and kind: one of the same name before another, then the one nearest in time. */
function nearestTo(expected: Expectation, free: readonly Fact[]): Fact | null {
  const fits = fitOf(expected);
  const isName = compileOperators({ matches: expected.name });
  const distance = (fact: Fact): [number, Duration] => [
    fits(fact) ? 0 : isName(fact.name) ? 1 : 2,
    Math.max(0, expected.when.from - fact.at, fact.at - expected.when.until),
  ];
  let best: Fact | null = null;
  for (const fact of free) {
    if (!isLike(expected, fact)) continue;
    if (best === null || isLess(distance(fact), distance(best))) best = fact;
  }
  return best;
}

function isLike({ kind, email }: Expectation, fact: Fact): boolean {
  return fact.kind === kind && fact.email === email;
}

function isLess([a, b]: readonly [number, number], [c, d]: readonly [number, number]): boolean {
  return a < c || (a === c && b < d);
}

/** Expectations whose fact comes before the fact of one above. */
function outOfOrder(
  expect: readonly Expectation[],
  facts: readonly Fact[],
  claims: ReadonlyMap<Expectation, readonly Fact[]>,
): Difference[] {
  const differences: Difference[] = [];
  let last: Fact | null = null;
  for (const expected of expect) {
    const [found] = expected.times === null ? claims.get(expected)! : [];
    if (!found) continue;
    if (last && facts.indexOf(found) < facts.indexOf(last))
      differences.push({ why: "order", expected, found, after: last });
    else last = found;
  }
  return differences;
}
