import type { EventInput } from "../events/input.ts";
import type { LeadState } from "./state.ts";

/** What is told of one mail twice comes within days: so many mails that came back are remembered. */
const REMEMBERED = 20;

/**
 * Whether a bounce says worse of its mail than was told before; now it is told. The server that refused a mail later,
 * a provider's webhook and each server on the way tell of one mail, which counts once.
 */
export function isNewBounce(state: LeadState, { message, properties }: EventInput): boolean {
  if (message === null) return true;
  const weight = weightOf(properties);
  const told = state.bounced ?? [];
  if (told.some((one) => one.message === message && one.weight >= weight)) return false;
  const others = told.filter((one) => one.message !== message);
  state.bounced = [...others, { message, weight }].slice(-REMEMBERED);
  return true;
}

/** Hard, soft, and soft without blame. */
function weightOf(properties: EventInput["properties"]): 2 | 1 | 0 {
  if (properties["class"] === "hard") return 2;
  return properties["counts"] === false ? 0 : 1;
}
