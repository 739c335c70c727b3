import { describe, expect, test } from "vitest";
import { reviewThreshold } from "../../src/insights/threshold-review.ts";
import { act, created } from "../scoring/naive.ts";
import { DAY, type Instant } from "../../src/instant.ts";
import { openBacktest } from "../../src/planning/backtest.ts";
import { NO_REPS } from "../../src/reps/file.ts";
import { compileModel } from "../../src/scoring/model.ts";

const MODEL = compileModel({
  model: "default",
  thresholds: { warm: 20, hot: 50 },
  engagement: {
    rules: [20, 40, 60, 80].map((points) => ({ rule: `to ${points}`, on: `to.p${points}`, points })),
  },
});
const UNTIL = 400 * DAY;

/** So many leads that come to this total on day 1, or later, and buy on day 31, or never. */
interface Group {
  readonly leads: number;
  readonly total: 0 | 20 | 40 | 60 | 80;
  readonly buy?: boolean;
  readonly at?: Instant;
}

function review(...groups: readonly Group[]) {
  const { add, result } = openBacktest({
    models: [MODEL],
    outcome: "deal.won",
    from: null,
    until: UNTIL,
    reps: NO_REPS,
    company: { country: "PT", timezone: "UTC" },
  });
  for (const { leads, total, buy = false, at = DAY } of groups) {
    const log = [created(0), act(`to.p${total}`, at), ...(buy ? [act("deal.won", at + 30 * DAY)] : [])];
    for (let n = 0; n < leads; n++) add({ lead: { email: "", owner: null }, log });
  }
  return reviewThreshold(result(), 0);
}

describe("whether the threshold is right", () => {
  test("many qualify and few buy: raise it, to where the buyers are", () => {
    const found = review(
      { leads: 200, total: 60 },
      { leads: 20, total: 80 },
      { leads: 12, total: 80, buy: true },
      { leads: 500, total: 0 },
    );
    expect(found).toMatchObject({
      advice: "raise",
      suggestion: 80,
      qualified: 232,
      customers: 12,
      missed: 0,
    });
    expect(found.sentence).toBe(
      "Few of those who qualify buy: raise hot above 50. 12 of 232 who qualified bought (5 %), against 2 % of all " +
        "732 leads; 12 of the 12 who bought had qualified before (100 %). With hot at 80, 32 in place of 232 would have qualified, and 12 in " +
        "place of 12 of them bought.",
    );
  });

  test("many qualify and few buy, and no total tells them apart: says so", () => {
    const found = review({ leads: 200, total: 60 }, { leads: 12, total: 60, buy: true });
    expect(found).toMatchObject({ advice: "raise", suggestion: null });
    expect(found.sentence).toContain("Every higher total that spares many leads loses customers, too");
  });

  test("many customers never qualified: lower it", () => {
    const found = review(
      { leads: 30, total: 60, buy: true },
      { leads: 20, total: 60 },
      { leads: 40, total: 40, buy: true },
      { leads: 30, total: 40 },
      { leads: 400, total: 0 },
    );
    expect(found).toMatchObject({ advice: "lower", suggestion: 40, missed: 40 });
    expect(found.sentence).toContain(
      "Many of those who buy never qualified: lower hot below 50. 30 of 50 who",
    );
    expect(found.sentence).toContain(
      "With hot at 40, 120 in place of 50 would have qualified, and 70 in place of 30 of them bought.",
    );
  });

  test("few qualify and nearly all of them buy: lower it", () => {
    const found = review(
      { leads: 19, total: 60, buy: true },
      { leads: 1, total: 60 },
      { leads: 8, total: 40, buy: true },
      { leads: 600, total: 0 },
    );
    expect(found).toMatchObject({ advice: "lower", suggestion: 40 });
    expect(found.sentence).toMatch(
      /^Few qualify, and nearly all of them buy: lower hot below 50\. 19 of 20 who/,
    );
  });

  test("a good share of both: keep it", () => {
    const found = review(
      { leads: 30, total: 60, buy: true },
      { leads: 50, total: 60 },
      { leads: 5, total: 20, buy: true },
      { leads: 300, total: 0 },
    );
    expect(found.advice).toBe("keep");
    expect(found.sentence).toBe(
      "Keep hot at 50. 30 of 80 who qualified bought (38 %), against 9 % of all 385 leads; 30 of the 35 who " +
        "bought had qualified before (86 %).",
    );
  });

  test("few of those who qualify buy and many buyers never qualified: the rules are wrong, not the threshold", () => {
    const found = review(
      { leads: 5, total: 60, buy: true },
      { leads: 200, total: 60 },
      { leads: 50, total: 0, buy: true },
      { leads: 300, total: 0 },
    );
    expect(found.advice).toBe("rules");
    expect(found.sentence).toMatch(
      /^No threshold helps here: few of those who qualify buy, and many who buy never qualified\. Look at the rules\./,
    );
  });

  test("who qualifies buys no more often than any lead: the same, or raise it to where that is otherwise", () => {
    const even = [
      { leads: 40, total: 60, buy: true },
      { leads: 60, total: 60 },
      { leads: 40, total: 0, buy: true },
      { leads: 60, total: 0 },
    ] as const;
    expect(review(...even)).toMatchObject({ advice: "rules", suggestion: null });
    const found = review(...even, { leads: 50, total: 80, buy: true }, { leads: 200, total: 60 });
    expect(found).toMatchObject({ advice: "raise", suggestion: 80 });
    expect(found.sentence).toMatch(
      /^Those who qualify buy hardly more often than any lead: raise hot above 50\. 90 of 350 .* \(26 %\), against 29 %/,
    );
  });

  test("small numbers say nothing, and none at all ask for outcomes", () => {
    const few = review({ leads: 3, total: 60, buy: true }, { leads: 5, total: 60 });
    expect(few.advice).toBe("unknown");
    expect(few.sentence).toBe(
      "Too few to say: 3 of 8 who qualified bought (38 %), against 38 % of all 8 leads; 3 of the 3 who bought had " +
        "qualified before (100 %). " +
        "It takes about 20 who qualified and 10 who bought.",
    );
    expect(review({ leads: 50, total: 60 }).sentence).toBe(
      "Nothing can be said yet: no lead bought, and 50 qualified. Record what becomes of leads, as deal.won events.",
    );
  });

  test("who qualified lately may yet buy, and speaks against nothing", () => {
    const groups = [
      { leads: 30, total: 60, buy: true },
      { leads: 30, total: 60 },
    ] as const;
    const late = { leads: 500, total: 60, at: UNTIL - 29 * DAY } as const;
    const found = review(...groups, late);
    expect(found).toMatchObject({ advice: "keep", qualified: 560, recent: 500 });
    expect(found.sentence).toContain("500 more qualified too lately to count.");
  });
});
