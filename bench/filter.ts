import { join } from "node:path";
import { sql } from "kysely";
import type { Condition } from "../src/conditions/condition.ts";
import { readLogOf } from "../src/events/log.store.ts";
import { leadOf } from "../src/leads/leads.store.ts";
import { compileFilter, fits, type Filter } from "../src/lifecycle/filter.ts";
import { piecesThatFit } from "../src/lifecycle/filter.run.ts";
import { leadNumberAfter, leadsByNumber, type FilteredRow } from "../src/lifecycle/filter.store.ts";
import { openHerd, type Herd } from "./herd.ts";
import { elapsed, measure, type Bench, type Row } from "./measure.ts";

/** Asks for an attribute, a temperature, a total and what was done with what properties. */
const CONDITION: Condition = {
  all: [
    { attribute: "employees", from: 40 },
    { not: { temperature: "hot" } },
    {
      any: [
        { did: "page.viewed", where: { property: "path", matches: "/case-studies*" }, within: "60d" },
        { score: { over: 40 } },
        { segment: "comparing-prices" },
      ],
    },
  ],
};

/** An ad-hoc filter: SQL finds a superset, memory decides. */
export const filterBench: Bench = {
  name: "filter",
  async run({ quick, folder }) {
    const leads = quick ? 2000 : 20_000;
    const herd = await openHerd(`sqlite:${join(folder, "filter.db")}`, leads);
    try {
      const filter = compileFilter(CONDITION);
      return [await inMemory(herd, filter, quick), await whole(herd, filter, leads, quick)];
    } finally {
      await herd.world.app.close();
    }
  },
};

/** What memory does for a lead that SQL could not exclude, its rows being read. */
async function inMemory({ world: { spine } }: Herd, filter: Filter, quick: boolean): Promise<Row> {
  const db = spine.db.kysely;
  const now = spine.clock.now();
  const rows = (await leadsByNumber(db, null, null, sql`1 = 1`)).slice(0, 2000);
  const types = filter.dids.map(({ type }) => type);
  const logs = await readLogOf(
    db,
    rows.map(({ id }) => id),
    { types, after: now - filter.reach! },
    [],
  );
  const times = quick ? 1 : 10;
  const each = async (work: (row: FilteredRow) => unknown) => {
    const ms = await elapsed(() => {
      for (let time = 0; time < times; time++) for (const row of rows) work(row);
    });
    return (ms * 1000) / (times * rows.length);
  };
  const programme = spine.programme();
  return measure({
    name: "a lead asked a condition in memory",
    unit: "µs",
    against: "taking its row's JSON apart",
    rounds: quick ? 1 : 5,
    target: { of: "value", at_most: 20 },
    value: () =>
      each((row) =>
        fits(filter, { lead: leadOf(row), state: row.state, log: logs.get(row.id) ?? [] }, programme, now),
      ),
    limit: () => each((row) => [JSON.parse(row.attributes), JSON.parse(row.state!)]),
  });
}

/** The whole way: the superset, its logs, and memory. */
function whole({ world: { spine } }: Herd, filter: Filter, leads: number, quick: boolean): Promise<Row> {
  const db = spine.db.kysely;
  const list = {
    edge: (after: number | null, size: number) => leadNumberAfter(db, after, size),
    between: leadsByNumber.bind(null, db),
    placeOf: ({ id }: FilteredRow) => id,
  };
  return measure({
    name: `a condition asked of ${leads.toLocaleString("en")} leads, each`,
    unit: "µs",
    against: "reading all their rows",
    rounds: quick ? 1 : 5,
    target: { of: "value", at_most: 60 },
    async value() {
      const ms = await elapsed(async () => {
        for await (const _ of piecesThatFit(spine, filter, list));
      });
      return (ms * 1000) / leads;
    },
    limit: async () => ((await elapsed(() => leadsByNumber(db, null, null, sql`1 = 1`))) * 1000) / leads,
  });
}
