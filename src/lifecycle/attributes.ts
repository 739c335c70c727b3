import type { Event } from "../events/event.ts";
import { withAttributes, type Attributes } from "../leads/lead.ts";

/** The lead's attributes after an event: the very same object where it changes none. */
export function attributesAfter(before: Attributes, event: Event): Attributes {
  if (event.type !== "lead.updated") return before;
  const changed = event.properties["attributes"];
  return typeof changed === "object" && changed !== null
    ? withAttributes(before, changed as Record<string, unknown>)
    : before;
}
