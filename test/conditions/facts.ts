import type { Scalar } from "../../src/conditions/condition.ts";
import type { Facts } from "../../src/conditions/evaluate.ts";

export const NOW = Date.UTC(2026, 0, 31);

/** Facts of a lead of whom nothing is known but what is given. */
export function factsOf(facts: Partial<Facts> & { attributes?: Record<string, Scalar> }): Facts {
  return {
    now: NOW,
    attribute: (name) => facts.attributes?.[name],
    property: () => undefined,
    temperature: () => null,
    reached: () => false,
    total: () => null,
    acts: () => [],
    step: () => false,
    inSegment: () => false,
    stage: "lead",
    owner: null,
    ...facts,
  };
}
