import type { Event } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import type { Attributes } from "../leads/lead.ts";
import { advanceScore, copyScore, foldEvent, type ScoreState } from "../scoring/fold.ts";
import type { Model } from "../scoring/model.ts";
import { attributesAfter } from "./attributes.ts";
import type { Life } from "./life.ts";

const nobody = () => {};

/** Called before an event is folded. Opens and clicks that will settle are in `state.settling` by then. */
export function keepTail(life: Life, event: Event): void {
  const { state } = life;
  if (!state.tail) {
    if (!isSettling(life, event)) return;
    state.tail = { models: copyScores(state.models), attributes: life.lead.attributes, events: [] };
  }
  state.tail.events.push(event);
}

/** The scores at `life.now` as if no open or click that has not settled had happened. Not to be changed. */
export function settledScores(life: Life): Readonly<Record<string, ScoreState>> {
  const { tail } = life.state;
  if (!tail) return life.state.models;
  while (tail.events.length > 0 && !isSettling(life, tail.events[0]!)) {
    tail.attributes = foldInto(life, tail.models, tail.events.shift()!, tail.attributes);
  }
  if (tail.events.length === 0) {
    life.state.tail = null;
    return life.state.models;
  }
  const models = copyScores(tail.models);
  let { attributes } = tail;
  for (const event of tail.events) {
    if (!isSettling(life, event)) attributes = foldInto(life, models, event, attributes);
  }
  for (const [model, score] of scored(life, models)) advanceScore(model, score, life.now, attributes, nobody);
  return models;
}

/** When the last of what has not settled will have; null where all has. */
export function settledAt(life: Life): Instant | null {
  return life.state.settling.reduce((last, waiting) => Math.max(last, waiting.until), 0) || null;
}

function isSettling(life: Life, event: Event): boolean {
  return life.state.settling.some((waiting) => waiting.event.seq === event.seq);
}

function foldInto(
  life: Life,
  models: Record<string, ScoreState>,
  event: Event,
  before: Attributes,
): Attributes {
  const after = attributesAfter(before, event, life.state.birth);
  for (const [model, score] of scored(life, models)) foldEvent(model, score, event, before, after, nobody);
  return after;
}

function copyScores(models: Readonly<Record<string, ScoreState>>): Record<string, ScoreState> {
  const copies: Record<string, ScoreState> = {};
  for (const name of Object.keys(models)) copies[name] = copyScore(models[name]!);
  return copies;
}

function scored(life: Life, models: Record<string, ScoreState>): [Model, ScoreState][] {
  return life.programme.models.flatMap((model) => {
    const score = models[model.name];
    return score ? [[model, score]] : [];
  });
}
