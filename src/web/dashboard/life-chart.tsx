import type { Fact } from "../../planning/expect.ts";
import { shownScore } from "../../reps/words.ts";
import type { Sample } from "../../scoring/explain.ts";
import type { Model } from "../../scoring/model.ts";
import { areaOf, pathOf, plotOf, ticksOf, x, y } from "./chart.ts";
import { Paint } from "./score-chart.tsx";
import type { Times } from "./times.ts";

interface ChartProps {
  /** Its own on the page. */
  readonly id: string;
  readonly model: Model;
  readonly line: readonly Sample[];
  /** Where the temperature changed. */
  readonly crossings: readonly Fact[];
  readonly times: Times;
}

/** A simulated lead's score from beginning to end: one drawing for wide screens, one for narrow ones. */
export function LifeChart(props: ChartProps) {
  return (
    <>
      <Drawing {...props} size="wide" width={760} height={210} space={90} />
      <Drawing {...props} size="narrow" width={360} height={180} space={72} />
    </>
  );
}

interface DrawingProps extends ChartProps {
  readonly size: "wide" | "narrow";
  readonly width: number;
  readonly height: number;
  /** Between two dates below, in pixels. */
  readonly space: number;
}

function Drawing({ id, model, line, crossings, times, size, width, height, space }: DrawingProps) {
  const plot = plotOf(model, line, { width, height });
  const { warm, hot } = model.thresholds;
  const paint = `${id}-${size}`;
  const top = Math.max(...line.map(({ total }) => total));
  const label = `The score over time: at most ${shownScore(top)}, in the end ${shownScore(line.at(-1)!.total)}.`;
  return (
    <svg class={`chart ${size}`} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <Paint id={paint} plot={plot} warm={warm} hot={hot} />
      {ticksOf(plot, times.zone, space).map((at) => (
        <>
          <line class="grid" x1={x(plot, at)} x2={x(plot, at)} y1={plot.top} y2={plot.bottom} />
          <text x={x(plot, at)} y={plot.bottom + 16} text-anchor="middle">
            {times.day(at).replace(/^\w+ /, "")}
          </text>
        </>
      ))}
      <line class="base" x1={plot.left} x2={plot.right} y1={plot.bottom} y2={plot.bottom} />
      {(
        [
          ["warm", warm],
          ["hot", hot],
        ] as const
      ).map(([name, total]) => (
        <>
          <line
            class={`bound ${name}`}
            x1={plot.left}
            x2={plot.right}
            y1={y(plot, total)}
            y2={y(plot, total)}
          />
          <text class={name} x={plot.right + 6} y={y(plot, total) + 4}>{`${name} ${total}`}</text>
        </>
      ))}
      <path class="area" d={areaOf(plot, line)} fill={`url(#${paint})`} />
      <path class="line" d={pathOf(plot, line)} stroke={`url(#${paint})`} />
      {crossings.map(({ at, name }) => (
        <g class={`cross ${name}`}>
          <title>{`${times.moment(at)}: turns ${name}`}</title>
          <circle cx={x(plot, at)} cy={y(plot, totalAt(line, at))} r="5" />
        </g>
      ))}
    </svg>
  );
}

/** The last total at that instant. */
function totalAt(line: readonly Sample[], at: number): number {
  return line.findLast((sample) => sample.at <= at)?.total ?? 0;
}
