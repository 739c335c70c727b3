import { existsSync, readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, test } from "vitest";
import { reviewThreshold } from "../../src/insights/threshold-review.ts";
import { DAY } from "../../src/instant.ts";
import { openBacktest, type Backtest } from "../../src/planning/backtest.ts";
import { NO_REPS } from "../../src/reps/file.ts";
import { compileModel, type ModelFile } from "../../src/scoring/model.ts";
import { act, created } from "../scoring/naive.ts";

const FILE = new URL("../../../shared/data/x-education/leads.csv", import.meta.url).pathname;
const there = existsSync(FILE);
if (!there) console.warn(`${FILE} is not here, so the backtest of 9,240 real leads is SKIPPED`);

const otherwise = (points: number) => ({ otherwise: true as const, points });

/** By what seems obvious: who came often, from a search. */
const GUESSED: ModelFile = {
  model: "default",
  thresholds: { warm: 20, hot: 40 },
  fit: [
    {
      criterion: "Visits",
      attribute: "TotalVisits",
      bands: [{ over: 5, points: 30 }, { over: 1, points: 20 }, otherwise(0)],
    },
    {
      criterion: "Source",
      attribute: "Lead Source",
      bands: [
        { is: "Google", points: 30 },
        { in: ["Organic Search", "Direct Traffic"], points: 20 },
      ],
    },
  ],
};

/** By what the buyers have in common. */
const LEARNED: ModelFile = {
  model: "default",
  thresholds: { warm: 20, hot: 50 },
  fit: [
    {
      criterion: "Time on the site",
      attribute: "Total Time Spent on Website",
      bands: [{ over: 1000, points: 40 }, { over: 600, points: 35 }, { over: 300, points: 10 }, otherwise(5)],
    },
    {
      criterion: "Occupation",
      attribute: "What is your current occupation",
      bands: [
        { is: "Working Professional", points: 40 },
        { in: ["Unemployed", "Student"], points: 15 },
      ],
    },
    { criterion: "Origin", attribute: "Lead Origin", bands: [{ is: "Lead Add Form", points: 45 }] },
  ],
};

describe.skipIf(!there)("9,240 real leads of X Education", () => {
  let found: Backtest;

  beforeAll(() => {
    const { add, result } = openBacktest({
      models: [compileModel(GUESSED), compileModel(LEARNED)],
      outcome: "deal.won",
      from: null,
      until: 100 * DAY,
      reps: NO_REPS,
      company: { country: "IN", timezone: "Asia/Kolkata" },
    });
    const leads = parse(readFileSync(FILE), { columns: true }) as Record<string, string>[];
    for (const lead of leads) {
      const won = lead["Converted"] === "1" ? [act("deal.won", 30 * DAY, { seq: 1 })] : [];
      add({ lead: { email: lead["Email"]!, owner: null }, log: [created(0, lead), ...won] });
    }
    found = result();
  });

  test("under a guessed model buy no more often for being hot, and the review says so", () => {
    expect([found.leads, found.outcomes]).toEqual([9240, 3561]);
    expect(reviewThreshold(found, 0).sentence).toBe(
      "No threshold helps here: those who qualify buy hardly more often than any lead. Look at the rules. 2,367 of " +
        "6,227 who qualified bought (38 %), against 39 % of all 9,240 leads; 2,367 of the 3,561 who bought had " +
        "qualified before (66 %).",
    );
  });

  test("under a model that knows what buyers have in common half as many are hot, and as many of them buy", () => {
    const [guessed, learned] = found.sides.map(
      ({ columns, thresholds }) => columns[found.thresholds.indexOf(thresholds.hot)]!,
    );
    expect(guessed).toMatchObject({ reached: 6227, hits: 2367 });
    expect(learned).toMatchObject({ reached: 3013, hits: 2337 });
    expect(learned!.precision).toBeGreaterThan(2 * guessed!.precision!);
    expect(reviewThreshold(found, 1).advice).toBe("keep");
  });
});
