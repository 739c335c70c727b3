import { atLocal, localDay } from "../../calendar/local.ts";
import { DAY, type Instant } from "../../instant.ts";
import type { Model } from "../../scoring/model.ts";
import type { Sample } from "../../scoring/explain.ts";

/** Where a curve is drawn: instants and totals to points of a picture, both already without overflow. */
export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly from: Instant;
  readonly until: Instant;
  readonly low: number;
  readonly high: number;
}

const MARGIN = { left: 6, right: 52, top: 12, bottom: 24 };

/** The range is as wide as the line and the thresholds need, and no wider than the model allows. */
export function plotOf(
  model: Pick<Model, "range" | "thresholds">,
  line: readonly Sample[],
  size: { readonly width: number; readonly height: number },
): Plot {
  const totals = line.map(({ total }) => total);
  const { warm, hot } = model.thresholds;
  const most = Math.max(hot, ...totals);
  const least = Math.min(warm, ...totals);
  const spare = (most - least) * 0.15 || 1;
  return {
    ...size,
    left: MARGIN.left,
    right: size.width - MARGIN.right,
    top: MARGIN.top,
    bottom: size.height - MARGIN.bottom,
    from: line[0]?.at ?? 0,
    until: line.at(-1)?.at ?? 1,
    low: Math.max(model.range.floor, least - spare),
    high: Math.min(model.range.ceiling, most + spare),
  };
}

export function x(plot: Plot, at: Instant): number {
  const share = plot.until === plot.from ? 0 : (at - plot.from) / (plot.until - plot.from);
  return tenth(plot.left + share * (plot.right - plot.left));
}

export function y(plot: Plot, total: number): number {
  const share = plot.high === plot.low ? 0 : (total - plot.low) / (plot.high - plot.low);
  return tenth(plot.bottom - Math.min(1, Math.max(0, share)) * (plot.bottom - plot.top));
}

/** The line of those samples, as an SVG path; "" for none. */
export function pathOf(plot: Plot, line: readonly Sample[]): string {
  return line
    .map(({ at, total }, index) => `${index === 0 ? "M" : "L"}${x(plot, at)} ${y(plot, total)}`)
    .join("");
}

/** What lies between the line and the bottom. */
export function areaOf(plot: Plot, line: readonly Sample[]): string {
  const first = line[0];
  const last = line.at(-1);
  if (!first || !last) return "";
  return `${pathOf(plot, line)}L${x(plot, last.at)} ${plot.bottom}L${x(plot, first.at)} ${plot.bottom}Z`;
}

/** The line up to an instant and from it on; the point at it belongs to both. */
export function splitAt(line: readonly Sample[], at: Instant): { before: Sample[]; after: Sample[] } {
  const before = line.filter((sample) => sample.at <= at);
  const after = line.filter((sample) => sample.at > at);
  const last = before.at(-1);
  return { before, after: last && after.length > 0 ? [last, ...after] : after };
}

const STEPS = [1, 2, 7, 14, 28, 56, 91, 182, 364];

/** Midnights of the zone at even distances, not closer than `space` pixels. */
export function ticksOf(plot: Plot, zone: string, space: number): Instant[] {
  const fitting = Math.max(1, Math.floor((plot.right - plot.left) / space));
  const days = (plot.until - plot.from) / DAY;
  const step = STEPS.find((size) => days / size <= fitting) ?? 364;
  const first = localDay(zone, plot.from) + 1;
  const ticks: Instant[] = [];
  for (let day = first; ; day += step) {
    const at = atLocal(zone, day, 0);
    if (at >= plot.until) return ticks;
    if (at > plot.from) ticks.push(at);
  }
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
