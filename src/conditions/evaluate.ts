import { parseDuration } from "../instant.ts";
import type { Duration, Instant } from "../instant.ts";
import { DEFAULT_MODEL } from "./condition.ts";
import type { Condition, DidCondition, Scalar } from "./condition.ts";
import { contentHash } from "./hash.ts";
import { compileOperators, foldText } from "./values.ts";

/** What a condition may ask about one lead at one instant. Every method is pure and cheap. */
export interface Facts {
  readonly now: Instant;
  attribute(name: string): Scalar | undefined;
  /** Of the event at hand; undefined where there is none. */
  property(name: string): unknown;
  /** `cold`, `warm` or `hot`; null where the model does not score the lead. */
  temperature(model: string): string | null;
  reached(mark: string, model: string): boolean;
  /** null where the model does not score the lead. */
  total(model: string): number | null;
  /** Ascending instants, none after `now`, of the counted events of a `did` (see `didKey`); the last `at_least` suffice. */
  acts(key: string): readonly Instant[];
  /** Whether a person clicked, opened or replied to the email of a step of the sequence at hand. */
  step(id: string, what: "clicked" | "opened" | "replied"): boolean;
  inSegment(name: string): boolean;
  readonly stage: string;
  readonly owner: string | null;
}

export type Test = (facts: Facts) => boolean;

/** Compiles a checked condition once, so that asking it parses nothing. */
export function compileCondition(condition: Condition): Test {
  if ("attribute" in condition) {
    const test = compileOperators(condition);
    const name = condition.attribute;
    return (facts) => test(facts.attribute(name));
  }
  if ("property" in condition) {
    const test = compileOperators(condition);
    const name = condition.property;
    return (facts) => test(facts.property(name));
  }
  if ("temperature" in condition) {
    const temperatures: readonly string[] = [condition.temperature].flat();
    const model = condition.model ?? DEFAULT_MODEL;
    return (facts) => {
      const temperature = facts.temperature(model);
      return temperature !== null && temperatures.includes(temperature);
    };
  }
  if ("reached" in condition) {
    const { reached, model = DEFAULT_MODEL } = condition;
    return (facts) => facts.reached(reached, model);
  }
  if ("score" in condition) {
    const test = compileOperators(condition.score);
    const model = condition.model ?? DEFAULT_MODEL;
    return (facts) => test(facts.total(model));
  }
  if ("did" in condition) return compileDid(condition);
  if ("clicked" in condition) return (facts) => facts.step(condition.clicked, "clicked");
  if ("opened" in condition) return (facts) => facts.step(condition.opened, "opened");
  if ("replied" in condition) return (facts) => facts.step(condition.replied, "replied");
  if ("segment" in condition) return (facts) => facts.inSegment(condition.segment);
  if ("stage" in condition) {
    const stages = [condition.stage].flat();
    return (facts) => stages.includes(facts.stage);
  }
  if ("owner" in condition) {
    const owner = foldText(condition.owner);
    return (facts) => facts.owner !== null && foldText(facts.owner) === owner;
  }
  if ("all" in condition) {
    const tests = condition.all.map(compileCondition);
    return (facts) => tests.every((test) => test(facts));
  }
  if ("any" in condition) {
    const tests = condition.any.map(compileCondition);
    return (facts) => tests.some((test) => test(facts));
  }
  if ("not" in condition) {
    const test = compileCondition(condition.not);
    return (facts) => !test(facts);
  }
  return condition satisfies never;
}

function compileDid(did: DidCondition): Test {
  const key = didKey(did);
  const needed = did.at_least ?? 1;
  const within = did.within === undefined ? Infinity : parseDuration(did.within)!;
  return (facts) => {
    const acts = facts.acts(key);
    // The Nth-latest act decides: later ones are within as well.
    return acts.length >= needed && acts[acts.length - needed]! > facts.now - within;
  };
}

/** Names what is to be remembered for a `did`: its type, `where` and how many. 12 hex digits; `within` is not part of it. */
export function didKey(did: DidCondition): string {
  return contentHash([did.did, did.where ?? null, did.at_least ?? 1]);
}

/** Every `did` inside, in the order of the text. */
export function didsOf(condition: Condition): DidCondition[] {
  if ("all" in condition) return condition.all.flatMap(didsOf);
  if ("any" in condition) return condition.any.flatMap(didsOf);
  if ("not" in condition) return didsOf(condition.not);
  return "did" in condition ? [condition] : [];
}

/**
 * The earliest instant after `facts.now` at which a `did … within` inside could change by time alone: the Nth-latest
 * act + within. null where time alone changes nothing.
 */
export function nextTimeChange(condition: Condition, facts: Facts): Instant | null {
  let next: Instant | null = null;
  for (const { key, needed, within } of endingsOf(condition)) {
    const acts = facts.acts(key);
    const act = acts[acts.length - needed];
    if (act === undefined) continue;
    const at = act + within;
    if (at > facts.now && (next === null || at < next)) next = at;
  }
  return next;
}

/** A `did … within`, read once. */
interface Ending {
  readonly key: string;
  readonly needed: number;
  readonly within: Duration;
}

const endings = new WeakMap<Condition, readonly Ending[]>();

function endingsOf(condition: Condition): readonly Ending[] {
  let found = endings.get(condition);
  if (!found) {
    found = didsOf(condition).flatMap((did) =>
      did.within === undefined
        ? []
        : [{ key: didKey(did), needed: did.at_least ?? 1, within: parseDuration(did.within)! }],
    );
    endings.set(condition, found);
  }
  return found;
}
