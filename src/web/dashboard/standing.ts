import type { Instant } from "../../instant.ts";
import type { Attributes } from "../../leads/lead.ts";
import type { LeadState } from "../../lifecycle/state.ts";
import { advanceScore, isCurrent, nextTemperatureCrossing, totalAt } from "../../scoring/fold.ts";
import type { Model } from "../../scoring/model.ts";

/** A lead's score as a list shows it. */
export interface Standing {
  readonly total: number;
  readonly temperature: string;
  /** What time alone leads to. */
  readonly next: { readonly at: Instant; readonly temperature: string } | null;
}

/**
 * By what the spine keeps of the lead, without its log. `stored` stands in while the lead is not yet taken over to a
 * changed model; null: the model does not score it.
 */
export function standingNow(
  model: Model,
  state: LeadState | null,
  stored: { readonly total: number | null; readonly temperature: string | null },
  attributes: Attributes,
  now: Instant,
): Standing | null {
  const kept = state?.models[model.name];
  if (!kept || !isCurrent(model, kept)) {
    const { total, temperature } = stored;
    return total === null || temperature === null ? null : { total, temperature, next: null };
  }
  if (kept.temperature === null) return null;
  const score = structuredClone(kept);
  // An event may lie some minutes ahead: before it the score is not known from here.
  const at = Math.max(now, kept.at ?? now);
  advanceScore(model, score, at, attributes, () => {});
  const next = nextTemperatureCrossing(model, score, attributes, at);
  return {
    total: totalAt(model, score, attributes, at).total,
    temperature: score.temperature!,
    next: next && next.temperature !== null ? { at: next.at, temperature: next.temperature } : null,
  };
}
