import type { Instant } from "../instant.ts";
import { advanceScore, begin, foldEvent, totalAt, type Crossing } from "../scoring/fold.ts";
import type { Model } from "../scoring/model.ts";
import { replayHistory, type History } from "../scoring/replay.ts";

/** About so many even steps, beside the thresholds that the models have themselves. */
const STEPS = 20;

/**
 * The totals at which models are asked how they would have done, ascending: even steps over their ranges, and all
 * their own thresholds and marks. Of a range far wider than its thresholds only what lies near them.
 */
export function gridOf(models: readonly Model[]): number[] {
  const own = models.flatMap(({ thresholds, marks }) => [
    thresholds.warm,
    thresholds.hot,
    ...marks.map((mark) => mark.at),
  ]);
  const highest = Math.max(...own);
  const bounds = models.map(({ range }) => [
    Math.max(range.floor, Math.min(0, ...own)),
    Math.min(range.ceiling, Math.max(4 * highest, highest + 1)),
  ]);
  const low = Math.min(...bounds.map(([floor]) => floor!));
  const high = Math.max(...bounds.map(([, ceiling]) => ceiling!));
  const step = niceStep((high - low) / STEPS);
  const grid = new Set(own);
  for (let n = Math.floor(low / step) + 1; n * step <= high; n++)
    grid.add(Number((n * step).toPrecision(12)));
  return [...grid].sort((a, b) => a - b);
}

/** The next of 1, 2, 5, 10, 20, … that is no smaller. */
export function niceStep(least: number): number {
  const size = 10 ** Math.floor(Math.log10(least));
  return size * ([1, 2, 5].find((times) => times * size >= least * (1 - 1e-9)) ?? 10);
}

/** The model with a mark at each of these totals, which once reached is never left, and nothing else that crosses. */
export function probeOf(model: Model, totals: readonly number[]): Model {
  return {
    ...model,
    thresholds: { warm: Infinity, hot: Infinity, cooling: Infinity },
    marks: totals.map((at, place) => ({ name: String(place), at })),
  };
}

export interface Reached {
  /** The model accepted the lead at some time. */
  readonly scored: boolean;
  /** By place in the grid: the first instant with so high a total; null: never. */
  readonly at: readonly (Instant | null)[];
}

/**
 * When a lead first had each total of a probe's, from `from` (null: from its beginning) up to and including `until`.
 * What happened before `from` gives its points; a lead that stands so high when it opens is there from then.
 */
export function firstReached(probe: Model, history: History, from: Instant | null, until: Instant): Reached {
  const at: (Instant | null)[] = probe.marks.map(() => null);
  if (history.begins === null) return { scored: false, at };
  const note = ({ mark, at: instant }: Crossing) => void (at[Number(mark)] ??= instant);
  const start = from ?? history.begins;
  const { state, attributes: first } = replayHistory(probe, history, start - 1);
  if (state.at === null) begin(probe, state, history.begins, history.first);
  else {
    const { total } = totalAt(probe, state, first, start - 1);
    const standing = state.temperature === null ? [] : probe.marks.filter((mark) => mark.at <= total);
    state.reached = standing.map(({ name }) => name);
    for (const { name } of standing) at[Number(name)] = start;
  }
  let attributes = first;
  let scored = state.temperature !== null;
  for (const { event, before, after } of history.moments) {
    if (event.at < start) continue;
    if (event.at > until) break;
    foldEvent(probe, state, event, before, after, note);
    attributes = after;
    scored ||= state.temperature !== null;
  }
  advanceScore(probe, state, until, attributes, note);
  return { scored, at };
}
