import type { Instant } from "../instant.ts";
import type { Attributes } from "../leads/lead.ts";
import { ModelFacts, ownValue } from "./facts.ts";
import type { Band, Criterion, InactivityStep, Model, Rule } from "./model.ts";
import type { ScoreState } from "./state.ts";

// Every sum here starts with the fit in file order and goes on with the rules in file order and the inactivity, so
// that the parts of an explanation, added in this order, give the very same double.

/** The band whose points the attributes get; undefined where none holds. */
export function bandOf(criterion: Criterion, attributes: Attributes): Band | undefined {
  const value = ownValue(attributes, criterion.attribute);
  return criterion.bands.find((band) => band.test === null || band.test(value));
}

export function fitOf(model: Model, attributes: Attributes): number {
  let sum = 0;
  for (const criterion of model.fit) sum += bandOf(criterion, attributes)?.points ?? 0;
  return sum;
}

/** What is left at `at` of a rule's value. */
export function livePoints(rule: Rule, state: ScoreState, at: Instant): number {
  const held = state.values[rule.key];
  return held === undefined ? 0 : pointsLeft(rule, held, at);
}

function pointsLeft(rule: Rule, held: ScoreState["values"][string], at: Instant): number {
  return rule.fades < 0 ? held[0] : held[0] * 2 ** (-(at - held[1]) / rule.halfLife);
}

/** A rule that took an event, and what it holds. */
export interface Held {
  readonly rule: Rule;
  readonly value: ScoreState["values"][string];
}

/** In file order. For asking many instants of one state: most rules of a model hold nothing of a lead. */
export function heldOf(model: Model, state: ScoreState): Held[] {
  const held: Held[] = [];
  for (const rule of model.rules) {
    const value = state.values[rule.key];
    if (value !== undefined) held.push({ rule, value });
  }
  return held;
}

export function heldPoints({ rule, value }: Held, at: Instant): number {
  return pointsLeft(rule, value, at);
}

/** The last step whose `after` has passed since the lead's last own act; undefined before the first. */
export function inactivityStep(model: Model, state: ScoreState, at: Instant): InactivityStep | undefined {
  if (state.lastAct === null) return undefined;
  let passed: InactivityStep | undefined;
  for (const step of model.inactivity) {
    if (state.lastAct + step.after > at) break;
    passed = step;
  }
  return passed;
}

/** The score before the clamp. `fit` is `fitOf` the attributes at that instant. */
export function rawPoints(model: Model, state: ScoreState, fit: number, at: Instant): number {
  let sum = fit;
  for (const rule of model.rules) sum += livePoints(rule, state, at);
  return withInactivity(model, state, sum, at);
}

/** The same, by what `heldOf` found: a rule that holds nothing would add 0. */
export function rawOf(
  held: readonly Held[],
  model: Model,
  state: ScoreState,
  fit: number,
  at: Instant,
): number {
  let sum = fit;
  for (const one of held) sum += pointsLeft(one.rule, one.value, at);
  return withInactivity(model, state, sum, at);
}

function withInactivity(model: Model, state: ScoreState, sum: number, at: Instant): number {
  const step = inactivityStep(model, state, at);
  return step === undefined ? sum : sum + step.points;
}

export function clamp(model: Model, raw: number): number {
  return Math.min(Math.max(raw, model.range.floor), model.range.ceiling);
}

/** The score at an instant not before the last event, while no other event happens. */
export function totalAt(
  model: Model,
  state: ScoreState,
  attributes: Attributes,
  at: Instant,
): { raw: number; total: number } {
  const raw = rawPoints(model, state, fitOf(model, attributes), at);
  return { raw, total: clamp(model, raw) };
}

/** Whether the model scores a lead with these attributes. */
export function accepts(model: Model, attributes: Attributes): boolean {
  return model.appliesTo === null || model.appliesTo(new ModelFacts(0, attributes));
}
