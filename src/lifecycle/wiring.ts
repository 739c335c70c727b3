import type { Condition, DidCondition } from "../conditions/condition.ts";
import { compileCondition, didKey, didsOf, type Test } from "../conditions/evaluate.ts";
import { settles } from "../events/event.ts";
import type { Programme } from "../programme/programme.ts";
import type { Model } from "../scoring/model.ts";

/** A `did` that some condition of the programme asks: how many instants it needs kept, and of which events. */
export interface Watch {
  readonly key: string;
  readonly where: Test | null;
  readonly keep: number;
  readonly settles: boolean;
}

/** What the spine works out once for a programme instead of once a lead. */
export interface Wiring {
  /** Watches by event type. */
  readonly watches: ReadonlyMap<string, readonly Watch[]>;
  /** Every watch by its didKey. */
  readonly keys: ReadonlyMap<string, Watch>;
  readonly models: ReadonlyMap<string, Model>;
}

const wired = new WeakMap<Programme, Wiring>();
const tests = new WeakMap<object, Test>();

/** The compiled form of a condition of the programme, compiled at its first use. */
export function testOf(condition: Condition): Test {
  let test = tests.get(condition);
  if (!test) {
    test = compileCondition(condition);
    tests.set(condition, test);
  }
  return test;
}

export function wiringOf(programme: Programme): Wiring {
  let wiring = wired.get(programme);
  if (!wiring) {
    wiring = wire(programme);
    wired.set(programme, wiring);
  }
  return wiring;
}

function wire(programme: Programme): Wiring {
  const keys = new Map<string, Watch>();
  const watches = new Map<string, Watch[]>();
  for (const did of conditionsOf(programme).flatMap(didsOf)) {
    const watch = watchOf(did);
    if (keys.has(watch.key)) continue;
    keys.set(watch.key, watch);
    watches.set(did.did, [...(watches.get(did.did) ?? []), watch]);
  }
  return { watches, keys, models: new Map(programme.models.map((model) => [model.name, model])) };
}

function watchOf(did: DidCondition): Watch {
  return {
    key: didKey(did),
    where: did.where ? testOf(did.where) : null,
    keep: did.at_least ?? 1,
    settles: settles(did.did),
  };
}

/** Every condition that is asked about a lead outside the scoring models. */
function conditionsOf(programme: Programme): Condition[] {
  const found: Condition[] = programme.segments.map((segment) => segment.when);
  const kept = [...programme.earlier.values()].filter(({ inFlight }) => inFlight === "keep");
  for (const sequence of [...programme.sequences.values(), ...kept.map((earlier) => earlier.sequence)]) {
    found.push(...sequence.exit);
    if (sequence.goal) found.push(sequence.goal);
    for (const entry of sequence.enter) if (entry.if) found.push(entry.if);
    for (const step of Object.values(sequence.steps)) {
      if (step.kind === "wait_for") found.push(step.condition);
      if (step.kind === "branch") for (const arm of step.arms) if (arm.when) found.push(arm.when);
      if (step.kind === "ab" && typeof step.measure !== "string") found.push(step.measure);
    }
  }
  return found;
}
