import type { Instant } from "../instant.ts";
import type { Attributes } from "../leads/lead.ts";
import { begin, emptyScore, foldEvent, nextCrossing, nextTemperatureCrossing, totalAt } from "./fold.ts";
import type { Crossing, NextCrossing, ScoreState } from "./fold.ts";
import type { Model } from "./model.ts";
import { historyOf, replayHistory } from "./replay.ts";
import type { Log } from "./replay.ts";
import { bandOf, clamp, inactivityStep, livePoints } from "./value.ts";

/** A part of a score. Added up from left to right, the points of all parts are exactly the total. */
export type Part =
  | {
      readonly part: "fit";
      readonly name: string;
      readonly points: number;
      /** The band that matched, as a person would read it: `from 100 to 500`; null: none did. */
      readonly band: string | null;
    }
  | { readonly part: "engagement"; readonly name: string; readonly points: number }
  | {
      readonly part: "inactivity";
      /** The step's `after` as the file has it. */
      readonly name: string;
      readonly points: number;
      /** The lead's last own act. */
      readonly since: Instant;
    }
  | { readonly part: "clamp"; readonly points: number };

/** An event that a rule took. */
interface FedBy {
  readonly seq: number;
  readonly type: string;
  readonly at: Instant;
  /** By how much it changed the rule's live points then: less than the rule's points where the cap was near. */
  readonly points: number;
}

export type ExplainedPart = Exclude<Part, { part: "engagement" }> | ExplainedRule;

interface ExplainedRule {
  readonly part: "engagement";
  readonly name: string;
  readonly points: number;
  /** Oldest first. */
  readonly events: readonly FedBy[];
  /** What those events gave and time took away since; negative where time took away a loss. */
  readonly faded: number;
}

export interface Explanation {
  readonly model: string;
  readonly at: Instant;
  readonly total: number;
  readonly raw: number;
  readonly temperature: string;
  readonly reached: readonly string[];
  readonly parts: readonly ExplainedPart[];
  /** Up to `at`. */
  readonly crossings: readonly Crossing[];
  /** The temperature that time alone will lead to next; null: none. */
  readonly next: NextCrossing | null;
  /** The mark that time alone will take next, where that is not after it; null: none. */
  readonly nextMark: NextCrossing | null;
}

/** Every criterion and rule in file order, the inactivity step where one applies, the clamp. */
export function partsAt(model: Model, state: ScoreState, attributes: Attributes, at: Instant): Part[] {
  const parts: Part[] = [];
  for (const criterion of model.fit) {
    const band = bandOf(criterion, attributes);
    parts.push({ part: "fit", name: criterion.name, points: band?.points ?? 0, band: band?.label ?? null });
  }
  for (const rule of model.rules) {
    parts.push({ part: "engagement", name: rule.name, points: livePoints(rule, state, at) });
  }
  const step = inactivityStep(model, state, at);
  if (step) parts.push({ part: "inactivity", name: step.name, points: step.points, since: state.lastAct! });
  const raw = parts.reduce((sum, { points }) => sum + points, 0);
  for (const points of clampParts(raw, clamp(model, raw))) parts.push({ part: "clamp", points });
  return parts;
}

/**
 * What, added to `raw`, gives exactly `total` in doubles. Almost always one number; where none does (a ceiling of 0.1
 * under a raw score of 250.3), one takes the score to 0 and another to the total.
 */
function clampParts(raw: number, total: number): number[] {
  const difference = total - raw;
  return raw + difference === total ? [difference] : [-raw, total];
}

/** Why the score is what it is at `at`; null while the lead has not begun or the model does not accept it. */
export function explain(model: Model, log: Log, at: Instant): Explanation | null {
  const feeds = new Map<string, FedBy[]>();
  const { state, attributes, crossings } = replayHistory(model, historyOf(log), at, (rule, event, points) => {
    const fed = { seq: event.seq, type: event.type, at: event.at, points };
    const list = feeds.get(rule.name);
    if (list) list.push(fed);
    else feeds.set(rule.name, [fed]);
  });
  if (state.temperature === null) return null;
  const parts = partsAt(model, state, attributes, at).map((part): ExplainedPart => {
    if (part.part !== "engagement") return part;
    const events = feeds.get(part.name) ?? [];
    const given = events.reduce((sum, { points }) => sum + points, 0);
    return { ...part, events, faded: given - part.points };
  });
  return {
    model: model.name,
    at,
    ...totalAt(model, state, attributes, at),
    temperature: state.temperature,
    reached: state.reached,
    parts,
    crossings,
    next: nextTemperatureCrossing(model, state, attributes, at),
    nextMark: markOf(nextCrossing(model, state, attributes, at)),
  };
}

function markOf(next: NextCrossing | null): NextCrossing | null {
  return next?.mark === undefined ? null : next;
}

/** A point of the line that a score draws. */
export interface Sample {
  readonly at: Instant;
  readonly total: number;
}

/**
 * The total over [from, until], to be drawn: `samples` instants evenly spread, and before and after each event that
 * moved it. Nothing where the model did not accept the lead.
 */
export function curve(model: Model, log: Log, from: Instant, until: Instant, samples: number): Sample[] {
  const history = historyOf(log);
  const line: Sample[] = [];
  if (history.begins === null || samples < 1) return line;
  const instants = Array.from({ length: samples }, (_, index) =>
    samples === 1 ? until : Math.round(from + ((until - from) * index) / (samples - 1)),
  );
  const state = emptyScore(model);
  const ignore = () => {};
  let attributes = history.first;
  let next = 0;
  const draw = (at: Instant) => {
    if (at < from || at > until || state.at === null || state.temperature === null) return;
    const { total } = totalAt(model, state, attributes, at);
    const last = line.at(-1);
    if (last?.at !== at || last.total !== total) line.push({ at, total });
  };
  const drawBefore = (end: Instant) => {
    for (; next < instants.length && instants[next]! < end; next++) draw(instants[next]!);
  };
  for (const { event, before, after } of history.moments) {
    if (event.at > until) break;
    drawBefore(event.at);
    if (state.at === null) begin(model, state, event.at, history.first);
    else draw(event.at);
    foldEvent(model, state, event, before, after, ignore);
    attributes = after;
    draw(event.at);
  }
  drawBefore(Infinity);
  return line;
}
