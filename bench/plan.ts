import { join } from "node:path";
import { openChild } from "./child.ts";
import { NOON } from "./company.ts";
import { openHerd } from "./herd.ts";
import { measure, type Bench, type Row } from "./measure.ts";
import type { Planned, Planning } from "./plan-child.ts";

/** So that a lead has ten events, and every second one is in the middle of a sequence. */
const LIFE = { days: 3, pages: 6 };

/** A changed threshold over a whole company: every log is read and folded, every lead lives its week ahead twice. */
export const planBench: Bench = {
  name: "plan",
  async run({ quick, folder }) {
    const leads = quick ? 500 : 100_000;
    const database = `sqlite:${join(folder, "plan.db")}`;
    const { world } = await openHerd(database, leads, LIFE);
    const events = await world.app.db.kysely
      .selectFrom("events")
      .select(({ fn }) => fn.countAll<number>().as("events"))
      .executeTakeFirstOrThrow();
    await world.app.close();
    let last: Planned | undefined;
    const once = async () => {
      // Each in a process of its own: what one held would be counted for the next.
      const child = openChild<Planning, Planned>("plan-child");
      last = await child.ask({ database, now: NOON });
      await child.close();
      if (last.crossed === 0) throw new Error("the plan found nothing");
      return last;
    };
    const name = `plan over ${shown(leads)} leads, ${shown(events.events)} events`;
    const rows: Row[] = [];
    rows.push(
      await measure({
        name,
        unit: "s",
        against: "30 s",
        rounds: quick ? 1 : 2,
        target: { of: "value", at_most: 30 },
        value: async () => (await once()).seconds,
        limit: () => 30,
      }),
    );
    rows.push(
      await measure({
        name: `memory of that ${name.slice(0, 4)}`,
        unit: "MB",
        against: "500 MB",
        rounds: 1,
        target: { of: "value", at_most: 500 },
        value: async () => (last ?? (await once())).peak,
        limit: () => 500,
      }),
    );
    return rows;
  },
};

function shown(count: number): string {
  return count.toLocaleString("en");
}
