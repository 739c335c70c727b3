import type { Temperature } from "../conditions/condition.ts";
import type { Instant } from "../instant.ts";
import type { Model } from "./model.ts";
import type { ScoreState } from "./state.ts";

/** An instant at which a temperature changes, or at which a mark is reached or left (`from`, `to`: `left`, `reached`). */
export interface Crossing {
  readonly at: Instant;
  readonly kind: "temperature" | "mark";
  readonly mark?: string;
  readonly from: string;
  readonly to: string;
  readonly cause: "event" | "time";
  /** The event's type and its place in the log; null where time alone was the cause. */
  readonly event: string | null;
  readonly seq: number | null;
  readonly total: number;
}

export type Emit = (crossing: Crossing) => void;

/** The temperature that follows on `now` at this total. */
function settledTemperature(model: Model, now: Temperature, total: number): Temperature {
  const { warm, hot, cooling } = model.thresholds;
  if (total >= hot) return "hot";
  if (now === "cold") return total >= warm ? "warm" : "cold";
  if (now === "hot" && total >= hot - cooling) return "hot";
  return total < warm - cooling ? "cold" : "warm";
}

function isReached(model: Model, mark: Model["marks"][number], before: boolean, total: number): boolean {
  return before ? total >= mark.at - model.thresholds.cooling : total >= mark.at;
}

/** Lets the temperature and the marks follow the total, and tells what crossed: the temperature first, marks in file order. */
export function settle(
  model: Model,
  state: ScoreState,
  at: Instant,
  total: number,
  by: { readonly type: string; readonly seq: number } | null,
  emit: Emit,
): void {
  if (state.temperature === null) return;
  const cause = {
    cause: by ? "event" : "time",
    event: by?.type ?? null,
    seq: by?.seq ?? null,
    total,
  } as const;
  const from = state.temperature;
  const to = settledTemperature(model, from, total);
  if (to !== from) {
    state.temperature = to;
    emit({ at, kind: "temperature", from, to, ...cause });
  }
  for (const mark of model.marks) {
    const before = state.reached.includes(mark.name);
    if (isReached(model, mark, before, total) === before) continue;
    state.reached = model.marks
      .map(({ name }) => name)
      .filter((name) => (name === mark.name ? !before : state.reached.includes(name)));
    emit({
      at,
      kind: "mark",
      mark: mark.name,
      from: before ? "reached" : "left",
      to: before ? "left" : "reached",
      ...cause,
    });
  }
}

/** The totals between which nothing crosses: from `low`, inclusive, to below `high`. */
export interface Hold {
  low: number;
  high: number;
}

/** Where the temperature, and with `marks` every mark too, stays as it is. */
export function holdOf(model: Model, state: ScoreState, marks: boolean): Hold {
  const { warm, hot, cooling } = model.thresholds;
  const hold: Hold = { low: -Infinity, high: Infinity };
  if (state.temperature === "cold") hold.high = warm;
  else if (state.temperature === "hot") hold.low = hot - cooling;
  else {
    hold.low = warm - cooling;
    hold.high = hot;
  }
  if (!marks) return hold;
  for (const mark of model.marks) {
    if (state.reached.includes(mark.name)) hold.low = Math.max(hold.low, mark.at - cooling);
    else hold.high = Math.min(hold.high, mark.at);
  }
  return hold;
}
