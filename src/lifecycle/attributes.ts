import type { Event } from "../events/event.ts";
import { withAttributes, type Attributes } from "../leads/lead.ts";

/**
 * The lead's attributes after an event: the very same object where it changes none. `birth` is the place of the
 * lead.created with which the lead began: another one, of a lead that was made one with this, is a change.
 */
export function attributesAfter(before: Attributes, event: Event, birth: number | undefined): Attributes {
  const another = event.type === "lead.created" && birth !== undefined && event.seq !== birth;
  if (event.type !== "lead.updated" && !another) return before;
  const changed = event.properties["attributes"];
  return typeof changed === "object" && changed !== null
    ? withAttributes(before, changed as Record<string, unknown>)
    : before;
}
