import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isCounted, type Event } from "../../src/events/event.ts";
import { DAY, type Instant } from "../../src/instant.ts";
import { openBacktest, type Backtest, type Question } from "../../src/planning/backtest.ts";
import { NO_REPS } from "../../src/reps/file.ts";
import { compileModel, type ModelFile } from "../../src/scoring/model.ts";
import { logs, models, START } from "../scoring/arbitrary.ts";
import { act, created, Naive } from "../scoring/naive.ts";

const COMPANY = { country: "PT", timezone: "Europe/Lisbon" };

function run(
  files: readonly ModelFile[],
  leads: readonly (readonly Event[])[],
  more: Partial<Question> = {},
): Backtest {
  const { add, result } = openBacktest({
    models: files.map(compileModel),
    outcome: "deal.won",
    from: null,
    until: DAY * 365,
    reps: NO_REPS,
    company: COMPANY,
    ...more,
  });
  for (const [index, log] of leads.entries()) {
    add({ lead: { email: `lead${index}@x.example`, owner: null }, log });
  }
  return result();
}

const MODEL: ModelFile = {
  model: "default",
  thresholds: { warm: 20, hot: 50, cooling: 5 },
  engagement: {
    half_life: "10d",
    rules: [
      { rule: "demo", on: "demo.requested", points: 50 },
      { rule: "page", on: "page.viewed", points: 10 },
      { rule: "won", on: "deal.won", points: 100 },
    ],
  },
};

/** Acts on these days, after a creation on day 0. */
function life(...acts: readonly (readonly [day: number, type: string])[]): Event[] {
  return [created(0), ...acts.map(([day, type], index) => act(type, day * DAY, { seq: index + 1 }))];
}

function at(backtest: Backtest, threshold: number, side = 0) {
  return backtest.sides[side]!.columns[backtest.thresholds.indexOf(threshold)]!;
}

describe("a threshold over history", () => {
  test("has precision, recall and the median of days by which it was ahead", () => {
    const found = run(
      [MODEL],
      [
        life([1, "demo.requested"], [5, "deal.won"]),
        life([1, "demo.requested"], [11, "deal.won"]),
        life([1, "demo.requested"]),
        life([1, "demo.requested"]),
        life([3, "deal.won"]),
        life([1, "page.viewed"]),
      ],
    );
    expect([found.leads, found.outcomes]).toEqual([6, 3]);
    expect(at(found, 50)).toEqual({ reached: 4, hits: 2, precision: 0.5, recall: 2 / 3, leadDays: 7 });
    expect(at(found, 10)).toEqual({ reached: 5, hits: 2, precision: 0.4, recall: 2 / 3, leadDays: 7 });
    expect(at(found, 55)).toEqual({ reached: 0, hits: 0, precision: null, recall: 0, leadDays: null });
  });

  test("is not passed by the outcome's own points, nor by what happens at its instant or later", () => {
    const found = run(
      [MODEL],
      [
        life([1, "deal.won"]),
        life([1, "demo.requested"], [1, "deal.won"]),
        life([1, "deal.won"], [2, "demo.requested"]),
      ],
    );
    expect(at(found, 50)).toMatchObject({ reached: 0, recall: 0 });
    expect(found.notified.map(({ outcome }) => outcome)).toEqual([DAY, DAY, DAY]);
  });

  test("counts an outcome only of a person, and the first only", () => {
    const machine = act("email.clicked", 2 * DAY, { seq: 2, verdict: "scanner" });
    const log = [...life([1, "demo.requested"]), machine];
    expect(run([MODEL], [log], { outcome: "email.clicked" }).outcomes).toBe(0);
    const twice = life([1, "deal.won"], [2, "demo.requested"], [9, "deal.won"]);
    expect(at(run([MODEL], [twice]), 50)).toMatchObject({ reached: 0, hits: 0 });
  });

  test("is asked between --from and --until: what came before gives points, customers of before are left out", () => {
    const found = run(
      [MODEL],
      [
        life([1, "demo.requested"], [14, "deal.won"]),
        life([1, "demo.requested"], [9, "demo.requested"], [31, "deal.won"]),
        life([1, "demo.requested"]),
        life([2, "deal.won"], [15, "demo.requested"]),
        life([40, "demo.requested"]),
      ],
      { from: 10 * DAY, until: 30 * DAY },
    );
    expect([found.leads, found.outcomes, found.before]).toEqual([4, 1, 1]);
    // Half a demo is left in the first and third; the second stands above 50 when the window opens.
    expect(at(found, 25)).toMatchObject({ reached: 3, hits: 1, leadDays: 4 });
    expect(at(found, 50)).toMatchObject({ reached: 1, hits: 0, recall: 0 });
  });

  test("is one of the models' own or an even step of their range", () => {
    const grid = (file: Partial<ModelFile>) => run([{ ...MODEL, ...file }], []).thresholds;
    expect(grid({ thresholds: { warm: 22, hot: 50 }, marks: { invite: 77 } })).toEqual([
      5, 10, 15, 20, 22, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 77, 80, 85, 90, 95, 100,
    ]);
    expect(grid({ range: { floor: -1e9, ceiling: 1e9 } }).at(-1)).toBe(200);
    expect(grid({ thresholds: { warm: 0.1, hot: 0.5 }, range: { ceiling: 1 } })).toContain(0.95);
  });

  test("of a model for some leads only is judged by those leads", () => {
    const file: ModelFile = { ...MODEL, applies_to: { attribute: "market", is: "eu" } };
    const eu = [created(0, { market: "eu" }), act("demo.requested", DAY), act("deal.won", 2 * DAY)];
    const found = run([file], [eu, life([1, "deal.won"])]);
    expect([found.leads, found.outcomes]).toEqual([1, 1]);
    expect(at(found, 50)).toMatchObject({ reached: 1, recall: 1 });
  });

  test("gives what counting by hand gives, whatever the model and the logs", () => {
    const few = fc.array(logs, { minLength: 1, maxLength: 3 });
    const until = START + 12_000;
    fc.assert(
      fc.property(models, few, (file, leads) => {
        const found = run([file], leads, { outcome: "c.three", until });
        const outcomes = leads.map((log) => log.find((one) => one.type === "c.three" && isCounted(one))?.at);
        const reached = leads.map((log, index) =>
          naively(file, found.thresholds, log, (outcomes[index] ?? until + 1) - 1),
        );
        for (const [place, threshold] of found.thresholds.entries()) {
          const who = leads.map((_, index) => index).filter((index) => reached[index]!.has(place));
          const hits = who.filter((index) => outcomes[index] !== undefined);
          const bought = outcomes.filter((one) => one !== undefined).length;
          expect(at(found, threshold)).toEqual({
            reached: who.length,
            hits: hits.length,
            precision: who.length === 0 ? null : hits.length / who.length,
            recall: bought === 0 ? null : hits.length / bought,
            leadDays: middle(hits.map((index) => (outcomes[index]! - reached[index]!.get(place)!) / DAY)),
          });
        }
      }),
      { numRuns: 20 },
    );
  });

  test("is the same for a model beside itself", () => {
    fc.assert(
      fc.property(models, fc.array(logs, { maxLength: 4 }), (file, leads) => {
        const { sides, notified } = run([file, file], leads, { outcome: "c.three", until: START + 12_000 });
        expect(sides[1]).toEqual(sides[0]);
        for (const lead of notified) expect(lead.sides[1]).toEqual(lead.sides[0]);
      }),
      { numRuns: 40 },
    );
  });
});

/** By place in the grid: when time, going by in milliseconds, first found so high a total. */
function naively(file: ModelFile, grid: readonly number[], log: readonly Event[], until: Instant) {
  const naive = new Naive({
    ...file,
    thresholds: { warm: 1e12, hot: 1e12, cooling: 1e12 },
    marks: Object.fromEntries(grid.map((threshold, place) => [`at ${place}`, threshold])),
  });
  naive.live(log, until);
  return new Map(naive.crossings.map(({ mark, at: instant }) => [Number(mark!.slice(3)), instant]));
}

function middle(numbers: readonly number[]): number | null {
  const sorted = numbers.toSorted((a, b) => a - b);
  if (sorted.length === 0) return null;
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
