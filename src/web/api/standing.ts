import type { Instant } from "../../instant.ts";
import type { Attributes } from "../../leads/lead.ts";
import type { LeadState } from "../../lifecycle/state.ts";
import { advanceScore, isCurrent, nextTemperatureCrossing, totalAt } from "../../scoring/fold.ts";
import type { Model } from "../../scoring/model.ts";
import { nextView } from "./lead-view.ts";

/**
 * A model's total and temperature at an instant, from what the spine keeps of the lead: no log is read.
 * `stale`: kept for another version of the model; null: not scored by it.
 */
export function standingAt(model: Model, state: LeadState, attributes: Attributes, now: Instant) {
  const kept = state.models[model.name];
  if (!kept || !isCurrent(model, kept)) return "stale";
  if (kept.temperature === null) return null;
  const score = structuredClone(kept);
  // An event may lie some minutes ahead: before it the score is not known from here.
  const at = Math.max(now, kept.at ?? now);
  advanceScore(model, score, at, attributes, () => {});
  const { total, raw } = totalAt(model, score, attributes, at);
  const next = nextTemperatureCrossing(model, score, attributes, at);
  return { model: model.name, total, raw, temperature: score.temperature!, ...nextView(next) };
}

/**
 * The total alone, at an instant that may lie before the last crossing by time; null: not scored; "stale" as above.
 * What the lead did since then counts all the same: that it had not is no longer to be seen from here.
 */
export function totalOf(model: Model, state: LeadState, attributes: Attributes, at: Instant) {
  const kept = state.models[model.name];
  if (!kept || !isCurrent(model, kept)) return "stale";
  if (kept.temperature === null) return null;
  const acts = Object.values(kept.values).map(([, set]) => set);
  return totalAt(model, kept, attributes, Math.max(at, kept.lastAct ?? at, ...acts)).total;
}

export function readState(text: string): LeadState {
  return JSON.parse(text) as LeadState;
}
