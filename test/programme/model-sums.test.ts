import { expect, test } from "vitest";
import { describeSums, modelSums } from "../../src/programme/model-sums.ts";
import { compileModel } from "../../src/scoring/model.ts";

const model = compileModel({
  model: "b2b",
  title: "Business",
  thresholds: { warm: 10, hot: 40 },
  fit: [
    {
      criterion: "Need",
      attribute: "need",
      bands: [
        { is: "main", points: 10 },
        { is: "none", points: -20 },
      ],
    },
    {
      criterion: "Size",
      attribute: "size",
      bands: [
        { over: 5, points: -3 },
        { otherwise: true, points: -1 },
      ],
    },
  ],
  engagement: {
    rules: [
      { rule: "opened", on: "email.opened", points: 2, cap: 6 },
      { rule: "referred", on: "lead.referred", points: 20, once_per: "ever" },
      { rule: "left", on: "email.unsubscribed", points: -10 },
    ],
  },
});

test("the sums are those of the best bands, each act once, and each cap", () => {
  const sums = modelSums(model);
  expect(sums.fit).toEqual([
    { name: "Need", best: 10, worst: -20 },
    { name: "Size", best: -1, worst: -3 },
  ]);
  expect(sums.wanted).toEqual([
    { name: "opened", once: 2, most: 6 },
    { name: "referred", once: 20, most: 20 },
  ]);
  expect(sums.unwanted).toEqual([{ name: "left", once: -10, most: null }]);
  expect(sums.scenarios.map(({ points, temperature }) => [points, temperature])).toEqual([
    [9, "cold"],
    [22, "warm"],
    [31, "warm"],
    [11, "warm"],
    [29, "warm"],
    [-23, "cold"],
  ]);
  expect(sums.most).toBe(35);
  expect(describeSums(model, sums)).toContain("maximum: 35");
});

test("a rule without a cap has no end", () => {
  const endless = compileModel({
    model: "m",
    thresholds: { warm: 1, hot: 2 },
    engagement: { rules: [{ rule: "r", on: "page.viewed", points: 1 }] },
  });
  const sums = modelSums(endless);
  expect(sums.most).toBeNull();
  expect(describeSums(endless, sums)).toContain(
    "no limit: some rules have no cap (held at the ceiling, 100)",
  );
});
