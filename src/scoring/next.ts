import type { Instant } from "../instant.ts";
import type { Attributes } from "../leads/lead.ts";
import { firstExit } from "./first-exit.ts";
import type { Curve } from "./first-exit.ts";
import type { Model } from "./model.ts";
import { holdOf, settle } from "./settle.ts";
import type { Crossing, Hold } from "./settle.ts";
import type { ScoreState } from "./state.ts";
import { clamp, fitOf, heldOf, heldPoints, inactivityStep, rawOf, rawPoints, type Held } from "./value.ts";

/** What time alone will change next: the temperature it leads to, null where only marks change; the first mark. */
export interface NextCrossing {
  readonly at: Instant;
  readonly temperature: string | null;
  readonly mark?: string;
}

/** ECMAScript's last instant, in the year 275,760. */
const LAST_INSTANT = 8.64e15;

/** The next instant after `after` at which time alone changes the temperature or a mark; null: never. */
export function nextCrossing(
  model: Model,
  state: ScoreState,
  attributes: Attributes,
  after: Instant,
): NextCrossing | null {
  return next(model, state, attributes, after, true);
}

/** The next instant after `after` at which time alone changes the temperature; null: never. */
export function nextTemperatureCrossing(
  model: Model,
  state: ScoreState,
  attributes: Attributes,
  after: Instant,
): NextCrossing | null {
  return next(model, state, attributes, after, false);
}

function next(
  model: Model,
  state: ScoreState,
  attributes: Attributes,
  after: Instant,
  marks: boolean,
): NextCrossing | null {
  if (state.temperature === null) return null;
  const fit = fitOf(model, attributes);
  const at = firstChange(model, state, fit, holdOf(model, state, marks), after, LAST_INSTANT);
  if (at === null) return null;
  const crossings: Crossing[] = [];
  const total = clamp(model, rawPoints(model, state, fit, at));
  settle(model, { ...state }, at, total, null, (crossing) => crossings.push(crossing));
  const temperature = crossings.find((crossing) => crossing.kind === "temperature")?.to ?? null;
  const mark = marks ? crossings.find((crossing) => crossing.kind === "mark")?.mark : undefined;
  return mark === undefined ? { at, temperature } : { at, temperature, mark };
}

/** The first instant in (after, until] at which the total lies outside `hold`, while no event happens. */
export function firstChange(
  model: Model,
  state: ScoreState,
  fit: number,
  hold: Hold,
  after: Instant,
  until: Instant,
): Instant | null {
  // What the clamp never lets through is not looked for.
  const low = model.range.floor >= hold.low ? -Infinity : hold.low;
  const high = model.range.ceiling < hold.high ? Infinity : hold.high;
  if (low === -Infinity && high === Infinity) return null;
  const held = heldOf(model, state);
  const isOut = (at: Instant) => {
    const total = clamp(model, rawOf(held, model, state, fit, at));
    return total < low || total >= high;
  };
  // From one inactivity step to the next the points only fade; a step itself is a jump.
  for (let start = after; start < until;) {
    const first = start + 1;
    if (isOut(first)) return first;
    const end = Math.min(until, stepAfter(model, state, first) - 1);
    const found = firstExit(curveFrom(held, model, state, fit, first), { isOut, low, high }, first, end);
    if (found !== null) return found;
    start = end;
  }
  return null;
}

/** The instant of the first inactivity step after `at`; Infinity where none is left. */
function stepAfter(model: Model, state: ScoreState, at: Instant): Instant {
  if (state.lastAct !== null) {
    for (const step of model.inactivity)
      if (state.lastAct + step.after > at) return state.lastAct + step.after;
  }
  return Infinity;
}

function curveFrom(
  held: readonly Held[],
  model: Model,
  state: ScoreState,
  fit: number,
  base: Instant,
): Curve {
  let constant = fit + (inactivityStep(model, state, base)?.points ?? 0);
  let size = Math.abs(constant) + Math.abs(fit);
  // What fades equally fast is one sum, so that a gain and a loss of one half-life need no search.
  const sums: number[] = model.halfLives.map(() => 0);
  for (const one of held) {
    const points = heldPoints(one, base);
    size += Math.abs(points);
    if (one.rule.fades < 0) constant += points;
    else sums[one.rule.fades]! += points;
  }
  const fading = [];
  for (const [index, points] of sums.entries()) {
    if (points !== 0) fading.push({ points, halfLife: model.halfLives[index]! });
  }
  return { base, constant, size, fading };
}
