import type { Scalar } from "../conditions/condition.ts";
import type { Facts } from "../conditions/evaluate.ts";
import type { Properties } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import type { Attributes } from "../leads/lead.ts";

const NO_PROPERTIES: Properties = {};

/**
 * What the conditions inside a model see: attributes, and the properties of the event at hand. The schema lets no
 * other form into a model, so that a score never depends on a score; the rest answers as if there were nothing.
 */
export class ModelFacts implements Facts {
  readonly now: Instant;
  readonly stage = "lead";
  readonly owner = null;
  private readonly attributes: Attributes;
  private readonly properties: Properties;

  constructor(now: Instant, attributes: Attributes, properties: Properties = NO_PROPERTIES) {
    this.now = now;
    this.attributes = attributes;
    this.properties = properties;
  }

  attribute(name: string): Scalar | undefined {
    return ownValue(this.attributes, name);
  }

  property(name: string): unknown {
    return ownValue(this.properties, name);
  }

  temperature(): null {
    return null;
  }

  reached(): boolean {
    return false;
  }

  total(): null {
    return null;
  }

  acts(): readonly Instant[] {
    return [];
  }

  step(): boolean {
    return false;
  }

  inSegment(): boolean {
    return false;
  }
}

/** A lead may well have an attribute called `constructor`, and usually has not. */
export function ownValue<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
