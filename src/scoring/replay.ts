import type { Event } from "../events/event.ts";
import { byLogOrder } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import type { Attributes } from "../leads/lead.ts";
import { withAttributes } from "../leads/lead.ts";
import { advanceScore, begin, emptyScore, foldEvent } from "./fold.ts";
import type { Crossing, Fed, ScoreState } from "./fold.ts";
import type { Model } from "./model.ts";

/** All that happened to a lead. */
export interface Log {
  /** lead.created, where it is not among the events. */
  readonly created: { readonly at: Instant; readonly attributes: Attributes } | null;
  /** In the order of the log. */
  readonly events: readonly Event[];
}

/** One event, with the attributes before and after it. */
interface Moment {
  readonly event: Event;
  readonly before: Attributes;
  readonly after: Attributes;
}

/** A lead's log as it is lived through. */
export interface History {
  /** The earlier of lead.created and the first event; null for an empty log. */
  readonly begins: Instant | null;
  /** The first attributes: they hold from the beginning, also where lead.created comes later. */
  readonly first: Attributes;
  readonly moments: readonly Moment[];
}

export interface Replayed {
  /** Brought up to `until`. `at` is null where the lead had not begun. */
  readonly state: ScoreState;
  /** As they are at `until`. */
  readonly attributes: Attributes;
  readonly crossings: Crossing[];
}

/** Folds a log anew, up to and including `until`; what happened later is left out. */
export function replay(model: Model, log: Log, until: Instant, fed?: Fed): Replayed {
  return replayHistory(model, historyOf(log), until, fed);
}

/** `replay` for a history that was read once for several models. */
export function replayHistory(model: Model, history: History, until: Instant, fed?: Fed): Replayed {
  const state = emptyScore(model);
  const crossings: Crossing[] = [];
  const emit = (crossing: Crossing) => void crossings.push(crossing);
  let attributes = history.first;
  if (history.begins === null || history.begins > until) return { state, attributes, crossings };
  begin(model, state, history.begins, attributes);
  for (const { event, before, after } of history.moments) {
    if (event.at > until) break;
    foldEvent(model, state, event, before, after, emit, fed);
    attributes = after;
  }
  advanceScore(model, state, until, attributes, emit);
  return { state, attributes, crossings };
}

/** Works out which attributes hold when. */
export function historyOf(log: Log): History {
  const events = withCreated(log);
  const created = events.find((event) => event.type === "lead.created");
  const first = created ? withAttributes({}, changesOf(created)) : {};
  let before = first;
  const moments: Moment[] = [];
  for (const event of events) {
    // Two leads made one have two lead.created; the second changes attributes as lead.updated does.
    const changes = event.type === "lead.updated" || (event.type === "lead.created" && event !== created);
    const after = changes ? withAttributes(before, changesOf(event)) : before;
    moments.push({ event, before, after });
    before = after;
  }
  return { begins: events[0]?.at ?? null, first, moments };
}

function withCreated({ created, events }: Log): readonly Event[] {
  if (created === null) return events;
  const event: Event = {
    seq: 0,
    type: "lead.created",
    at: created.at,
    actor: "system",
    verdict: "human",
    properties: { attributes: created.attributes },
    message: null,
  };
  return [...events, event].sort(byLogOrder);
}

function changesOf(event: Event): Readonly<Record<string, unknown>> {
  const changes = event.properties["attributes"];
  return typeof changes === "object" && changes !== null ? (changes as Record<string, unknown>) : {};
}
