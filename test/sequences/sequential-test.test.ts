import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../src/planning/random.ts";
import {
  leadsNeeded,
  liftInterval,
  rateInterval,
  winnerOf,
  type Arm,
} from "../../src/sequences/sequential-test.ts";

type Decide = (arms: readonly Arm[], sent: readonly number[]) => string | null;

const always: Decide = (arms) => winnerOf(arms, 0.95);

/** The textbook's z-test for two shares, meant to be looked at once. */
const naive: Decide = ([a, b], [sentA, sentB]) => {
  const pooled = (a!.converted + b!.converted) / (sentA! + sentB!);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / sentA! + 1 / sentB!));
  const z = (a!.converted / sentA! - b!.converted / sentB!) / error;
  return Math.abs(z) < 1.96 ? null : (z > 0 ? a! : b!).name;
};

interface Experiment {
  readonly rates: readonly number[];
  readonly weights?: readonly number[];
  readonly mails: number;
}

/** Mail after mail, looked at after every event; the winner and how many mails it took, or null. */
function experiment(
  { rates, weights = rates.map(() => 1 / rates.length), mails }: Experiment,
  next: () => number,
  decide: Decide,
): { winner: number; mails: number } | null {
  const arms = weights.map((weight, index) => ({ name: String(index), weight, converted: 0 }));
  const sent = rates.map(() => 0);
  for (let mail = 1; mail <= mails; mail++) {
    let arm = 0;
    for (let share = next() - weights[0]!; share >= 0 && arm < arms.length - 1; share -= weights[arm]!) arm++;
    sent[arm]!++;
    if (next() >= rates[arm]!) continue;
    arms[arm]!.converted++;
    const winner = decide(arms, sent);
    if (winner !== null) return { winner: Number(winner), mails: mail };
  }
  return null;
}

function run(of: number, setting: Experiment, decide = always) {
  const { next } = seeded(20_261_122);
  const outcomes = Array.from({ length: of }, () => experiment(setting, next, decide));
  const took = outcomes.flatMap((outcome) => outcome?.mails ?? []).sort((a, b) => a - b);
  return {
    decided: took.length / of,
    median: took[took.length >> 1] ?? Infinity,
    wrong: outcomes.filter((outcome) => outcome && outcome.winner !== setting.rates.length - 1).length / of,
  };
}

describe("a test looked at after every event", () => {
  test("names a winner in at most 5 % of 10,000 experiments without a difference", () => {
    expect(run(10_000, { rates: [0.1, 0.1], mails: 1500 }).decided).toBeLessThanOrEqual(0.05);
  });

  test("errs no more often with variants of unequal weight, with many, or where the two best are alike", () => {
    const weights = [0.6, 0.3, 0.1];
    expect(run(1000, { rates: [0.2, 0.2, 0.2], weights, mails: 1000 }).decided).toBeLessThanOrEqual(0.05);
    expect(run(1000, { rates: [0.3, 0.3], weights: [0.9, 0.1], mails: 1000 }).decided).toBeLessThanOrEqual(
      0.05,
    );
    expect(run(1000, { rates: [0.05, 0.2, 0.2], mails: 1000 }).decided).toBeLessThanOrEqual(0.05);
  });

  test("would err far more often by the textbook's test", () => {
    expect(run(500, { rates: [0.1, 0.1], mails: 1500 }, naive).decided).toBeGreaterThan(0.2);
  });

  test("finds 10 % against 20 % within about 500 mails, and 5 % against 8 % within about 2,000", () => {
    const large = run(500, { rates: [0.1, 0.2], mails: 2500 });
    expect(large.decided).toBeGreaterThan(0.99);
    expect(large.median).toBeLessThan(600);
    expect(large.wrong).toBeLessThan(0.01);
    const small = run(300, { rates: [0.05, 0.08], mails: 8000 });
    expect(small.decided).toBeGreaterThan(0.95);
    expect(small.median).toBeLessThan(2300);
  });

  test("finds the best of three, which is sent the least", () => {
    const found = run(200, { rates: [0.1, 0.12, 0.25], weights: [0.5, 0.3, 0.2], mails: 4000 });
    expect(found.decided).toBeGreaterThan(0.95);
    expect(found.wrong).toBeLessThan(0.02);
  });
});

describe("an interval", () => {
  test("of a rate holds it at every look in at least 95 % of streams", () => {
    const { next } = seeded(7);
    let held = 0;
    for (let stream = 0; stream < 400; stream++) {
      let converted = 0;
      let holds = true;
      for (let of = 1; of <= 300 && holds; of++) {
        if (next() < 0.15) converted++;
        const { from, to } = rateInterval(converted, of, 0.95);
        holds = from <= 0.15 && 0.15 <= to;
      }
      if (holds) held++;
    }
    expect(held / 400).toBeGreaterThanOrEqual(0.95);
  });

  test("of a rate is all there is before the first mail, and narrows around what was seen", () => {
    expect(rateInterval(0, 0, 0.95)).toEqual({ from: 0, to: 1 });
    expect(rateInterval(0, 20, 0.95)).toMatchObject({ from: 0, to: expect.closeTo(0.224, 3) as number });
    const { from, to } = rateInterval(500, 10_000, 0.95);
    expect([from, to]).toEqual([expect.closeTo(0.0418, 4), expect.closeTo(0.0591, 4)]);
  });

  test("of a lift lies above 1 exactly where the variant wins", () => {
    const count = fc.integer({ min: 0, max: 400 });
    const weight = fc.double({ min: 0.05, max: 0.95, noNaN: true });
    const confidence = fc.constantFrom(0.8, 0.95, 0.99);
    fc.assert(
      fc.property(count, count, weight, confidence, (one, two, share, sure) => {
        const a = { name: "a", weight: share, converted: one };
        const b = { name: "b", weight: 1 - share, converted: two };
        const { from, to } = liftInterval(a, b, 2, sure);
        const seen = one / share / (two / (1 - share));
        if (one + two > 0) expect(from <= seen * 1.000001 && seen <= to * 1.000001).toBe(true);
        const winner = winnerOf([a, b], sure);
        expect(winner === "a").toBe(from > 1);
        expect(winner === "b").toBe(to < 1);
      }),
      { numRuns: 300 },
    );
  });
});

test("how many mails it will about take is said once there is something to go by", () => {
  const arms = (a: number, b: number) => [
    { name: "a", weight: 0.5, converted: a },
    { name: "b", weight: 0.5, converted: b },
  ];
  expect(leadsNeeded(arms(3, 1), 50, 0.95)).toBeNull();
  expect(leadsNeeded(arms(50, 50), 1000, 0.95)).toBeNull();
  expect(leadsNeeded(arms(40, 60), 1000, 0.95)).toBeGreaterThan(1500);
  expect(leadsNeeded(arms(40, 60), 1000, 0.95)).toBeLessThan(4000);
});
