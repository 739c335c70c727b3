import { join } from "node:path";
import type { LoggedEvent } from "../src/events/event.ts";
import { backtest } from "../src/planning/backtest.run.ts";
import { readLeads } from "../src/planning/read-leads.store.ts";
import type { Model } from "../src/scoring/model.ts";
import { replay } from "../src/scoring/replay.ts";
import { NOON } from "./company.ts";
import { openHerd } from "./herd.ts";
import { elapsed, measure, type Bench } from "./measure.ts";

/** Two models over all history, read from the database: each folds every log twice. */
export const backtestBench: Bench = {
  name: "backtest",
  async run({ quick, folder }) {
    const { world } = await openHerd(`sqlite:${join(folder, "backtest.db")}`, quick ? 500 : 20_000);
    const db = world.app.db.kysely;
    const { models, reps, settings } = world.spine.programme();
    const model = models[0]!;
    const question = {
      models: [model, { ...model, thresholds: { ...model.thresholds, hot: 40 } }],
      outcome: "deal.won",
      from: null,
      until: NOON,
      reps,
      company: settings.company,
    };
    const logs: (readonly LoggedEvent[])[] = [];
    for await (const leads of readLeads(db)) logs.push(...leads.map(({ log }) => log));
    const events = logs.reduce((sum, log) => sum + log.length, 0);
    const each = async (work: () => unknown) => ((await elapsed(work)) * 1000) / events;
    const row = await measure({
      name: `an event of a backtest, ${events.toLocaleString("en")} of them`,
      unit: "µs",
      against: "folded by one model, in memory",
      rounds: quick ? 1 : 3,
      // A million events in half a minute.
      target: { of: "value", at_most: 30 },
      value: () => each(() => backtest(db, question)),
      limit: () => each(() => foldAll(model, logs)),
    });
    await world.app.close();
    return [row];
  },
};

function foldAll(model: Model, logs: readonly (readonly LoggedEvent[])[]): void {
  for (const events of logs) replay(model, { created: null, events }, NOON);
}
