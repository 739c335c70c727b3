import { isCounted, settles, type Event } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import { consentType } from "./consent.ts";
import { applyEffects } from "./effects.ts";
import type { EventInput } from "../events/input.ts";
import { changeMessage, type Life } from "./life.ts";
import { react } from "./react.ts";
import { foldOne } from "./score.ts";

/** Reactions bring about events, which bring about reactions: this many at one instant are a loop of ours. */
const MOST_FOLLOWING = 1000;

/** Gives an input its place in the log at `at`, without folding it. Opens and clicks begin to settle. */
export function append(life: Life, input: EventInput, at: Instant, seq = life.ids.event()): Event {
  const event = {
    seq,
    type: consentType(input.type, input.properties, life.programme.settings.consent.doubleOptIn),
    at,
    actor: input.actor,
    verdict: input.verdict,
    verdictReason: input.verdictReason,
    properties: input.properties,
    message: input.message === null ? null : String(input.message),
  };
  life.changes.events.push(event);
  if (life.live && isCounted(event) && settles(event.type)) {
    life.state.settling.push({ until: at + life.programme.settings.tracking.settle, event });
  }
  return event;
}

/** Folds an event that is next in the order of the log, with all that it does to the lead itself. */
export function fold(life: Life, event: Event): void {
  foldOne(life, event);
  afterFold(life, event);
}

/** What an event does beside the score; also where the fold was done again from the log. */
export function afterFold(life: Life, event: Event): void {
  mark(life, event);
  applyEffects(life, event);
}

/** Opens and clicks stand in the message's row: people's and machines'. */
function mark(life: Life, event: Event): void {
  if (event.message === null) return;
  const message = life.messages.get(Number(event.message));
  if (!message) return;
  if (settles(event.type) && !isCounted(event)) {
    return changeMessage(life, message.id, { machineAt: message.machineAt ?? event.at });
  }
  if (event.type === "email.opened")
    changeMessage(life, message.id, { openedAt: message.openedAt ?? event.at });
  if (event.type === "email.clicked")
    changeMessage(life, message.id, { clickedAt: message.clickedAt ?? event.at });
}

/** Folds what reactions brought about, and reacts to that, until all is quiet. */
export function drainQueue(life: Life): void {
  for (let turn = 0; life.queue.length > 0; turn++) {
    if (turn > MOST_FOLLOWING) throw new Error(`lead ${life.lead.id}: reactions follow each other for ever`);
    const { type, properties, message } = life.queue.shift()!;
    const at = Math.max(life.now, life.state.at);
    const event = append(
      life,
      {
        kind: "event",
        type,
        at,
        actor: "system",
        verdict: "human",
        verdictReason: null,
        properties,
        message,
        hit: null,
      },
      at,
    );
    fold(life, event);
    if (life.live) react(life, [event]);
  }
}
