import fc from "fast-check";
import { expect, test } from "vitest";
import { DAY } from "../../src/instant.ts";
import { firstExit } from "../../src/scoring/first-exit.ts";
import type { Curve } from "../../src/scoring/first-exit.ts";

const BASE = Date.UTC(2026, 0, 1);

function valueAt({ base, constant, fading }: Curve, at: number): number {
  let sum = constant;
  for (const { points, halfLife } of fading) sum += points * 2 ** (-(at - base) / halfLife);
  return sum;
}

function exitOf(curve: Curve, low: number, high: number) {
  return { low, high, isOut: (at: number) => valueAt(curve, at) < low || valueAt(curve, at) >= high };
}

function curveOf(constant: number, ...fading: [points: number, halfLife: number][]): Curve {
  const size = fading.reduce((sum, [points]) => sum + Math.abs(points), Math.abs(constant));
  return { base: BASE, constant, size, fading: fading.map(([points, halfLife]) => ({ points, halfLife })) };
}

const points = fc.integer({ min: -200, max: 200 }).filter((number) => number !== 0);
const halfLives = fc.constantFrom(3, 10, 25, 80, 300, 700);

test("gains and losses that fade at different speeds turn the curve, and the first exit is found all the same", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(points, halfLives), {
        minLength: 2,
        maxLength: 5,
        selector: ([, halfLife]) => halfLife,
      }),
      fc.integer({ min: -50, max: 50 }),
      // The band is put around the start, near the turns of the curve.
      fc.double({ min: 0.01, max: 60, noNaN: true }),
      fc.double({ min: 0.01, max: 60, noNaN: true }),
      fc.constantFrom(50, 2_000, 8.64e15),
      (fading, constant, below, above, length) => {
        const curve = curveOf(constant, ...fading);
        const start = valueAt(curve, BASE);
        const exit = exitOf(curve, start - below, start + above);
        const until = Math.min(BASE + length, 8.64e15);
        let expected: number | null = null;
        for (let at = BASE + 1; at <= Math.min(until, BASE + 12_000); at++) {
          if (!exit.isOut(at)) continue;
          expected = at;
          break;
        }
        expect(firstExit(curve, exit, BASE, until)).toBe(expected);
      },
    ),
    { numRuns: 2000 },
  );
});

test("a curve that dips below and comes back is caught in the dip", () => {
  // 20 − 30·2^(−t/30d) + 30·2^(−t/1d) is lowest where its slope, 2^(−t/30d)/30 − 2^(−t/1d), is 0.
  const dip = curveOf(20, [-30, 30 * DAY], [30, DAY]);
  const lowest = valueAt(dip, BASE + Math.log2(30) * (30 / 29) * DAY);
  const at = firstExit(dip, exitOf(dip, lowest + 1e-6, 100), BASE, 8.64e15)!;
  expect(valueAt(dip, at)).toBeLessThan(lowest + 1e-6);
  expect(valueAt(dip, at - 1)).toBeGreaterThanOrEqual(lowest + 1e-6);
  expect(firstExit(dip, exitOf(dip, lowest - 1e-6, 100), BASE, 8.64e15)).toBeNull();
});

test("an answer takes few looks, however far away it is", () => {
  let looks = 0;
  const curve = curveOf(24.999, [30, 30 * DAY], [-5, 90 * DAY], [-5, 7 * DAY]);
  const { isOut, ...band } = exitOf(curve, 24.998, Infinity);
  const counted = { ...band, isOut: (at: number) => (looks++, isOut(at)) };
  expect(firstExit(curve, counted, BASE, 8.64e15)).toBeGreaterThan(BASE + 30 * DAY);
  expect(looks).toBeLessThan(30);
});
