import { canonicalJson } from "../conditions/hash.ts";
import { isCounted } from "../events/event.ts";
import type { Event } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import { utcDay } from "../instant.ts";
import type { Attributes } from "../leads/lead.ts";
import { ModelFacts, ownValue } from "./facts.ts";
import type { Model, OncePer, Rule } from "./model.ts";
import { firstChange } from "./next.ts";
import { holdOf, settle } from "./settle.ts";
import type { Emit } from "./settle.ts";
import type { ScoreState } from "./state.ts";
import { accepts, clamp, fitOf, livePoints, rawPoints } from "./value.ts";

export { nextCrossing, nextTemperatureCrossing } from "./next.ts";
export type { NextCrossing } from "./next.ts";
export type { Crossing, Emit } from "./settle.ts";
export { copyScore, emptyScore, isCurrent } from "./state.ts";
export type { ScoreState } from "./state.ts";
export { totalAt } from "./value.ts";

export type ScoredEvent = Event;

/** Told of each event that a rule took: by how much it changed the rule's live points. */
export type Fed = (rule: Rule, event: ScoredEvent, points: number) => void;

/**
 * The lead begins, cold, with its first attributes. The event with which it begins, lead.created or an earlier one,
 * is folded next, at this instant, and settles the temperature.
 */
export function begin(model: Model, state: ScoreState, at: Instant, attributes: Attributes): void {
  state.at = at;
  state.temperature = accepts(model, attributes) ? "cold" : null;
}

/**
 * Folds the next event of the log into `state`, in place: what time alone changes up to and including `event.at`
 * first, then the event, then the temperature settles. `before` and `after` differ where the event changes attributes.
 * Every event of the log comes here, in its order, whatever its type or verdict, lead.created too.
 * Throws a RangeError for one that lies before what is folded already: such a log is folded anew from `emptyScore`.
 */
export function foldEvent(
  model: Model,
  state: ScoreState,
  event: ScoredEvent,
  before: Attributes,
  after: Attributes,
  emit: Emit,
  fed?: Fed,
): void {
  if (state.at === null) throw new RangeError("the lead has not begun: begin() comes before its first event");
  if (event.at < state.at) throw new RangeError("a late event: its lead's log is to be folded anew");
  const fitBefore = fitOf(model, before);
  pass(model, state, event.at, fitBefore, emit);
  state.at = event.at;
  if (isCounted(event)) {
    const rules = model.byEventType.get(event.type);
    if (rules) feed(rules, state, event, after, fed);
  }
  if (event.type === "lead.created" || (event.actor === "lead" && isCounted(event))) state.lastAct = event.at;

  if (after !== before) {
    // Rules go on while the model does not accept the lead; when it does again the lead starts cold and settles.
    if (!accepts(model, after)) {
      state.temperature = null;
      state.reached = [];
    } else state.temperature ??= "cold";
  }
  if (state.temperature === null) return;
  const fit = after === before ? fitBefore : fitOf(model, after);
  settle(model, state, event.at, clamp(model, rawPoints(model, state, fit, event.at)), event, emit);
}

/**
 * Lets time alone pass, up to and including `until`. `state` changes, in place, only where something crosses, so that
 * the outcome is the same however often this is called.
 */
export function advanceScore(
  model: Model,
  state: ScoreState,
  until: Instant,
  attributes: Attributes,
  emit: Emit,
): void {
  pass(model, state, until, fitOf(model, attributes), emit);
}

function pass(model: Model, state: ScoreState, until: Instant, fit: number, emit: Emit): void {
  while (state.at !== null && state.temperature !== null && state.at < until) {
    const at = firstChange(model, state, fit, holdOf(model, state, true), state.at, until);
    if (at === null) return;
    state.at = at;
    settle(model, state, at, clamp(model, rawPoints(model, state, fit, at)), null, emit);
  }
}

function feed(
  rules: readonly Rule[],
  state: ScoreState,
  event: ScoredEvent,
  attributes: Attributes,
  fed?: Fed,
): void {
  const facts = new ModelFacts(event.at, attributes, event.properties);
  for (const rule of rules) {
    if (rule.where && !rule.where(facts)) continue;
    if (rule.oncePer && !takeOnce(rule.key, rule.oncePer, state, event)) continue;
    const live = livePoints(rule, state, event.at);
    const sum = live + rule.points;
    const value = rule.cap === null ? sum : Math.min(Math.max(sum, -rule.cap), rule.cap);
    state.values[rule.key] = [value, event.at];
    fed?.(rule, event, value - live);
  }
}

/** Whether this is the first event with its key; an event that has none is always taken. */
function takeOnce(rule: string, per: OncePer, state: ScoreState, event: ScoredEvent): boolean {
  const key = keyOf(per, event);
  if (key === null) return true;
  const taken = (state.taken[rule] ??= {});
  if (Object.hasOwn(taken, key)) return false;
  taken[key] = 1;
  return true;
}

/** As JSON text, so that `1` and `"1"` are two keys. */
function keyOf(per: OncePer, event: ScoredEvent): string | null {
  switch (per.by) {
    case "ever":
      return "ever";
    case "day":
      return utcDay(event.at);
    case "message":
      return event.message === null ? null : JSON.stringify(event.message);
    case "property": {
      const value = ownValue(event.properties, per.name);
      return value === undefined || value === null ? null : canonicalJson(value);
    }
  }
}
