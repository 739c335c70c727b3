import { html } from "hono/html";
import type { Curve, SideName } from "../../planning/backtest.ts";
import { niceStep } from "../../planning/thresholds.ts";
import { COLOURS } from "./style.ts";
import { CURVE } from "./style-curve.ts";

interface ChartProps {
  readonly curve: Curve;
  readonly names: readonly SideName[];
}

/** Precision and recall over the threshold: one drawing for wide screens and one for narrow ones. */
export function ThresholdChart(props: ChartProps) {
  return (
    <>
      <Drawing {...props} look="chart wide" width={760} height={300} />
      <Drawing {...props} look="chart narrow" width={360} height={280} />
    </>
  );
}

/** The picture as an SVG file, with its own colours for light and dark. */
export async function thresholdPicture(props: ChartProps): Promise<string> {
  const style = `${COLOURS}${CURVE}svg{background:var(--panel);font-family:system-ui,sans-serif}`;
  const drawing = <Drawing {...props} look="" width={760} height={300} style={style.replaceAll("\n", "")} />;
  const text = await html`${drawing}`;
  return `${text.toString()}\n`;
}

interface DrawingProps extends ChartProps {
  readonly look: string;
  readonly width: number;
  readonly height: number;
  readonly style?: string;
}

const MARGIN = { left: 46, right: 16, bottom: 38 };
const SHARES = [0, 0.25, 0.5, 0.75, 1];

function Drawing({ curve, names, look, width, height, style }: DrawingProps) {
  const { thresholds, sides } = curve;
  const [low, high] = [thresholds[0]!, thresholds.at(-1)!];
  const right = width - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  const top = 44 + 18 * (names.length - 1);
  const x = (at: number) =>
    tenth(MARGIN.left + (high === low ? 0.5 : (at - low) / (high - low)) * (right - MARGIN.left));
  const y = (share: number) => tenth(bottom - share * (bottom - top));
  const step = niceStep((high - low || 1) / (width / 70));
  const ticks = thresholds.filter((at) => Math.abs(at / step - Math.round(at / step)) < 1e-9);
  return (
    <svg
      xmlns="http://www.w3.org/2000/svg"
      class={`curve ${look}`.trim()}
      viewBox={`0 0 ${width} ${height}`}
      {...(style ? { width, height } : {})}
      role="img"
      aria-label={summary(curve, names)}
    >
      {style && <style>{style}</style>}
      {SHARES.map((share) => (
        <>
          <line class="grid" x1={MARGIN.left} x2={right} y1={y(share)} y2={y(share)} />
          <text x={MARGIN.left - 6} y={y(share) + 4} text-anchor="end">
            {share * 100} %
          </text>
        </>
      ))}
      {ticks.map((at) => (
        <text x={x(at)} y={bottom + 16} text-anchor="middle">
          {at}
        </text>
      ))}
      <text x={(MARGIN.left + right) / 2} y={height - 5} text-anchor="middle">
        hot from this score on
      </text>
      {names.map((name, index) => (
        <Legend name={name} left={MARGIN.left} top={14 + 18 * index} />
      ))}
      {sides.map((side, index) => {
        const name = names[index]!;
        const { hot } = side.thresholds;
        const line = (kind: "precision" | "recall") =>
          pathOf(
            side.columns.map((column, place) => ({ at: thresholds[place]!, share: column[kind] })),
            x,
            y,
          );
        const other = sides[1 - index]?.thresholds.hot;
        // Of two close ones the left says so to its left.
        const toLeft =
          other === undefined ? x(hot) > right - 60 : hot < other || (hot === other && index === 0);
        return (
          <g>
            <line class={`bound ${name}`} x1={x(hot)} x2={x(hot)} y1={top - 5} y2={bottom} />
            <text
              class={name}
              x={x(hot) + (toLeft ? -4 : 4)}
              y={top - 8}
              text-anchor={toLeft ? "end" : "start"}
            >
              hot {hot}
            </text>
            <path class={`recall ${name}`} d={line("recall")} />
            <path class={`precision ${name}`} d={line("precision")} />
            <Marked side={side} name={name} at={hot} place={thresholds.indexOf(hot)} x={x} y={y} />
          </g>
        );
      })}
    </svg>
  );
}

function Legend({
  name,
  left,
  top,
}: {
  readonly name: SideName;
  readonly left: number;
  readonly top: number;
}) {
  return (
    <g>
      <path class={`precision ${name}`} d={`M${left} ${top - 4}h22`} />
      <text x={left + 28} y={top}>{`${name}: precision`}</text>
      <path class={`recall ${name}`} d={`M${left + 148} ${top - 4}h22`} />
      <text x={left + 176} y={top}>
        recall
      </text>
    </g>
  );
}

interface MarkedProps {
  readonly side: Curve["sides"][number];
  readonly name: SideName;
  readonly at: number;
  readonly place: number;
  readonly x: (at: number) => number;
  readonly y: (share: number) => number;
}

/** Where the model's own hot lies on both lines; says the numbers when pointed at. */
function Marked({ side, name, at, place, x, y }: MarkedProps) {
  const { precision, recall, reached, hits } = side.columns[place]!;
  return (
    <>
      {[precision, recall].map((share) =>
        share === null ? null : (
          <g>
            <title>{`${name}: hot at ${at}: ${reached} get there, ${hits} of them buy`}</title>
            <circle class={name} cx={x(at)} cy={y(share)} r="4" />
          </g>
        ),
      )}
    </>
  );
}

interface Share {
  readonly at: number;
  readonly share: number | null;
}

/** A line through what is known; a total that nobody reached is a gap. */
function pathOf(shares: readonly Share[], x: (at: number) => number, y: (share: number) => number): string {
  let path = "";
  let pen = "M";
  for (const { at, share } of shares) {
    if (share === null) pen = "M";
    else {
      path += `${pen}${x(at)} ${y(share)}`;
      pen = "L";
    }
  }
  return path;
}

function summary({ outcome, sides, thresholds }: Curve, names: readonly SideName[]): string {
  const told = sides.map((side, index) => {
    const { hot } = side.thresholds;
    const { precision, recall } = side.columns[thresholds.indexOf(hot)]!;
    return `${names[index]!}, hot at ${hot}: precision ${percent(precision)}, recall ${percent(recall)}`;
  });
  return `Precision and recall of ${outcome} over the threshold. ${told.join("; ")}.`;
}

function percent(share: number | null): string {
  return share === null ? "unknown" : `${Math.round(share * 100)} %`;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
