import type { Temperature } from "../conditions/condition.ts";
import type { Instant } from "../instant.ts";
import type { Model } from "./model.ts";

/** All that is kept of a lead's log to score it on. JSON-safe: it may be stored as text and read back. */
export interface ScoreState {
  /** The hash of the model that folded it. */
  model: string;
  /** The instant of the last event folded or crossing by time; null before the lead begins. */
  at: Instant | null;
  /** By rule key: the value and the instant at which it was set. Only rules that took an event. */
  values: Record<string, [value: number, at: Instant]>;
  /** By rule key: what `once_per` has taken, each key as JSON text. */
  taken: Record<string, Record<string, 1>>;
  /** The latest counted event of the lead's own, or lead.created. */
  lastAct: Instant | null;
  /** null while the model does not accept the lead. */
  temperature: Temperature | null;
  /** Marks reached, in file order. */
  reached: string[];
}

export function emptyScore(model: Model): ScoreState {
  return {
    model: model.hash,
    at: null,
    values: {},
    taken: {},
    lastAct: null,
    temperature: null,
    reached: [],
  };
}

/** One that may be folded on without changing this one. structuredClone takes twenty times as long. */
export function copyScore(state: ScoreState): ScoreState {
  const taken: ScoreState["taken"] = {};
  for (const rule of Object.keys(state.taken)) taken[rule] = { ...state.taken[rule] };
  // The pairs of `values` and the list of `reached` are replaced, never changed.
  return { ...state, values: { ...state.values }, taken };
}

/** Whether the state was folded by this very model; if not, it is to be folded anew from the log. */
export function isCurrent(model: Model, state: ScoreState): boolean {
  return state.model === model.hash;
}
