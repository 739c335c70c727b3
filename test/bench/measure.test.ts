import { expect, test } from "vitest";
import { dice, isMet, measure } from "../../bench/measure.ts";

const QUESTION = { name: "a thing", unit: "/s", against: "another", rounds: 3 } as const;

test("the row shows the median round, whole, and all rounds beside it", async () => {
  const values = [999, 10, 40, 20];
  const limits = [1, 10, 10, 10];
  const row = await measure({
    ...QUESTION,
    target: { of: "ratio", at_least: 2 },
    value: () => values.shift()!,
    limit: () => limits.shift()!,
  });
  expect(row.rounds.map((round) => round.ratio)).toEqual([1, 4, 2]);
  expect(row).toMatchObject({ value: 20, limit: 10, ratio: 2, at_least: 2 });
  expect(isMet(row)).toBe(true);
});

test("ours and the limit take turns at going first, so that neither gains by it", async () => {
  const order: string[] = [];
  await measure({
    ...QUESTION,
    target: { of: "ratio", at_most: 2 },
    value: () => order.push("ours"),
    limit: () => order.push("limit"),
  });
  const firsts = order.filter((_, index) => index % 2 === 0);
  expect(new Set(firsts)).toEqual(new Set(["ours", "limit"]));
  expect(order.filter((who) => who === "ours")).toHaveLength(4);
});

test("a target is of the value or of the ratio, and at its very edge it is met", async () => {
  const ask = { ...QUESTION, value: () => 250, limit: () => 100 };
  const met = async (target: Parameters<typeof measure>[0]["target"]) =>
    isMet(await measure({ ...ask, target }));
  expect(await met({ of: "value", at_most: 250 })).toBe(true);
  expect(await met({ of: "value", at_most: 249 })).toBe(false);
  expect(await met({ of: "ratio", at_least: 2.5 })).toBe(true);
  expect(await met({ of: "ratio", at_least: 2.6 })).toBe(false);
});

test("the same leads act in each run", () => {
  const [a, b] = [dice(7), dice(7)];
  const drawn = Array.from({ length: 100 }, () => a());
  expect(drawn).toEqual(Array.from({ length: 100 }, () => b()));
  for (const number of drawn) expect(number).toSatisfy((n: number) => n >= 0 && n < 1);
});
