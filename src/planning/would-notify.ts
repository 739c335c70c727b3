import type { Instant } from "../instant.ts";
import type { NoticeRule } from "../reps/definition.ts";
import type { Crossing } from "../scoring/fold.ts";

/** A notice that a rep would have got of a lead. */
export interface WouldNotify {
  readonly at: Instant;
  /** The rule's. */
  readonly kind: string;
  /** The lead's total then. */
  readonly score: number;
}

/**
 * The rules that answer to a model's crossings; those on events are the same under any model. Where there are none, one
 * for turning hot stands in.
 */
export function rulesOn(rules: readonly NoticeRule[], model: string): readonly NoticeRule[] {
  const own = rules.filter(({ on }) => !("did" in on) && on.model === model);
  const hot = { temperature: ["hot"], model };
  return own.length > 0 ? own : [{ kind: "hot", on: hot, cooldown: null, deal: null, escalate: null }];
}

const HEAT: Readonly<Record<string, number>> = { cold: 0, warm: 1, hot: 2 };

/** What those rules would have told of one lead's crossings: crossings of one instant are one, a cooldown holds. */
export function wouldNotify(rules: readonly NoticeRule[], crossings: readonly Crossing[]): WouldNotify[] {
  const notices: WouldNotify[] = [];
  const last = new Map<string, Instant>();
  for (const [at, group] of Map.groupBy(crossings, (crossing) => crossing.at)) {
    const shifts = group.filter(({ kind }) => kind === "temperature");
    const [from, to] = [shifts[0]?.from, shifts.at(-1)?.to];
    const marks = new Map(group.filter(({ kind }) => kind === "mark").map((one) => [one.mark, one.to]));
    for (const { on, kind, cooldown } of rules) {
      const told =
        "reached" in on
          ? marks.get(on.reached) === "reached"
          : from !== to && from !== undefined && to !== undefined && answers(on, from, to);
      const before = last.get(kind);
      if (!told || (cooldown !== null && before !== undefined && at < before + cooldown)) continue;
      last.set(kind, at);
      notices.push({ at, kind, score: group.at(-1)!.total });
    }
  }
  return notices;
}

function answers(on: NoticeRule["on"], from: string, to: string): boolean {
  if ("temperature" in on) return on.temperature.includes(to);
  return "cooled" in on && on.cooled.includes(from) && HEAT[to]! < HEAT[from]!;
}
