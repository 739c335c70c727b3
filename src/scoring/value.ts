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
  if (held === undefined) return 0;
  return rule.fades < 0 ? held[0] : held[0] * 2 ** (-(at - held[1]) / rule.halfLife);
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
