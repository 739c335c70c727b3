import type { Instant } from "../../instant.ts";
import { capital } from "../../reps/notice.ts";
import { shownPoints, shownScore } from "../../reps/words.ts";
import { areaOf, pathOf, plotOf, splitAt, ticksOf, x, y, type Plot } from "./chart.ts";
import type { ScoreExplained } from "../../insights/explain-lead.run.ts";
import type { Sample } from "../../scoring/explain.ts";
import type { Times } from "./times.ts";

/** An act that moved the score, where it lies on the line. */
export interface Dot {
  readonly at: Instant;
  readonly words: string;
  readonly points: number;
}

interface ChartProps {
  readonly score: ScoreExplained;
  readonly line: readonly Sample[];
  readonly dots: readonly Dot[];
  readonly times: Times;
}

/** The total over time: one drawing for wide screens and one for narrow ones, since letters must not shrink. */
export function ScoreChart(props: ChartProps) {
  if (props.line.length < 2) return null;
  return (
    <>
      <Drawing {...props} id="wide" width={760} height={250} space={90} />
      <Drawing {...props} id="narrow" width={360} height={210} space={72} />
    </>
  );
}

interface DrawingProps extends ChartProps {
  readonly id: "wide" | "narrow";
  readonly width: number;
  readonly height: number;
  /** Between two dates below, in pixels. */
  readonly space: number;
}

function Drawing({ score, line, dots, times, id, width, height, space }: DrawingProps) {
  const { model, explanation } = score;
  const plot = plotOf(model, line, { width, height });
  const { before, after } = splitAt(line, times.now);
  const paint = `paint-${model.name}-${id}`;
  const { warm, hot } = model.thresholds;
  const summary = `The score from ${times.day(plot.from)} until now: ${shownScore(explanation.total)}, ${explanation.temperature}.`;
  return (
    <svg class={`chart ${id}`} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={summary}>
      <Paint id={paint} plot={plot} warm={warm} hot={hot} />
      <Band plot={plot} from={hot} to={plot.high} name="hot" />
      <Band plot={plot} from={warm} to={hot} name="warm" />
      {ticksOf(plot, times.zone, space).map((at) => (
        <>
          <line class="grid" x1={x(plot, at)} x2={x(plot, at)} y1={plot.top} y2={plot.bottom} />
          <text
            x={x(plot, at)}
            y={plot.bottom + 16}
            text-anchor={x(plot, at) < plot.left + 20 ? "start" : "middle"}
          >
            {times.day(at).replace(/^\w+ /, "")}
          </text>
        </>
      ))}
      <line class="base" x1={plot.left} x2={plot.right} y1={plot.bottom} y2={plot.bottom} />
      {(["warm", "hot"] as const).map((name) => (
        <>
          <line
            class={`bound ${name}`}
            x1={plot.left}
            x2={plot.right}
            y1={y(plot, model.thresholds[name])}
            y2={y(plot, model.thresholds[name])}
          />
          <text class={name} x={plot.right + 6} y={y(plot, model.thresholds[name]) + 4}>
            {`${name} ${model.thresholds[name]}`}
          </text>
        </>
      ))}
      <path class="area" d={areaOf(plot, before)} fill={`url(#${paint})`} />
      <path class="line ahead" d={pathOf(plot, after)} stroke={`url(#${paint})`} />
      <path class="line" d={pathOf(plot, before)} stroke={`url(#${paint})`} />
      <Now plot={plot} score={score} times={times} />
      <Marks plot={plot} score={score} line={line} dots={dots} times={times} />
    </svg>
  );
}

/** Blue below warm, amber up to hot, red from there on. */
export function Paint({
  id,
  plot,
  warm,
  hot,
}: {
  readonly id: string;
  readonly plot: Plot;
  readonly warm: number;
  readonly hot: number;
}) {
  const share = (total: number) =>
    `${Math.round((1 - (y(plot, total) - plot.top) / (plot.bottom - plot.top)) * 1000) / 10}%`;
  return (
    <defs>
      <linearGradient id={id} gradientUnits="userSpaceOnUse" x1="0" x2="0" y1={plot.bottom} y2={plot.top}>
        <stop class="cold" offset={share(warm)} />
        <stop class="warm" offset={share(warm)} />
        <stop class="warm" offset={share(hot)} />
        <stop class="hot" offset={share(hot)} />
      </linearGradient>
    </defs>
  );
}

function Band({
  plot,
  from,
  to,
  name,
}: {
  readonly plot: Plot;
  readonly from: number;
  readonly to: number;
  readonly name: string;
}) {
  const top = y(plot, to);
  const height = y(plot, from) - top;
  if (height <= 0) return null;
  return <rect class={`band ${name}`} x={plot.left} width={plot.right - plot.left} y={top} height={height} />;
}

function Now({
  plot,
  score,
  times,
}: {
  readonly plot: Plot;
  readonly score: ScoreExplained;
  readonly times: Times;
}) {
  const { total, temperature } = score.explanation;
  const at = x(plot, times.now);
  return (
    <g>
      <title>{`Now: ${shownScore(total)}, ${temperature}. After this, if nothing happens.`}</title>
      <line class="now" x1={at} x2={at} y1={plot.top} y2={plot.bottom} />
      <circle class={`fill ${temperature}`} cx={at} cy={y(plot, total)} r="4" />
    </g>
  );
}

interface MarksProps {
  readonly plot: Plot;
  readonly score: ScoreExplained;
  readonly line: readonly Sample[];
  readonly dots: readonly Dot[];
  readonly times: Times;
}

/** What moved the score, and where it crossed; each says more when pointed at. */
function Marks({ plot, score: { explanation }, line, dots, times }: MarksProps) {
  const crossings = explanation.crossings.filter(({ at }) => at >= plot.from);
  return (
    <>
      {dots
        .filter(({ at }) => at >= plot.from && at <= plot.until)
        .map(({ at, words, points }) => (
          <g class="dot">
            <title>{`${times.moment(at)}: ${words}, ${shownPoints(points)}`}</title>
            <circle cx={x(plot, at)} cy={y(plot, totalAfter(line, at))} r="7" class="reach" />
            <circle cx={x(plot, at)} cy={y(plot, totalAfter(line, at))} r="2" />
          </g>
        ))}
      {crossings.map(({ at, kind, mark, to, cause, event, total }) => {
        const what = kind === "mark" ? `${capital(to)} the mark ${mark}` : `Turned ${to}`;
        const why = cause === "time" ? "as time passed" : `by ${event}`;
        return (
          <g class={`cross ${kind === "mark" ? "mark" : to}`}>
            <title>{`${times.moment(at)}: ${what} at ${shownScore(total)}, ${why}`}</title>
            <circle cx={x(plot, at)} cy={y(plot, total)} r="5" />
          </g>
        );
      })}
    </>
  );
}

/** The last total at that very instant: after the event. */
function totalAfter(line: readonly Sample[], at: Instant): number {
  let total = line[0]?.total ?? 0;
  for (const sample of line) {
    if (sample.at > at) break;
    total = sample.total;
  }
  return total;
}
