import type { Model } from "../../scoring/model.ts";
import { capital } from "../../reps/notice.ts";
import { shownScore } from "../../reps/words.ts";

/** `Hot`, in its colour; with a total `Hot 62`, rounded down. */
export function HeatChip({ heat, total }: { readonly heat: string | null; readonly total?: number }) {
  if (heat === null) return <span class="chip">Not scored</span>;
  return (
    <span class={`chip ${heat}`}>
      {capital(heat)}
      {total === undefined ? "" : <b>{shownScore(total)}</b>}
    </span>
  );
}

interface MeterProps {
  readonly model: Pick<Model, "range" | "thresholds">;
  readonly heat: string;
  readonly total: number;
}

/** How far along its range a score is, with a tick at each threshold. The number stands beside it. */
export function Meter({ model, heat, total }: MeterProps) {
  const { floor, ceiling } = model.range;
  const { warm, hot } = model.thresholds;
  const share = (value: number) =>
    ceiling === floor ? 0 : Math.min(100, Math.max(0, ((value - floor) / (ceiling - floor)) * 100));
  return (
    <svg class="meter" height="6" width="100%" aria-hidden="true">
      <rect class="track" width="100%" height="6" rx="3" />
      <rect class={`fill ${heat}`} width={`${round(share(total))}%`} height="6" rx="3" />
      {[warm, hot].map((at) => (
        <rect class="tick" x={`${round(share(at))}%`} width="1.5" height="6" />
      ))}
    </svg>
  );
}

/** Shares of a whole side by side, each in its colour; nothing for an empty whole. */
export function Shares({
  parts,
}: {
  readonly parts: readonly { readonly name: string; readonly count: number }[];
}) {
  const whole = parts.reduce((sum, part) => sum + part.count, 0);
  if (whole === 0) return null;
  let from = 0;
  return (
    <svg class="shares" height="10" width="100%" aria-hidden="true">
      {parts.map(({ name, count }) => {
        const x = (from / whole) * 100;
        from += count;
        return (
          <rect
            class={`fill ${name}`}
            x={`${round(x)}%`}
            width={`${round((count / whole) * 100)}%`}
            height="10"
          />
        );
      })}
    </svg>
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
