import type { Actor } from "../events/event.ts";
import { eventInput, type EventInput } from "../events/input.ts";
import type { Instant } from "../instant.ts";

/** What the API may say of a deal; absent and null leave it as it is. */
export interface DealMove {
  /** `won` and `lost` close it, any other word is a stage of the company's own. */
  readonly stage?: string | null;
  readonly value?: number | null;
  readonly reason?: string | null;
  readonly at?: Instant | null;
}

/** The event by which a deal opens, moves, is won or lost; it goes through the lead's inbox like any other. */
export function dealEvent(deal: string, opens: boolean, move: DealMove, actor: Actor = "system"): EventInput {
  const { stage = null, value = null, reason = null, at = null } = move;
  const type =
    stage === "won" ? "deal.won" : stage === "lost" ? "deal.lost" : opens ? "deal.opened" : "deal.moved";
  const properties = {
    deal,
    ...(value === null ? {} : { value }),
    ...(stage === null ? {} : { stage }),
    ...(reason === null ? {} : { reason }),
  };
  return eventInput(type, actor, properties, { at });
}
