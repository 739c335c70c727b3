import type { ScoredEvent, ScoreState } from "../src/scoring/fold.ts";
import { begin, emptyScore, foldEvent, nextCrossing } from "../src/scoring/fold.ts";
import { DAY } from "../src/instant.ts";
import type { Model } from "../src/scoring/model.ts";
import { NOON, shipped } from "./company.ts";
import { dice, elapsed, measure, type Bench } from "./measure.ts";

const LEADS = 100;
const ATTRIBUTES = { authority: "decides", employees: 120, industry: "logistics" };

/** One event folded in memory, with the exact next crossing, against the fold alone. */
export const foldBench: Bench = {
  name: "fold",
  async run({ quick }) {
    const { programme } = await shipped();
    const model = programme.models.find(({ name }) => name === "default")!;
    const logs = Array.from({ length: LEADS }, (_, lead) => logOf(model, lead + 1));
    const events = logs.reduce((sum, log) => sum + log.length, 0);
    const times = quick ? 1 : 4;
    const each = async (next: boolean) => {
      const ms = await elapsed(() => {
        for (let time = 0; time < times; time++) for (const log of logs) fold(model, log, next);
      });
      return (ms * 1000) / (times * events);
    };
    const row = await measure({
      name: "an event folded in memory, next crossing included",
      unit: "µs",
      against: "the fold alone",
      rounds: quick ? 1 : 7,
      target: { of: "value", at_most: 10 },
      value: () => each(true),
      limit: () => each(false),
    });
    return [row];
  },
};

function fold(model: Model, log: readonly ScoredEvent[], next: boolean): void {
  const state: ScoreState = emptyScore(model);
  begin(model, state, log[0]!.at, ATTRIBUTES);
  for (const event of log) {
    foldEvent(model, state, event, ATTRIBUTES, ATTRIBUTES, () => {});
    if (next) nextCrossing(model, state, ATTRIBUTES, event.at);
  }
}

/** A lead that comes and goes for half a year; every type that the model knows. */
function logOf(model: Model, seed: number): ScoredEvent[] {
  const random = dice(seed);
  const types = [...model.byEventType.keys()];
  const paths = ["/", "/pricing", "/blog/shifts", "/docs", "/case-studies/alder-care"];
  const log: ScoredEvent[] = [];
  let at = NOON;
  for (let seq = 1; seq <= 60; seq++) {
    at += Math.floor(random() ** 3 * 14 * DAY);
    const type = seq === 1 ? "lead.created" : types[Math.floor(random() * types.length)]!;
    log.push({
      seq,
      type,
      at,
      actor: type === "lead.created" ? "system" : "lead",
      verdict: "human",
      properties: type === "page.viewed" ? { path: paths[Math.floor(random() * paths.length)] } : {},
      message: type.startsWith("email.") ? String(Math.floor(seq / 3)) : null,
    });
  }
  return log;
}
