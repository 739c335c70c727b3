import type { Scalar } from "../conditions/condition.ts";
import type { Instant } from "../instant.ts";

/** What is known of a person, by name. A missing name and null mean the same. */
export type Attributes = Readonly<Record<string, Scalar>>;

export const STAGES = ["lead", "mql", "opportunity", "lost", "customer"] as const;
export type Stage = (typeof STAGES)[number];

export interface Lead {
  readonly id: number;
  /** Normalised (leads/address.ts). */
  readonly email: string;
  readonly attributes: Attributes;
  /** A rep, or null. */
  readonly owner: string | null;
  readonly stage: Stage;
  readonly pausedUntil: Instant | null;
  /** Why this address gets no mail; null where it may. */
  readonly suppressed: string | null;
  /** False for one that a stranger's form made, until it confirms. */
  readonly confirmed: boolean;
  readonly createdAt: Instant;
}

/** By itself a stage only moves forward (spec/config.md, reps.yaml). */
export function forward(from: Stage, to: Stage): Stage {
  return STAGES.indexOf(to) > STAGES.indexOf(from) ? to : from;
}

/** The attributes after a change: null takes one away. A new object. */
export function withAttributes(before: Attributes, changed: Readonly<Record<string, unknown>>): Attributes {
  const after: Record<string, Scalar> = { ...before };
  for (const [name, value] of Object.entries(changed)) {
    if (value === null || value === undefined) delete after[name];
    else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      after[name] = value;
  }
  return after;
}
