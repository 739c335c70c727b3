import type { Duration, Instant } from "../instant.ts";

/** Points that fade together, `points · 2^(−(t − base)/halfLife)`, and points that do not. */
export interface Curve {
  readonly base: Instant;
  readonly constant: number;
  /** The sum of the sizes of all parts at `base`, which bounds what rounding can do. */
  readonly size: number;
  readonly fading: readonly Fading[];
}

interface Fading {
  /** At `base`; not 0. */
  readonly points: number;
  readonly halfLife: Duration;
}

/** What is looked for: the first whole millisecond at which `isOut` holds. */
export interface Exit {
  /** `isOut` says whether the exact total, added up as every score is, lies outside [low, high). */
  readonly isOut: (at: Instant) => boolean;
  readonly low: number;
  readonly high: number;
}

/**
 * The first instant in (from, until] that is out, to the millisecond; null where there is none. `from` is not out.
 *
 * Fading points that gain and fading points that lose may turn the curve many times, so the interval is halved until
 * of each part it is certain either that the curve stays inside or that it only rises or only falls. The curve is
 * used for certainty and for a good guess; `isOut` alone decides, so that the answer agrees with every score shown.
 */
export function firstExit(curve: Curve, exit: Exit, from: Instant, until: Instant): Instant | null {
  const { fading } = curve;
  if (fading.length === 0 || until <= from) return null;
  let step = fading.reduce((shortest, one) => Math.min(shortest, one.halfLife), Infinity);
  let start = from;
  while (start < until) {
    const known = certain(curve, exit, start, until);
    if (known !== undefined) return known;
    const end = Math.min(until, start + Math.max(1, Math.floor(step)));
    const found = halve(curve, exit, start, end);
    if (found !== null) return found;
    start = end;
    step *= 2;
  }
  return null;
}

function halve(curve: Curve, exit: Exit, start: Instant, end: Instant): Instant | null {
  const known = certain(curve, exit, start, end);
  if (known !== undefined) return known;
  const middle = start + Math.floor((end - start) / 2);
  return halve(curve, exit, start, middle) ?? halve(curve, exit, middle, end);
}

/** The first instant in (start, end] that is out, or null for none, where that can be told at once; else undefined. */
function certain(curve: Curve, exit: Exit, start: Instant, end: Instant): Instant | null | undefined {
  if (end - start <= 1) return end > start && exit.isOut(end) ? end : null;
  const { constant, fading, base, size } = curve;
  let slowest = 0;
  for (const one of fading) slowest = Math.max(slowest, one.halfLife);
  let low = constant;
  let high = constant;
  // Of the fall, −f′(t) · 2^((t − base)/slowest): the same sign as −f′, and it does not vanish with time.
  let leastFall = 0;
  let mostFall = 0;
  for (const { points, halfLife } of fading) {
    const first = points * 2 ** (-(start - base) / halfLife);
    const last = points * 2 ** (-(end - base) / halfLife);
    const rate = 1 / halfLife - 1 / slowest;
    const firstFall = (points / halfLife) * 2 ** (-(start - base) * rate);
    const lastFall = (points / halfLife) * 2 ** (-(end - base) * rate);
    low += Math.min(first, last);
    high += Math.max(first, last);
    leastFall += Math.min(firstFall, lastFall);
    mostFall += Math.max(firstFall, lastFall);
  }
  // The exact sum is rounded in another order.
  const rounding = size * 1e-13;
  if (low - rounding >= exit.low && high + rounding < exit.high) return null;
  const falls = leastFall >= 0;
  const rises = mostFall <= 0;
  if (falls || rises || high - low <= rounding) {
    if (!exit.isOut(end)) return null;
    return boundary(guess(curve, falls ? exit.low : exit.high, start, end), exit.isOut, start, end);
  }
  return undefined;
}

const LN2 = Math.LN2;

/** Near the instant in (start, end] at which a curve that only rises or only falls there comes to `target`. */
function guess(curve: Curve, target: number, start: Instant, end: Instant): number {
  const wanted = target - curve.constant;
  let before = start;
  let after = end;
  const sign = Math.sign(faded(curve, end).points - wanted);
  let at = start;
  for (let round = 0; round < 60 && after - before > 1; round++) {
    const { points, slope } = faded(curve, at);
    if (Math.sign(points - wanted) === sign) after = at;
    else before = at;
    // Newton on the logarithm, which for points of one half-life is exact at the first step.
    const ratio = points / wanted;
    const move = ratio > 0 ? (-Math.log(ratio) * points) / slope : (wanted - points) / slope;
    let next = at + move;
    if (!(next > before && next < after)) next = before + (after - before) / 2;
    if (Math.abs(next - at) < 0.25) break;
    at = next;
  }
  return at;
}

/** The fading part of the curve and its slope per millisecond. */
function faded({ base, fading }: Curve, at: number): { points: number; slope: number } {
  let points = 0;
  let slope = 0;
  for (const one of fading) {
    const left = one.points * 2 ** (-(at - base) / one.halfLife);
    points += left;
    slope -= (left * LN2) / one.halfLife;
  }
  return { points, slope };
}

/** The first instant that is out, where (start, end] is in up to it and out from it; `near` is a guess at it. */
function boundary(near: number, isOut: (at: Instant) => boolean, start: Instant, end: Instant): Instant {
  let inside = start;
  let out = end;
  let probe = Math.min(Math.max(Math.ceil(near), start + 1), end);
  // Away from the guess in growing steps until it is fenced in, then by halves.
  for (let step = 1; out - inside > 1; step *= 2) {
    const isProbeOut = probe === end || isOut(probe);
    if (isProbeOut) out = probe;
    else inside = probe;
    if (inside > start && out < end) break;
    probe = isProbeOut ? probe - step : probe + step;
    if (probe <= inside || probe >= out) break;
  }
  while (out - inside > 1) {
    const middle = inside + Math.floor((out - inside) / 2);
    if (isOut(middle)) out = middle;
    else inside = middle;
  }
  return out;
}
