import type { Event } from "../events/event.ts";
import { DAY, type Duration } from "../instant.ts";

/** At most one mail in so long, as the lead wishes. */
export const FEWER = { week: 7 * DAY, month: 30 * DAY } as const satisfies Record<string, Duration>;

export type Fewer = keyof typeof FEWER;

export const LONGEST_FEWER: Duration = FEWER.month;

/** The wish after a counted event; undefined: none. */
export function fewerAfter(before: Fewer | undefined, event: Event): Fewer | undefined {
  if (event.type !== "preferences.changed") return before;
  const { fewer } = event.properties;
  return fewer === "week" || fewer === "month" ? fewer : undefined;
}
