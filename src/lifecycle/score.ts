import { isCounted, type Event } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import {
  advanceScore,
  begin,
  emptyScore,
  foldEvent,
  nextCrossing,
  type Crossing,
  type NextCrossing,
  type ScoreState,
} from "../scoring/fold.ts";
import type { Model } from "../scoring/model.ts";
import { attributesAfter } from "./attributes.ts";
import { factsOf } from "./facts.ts";
import type { Life } from "./life.ts";
import { keepTail } from "./settled.ts";

/** Folds one event into every model and into what `did` conditions remember. Events come in the order of the log. */
export function foldOne(life: Life, event: Event): void {
  keepTail(life, event);
  const before = life.lead.attributes;
  const after = attributesAfter(before, event, life.state.birth);
  for (const model of life.programme.models) {
    foldEvent(model, scoreOf(life, model), event, before, after, (crossing) =>
      crossed(life, model, crossing),
    );
  }
  if (after !== before) {
    life.lead = { ...life.lead, attributes: after };
    const moved = ["timezone", "country"].some((name) => before[name] !== after[name]);
    if (moved) life.changes.wake.add("window");
  }
  if (isCounted(event)) remember(life, event);
  life.state.at = Math.max(life.state.at, event.at);
  life.state.seq = event.seq;
}

/** The lead begins: every model starts cold and settles by the first attributes. */
export function beginScores(life: Life, at: Instant): void {
  life.state.at = at;
  for (const model of life.programme.models) {
    begin(model, scoreOf(life, model), at, life.lead.attributes);
  }
}

/** Lets time alone pass, up to and including `until`. */
export function passTime(life: Life, until: Instant): void {
  for (const model of life.programme.models) {
    advanceScore(model, scoreOf(life, model), until, life.lead.attributes, (crossing) =>
      crossed(life, model, crossing),
    );
  }
}

/** What time alone next does to each model's temperature or marks. */
export function nextCrossings(life: Life): Map<string, NextCrossing | null> {
  const crossings = new Map<string, NextCrossing | null>();
  for (const model of life.programme.models) {
    const next = nextCrossing(model, scoreOf(life, model), life.lead.attributes, life.now);
    crossings.set(model.name, next);
  }
  return crossings;
}

function scoreOf(life: Life, model: Model): ScoreState {
  return (life.state.models[model.name] ??= emptyScore(model));
}

function crossed(life: Life, model: Model, crossing: Crossing): void {
  life.changes.history.push({ ...crossing, model: model.name, revised: false });
  life.state.at = Math.max(life.state.at, crossing.at);
  const key = crossing.kind === "mark" ? `${model.name}/${crossing.mark}` : model.name;
  life.state.crossed[key] = { at: crossing.at, from: crossing.from };
  if (!life.live) return;
  life.changes.happenings.push({
    at: crossing.at,
    email: life.lead.email,
    what: "score.crossed",
    model: model.name,
    ...(crossing.kind === "mark" ? { mark: crossing.mark } : {}),
    from: crossing.from,
    to: crossing.to,
    cause: crossing.cause,
  });
  announce(life, "score.crossed", {
    model: model.name,
    kind: crossing.kind,
    mark: crossing.mark ?? null,
    from: crossing.from,
    to: crossing.to,
    cause: crossing.cause,
    at: crossing.at,
    total: crossing.total,
  });
}

/** Queues what outgoing webhooks asked to hear of. */
export function announce(life: Life, event: string, data: unknown): void {
  if (!life.live) return;
  for (const webhook of life.programme.settings.webhooks) {
    if (webhook.on.includes(event)) {
      life.changes.webhooks.push({ webhook: webhook.webhook, event, data, at: life.now });
    }
  }
}

/** Keeps the last instants that each `did` of this type needs: so many settled ones, and all that still settle. */
function remember(life: Life, event: Event): void {
  const watches = life.wiring.watches.get(event.type);
  if (!watches) return;
  const facts = factsOf(life, { event });
  const settled = event.at - life.programme.settings.tracking.settle;
  for (const watch of watches) {
    if (watch.where && !watch.where(facts)) continue;
    const acts = (life.state.acts[watch.key] ??= []);
    acts.push(event.at);
    const surplus = watch.settles
      ? acts.filter((at) => at <= settled).length - watch.keep
      : acts.length - watch.keep;
    if (surplus > 0) acts.splice(0, surplus);
  }
}

/** Every watch has its list, so that a missing one says that the programme is new. */
export function prepareActs(life: Life): void {
  for (const key of life.wiring.keys.keys()) life.state.acts[key] ??= [];
  for (const key of Object.keys(life.state.acts)) if (!life.wiring.keys.has(key)) delete life.state.acts[key];
}
