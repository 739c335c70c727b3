import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MINUTE, type Instant } from "../../src/instant.ts";
import { nextAllowed, nextAllowedByAll } from "../../src/sending/rate.ts";

describe("a sending rate", () => {
  test("spaces nothing within its minute", () => {
    const sent: Instant[] = [];
    for (let n = 0; n < 10; n++) {
      expect(nextAllowed(sent, 10, 1000)).toBe(1000);
      sent.push(1000);
    }
    expect(nextAllowed(sent, 10, 1000)).toBe(1000 + MINUTE);
  });

  test("is none where none is set", () => {
    expect(nextAllowed([1, 2, 3], null, 5)).toBe(5);
  });

  test("never lets more than it says leave in any sliding minute, and as many as it says", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 40 }),
        (perMinute, gaps) => {
          const sent: Instant[] = [];
          let now = 0;
          for (const gap of gaps) {
            now = nextAllowed(sent, perMinute, now + gap);
            sent.push(now);
          }
          for (const t of sent) {
            expect(sent.filter((s) => s > t - MINUTE && s <= t).length).toBeLessThanOrEqual(perMinute);
          }
          sent.forEach((t, index) => {
            // Held back only to the very instant at which the one `perMinute` before it left the minute.
            const asked = (sent[index - 1] ?? 0) + gaps[index]!;
            if (t > asked) expect(t).toBe(sent[index - perMinute]! + MINUTE);
          });
        },
      ),
    );
  });

  test("of the company and of a domain hold together", () => {
    const rates = [
      { perMinute: 3, recent: [100, 200, 300] },
      { perMinute: 1, recent: [300] },
      { perMinute: null, recent: [300] },
    ];
    expect(nextAllowedByAll(rates, 400)).toBe(300 + MINUTE);
    expect(nextAllowedByAll(rates.slice(0, 1), 400)).toBe(100 + MINUTE);
    expect(nextAllowedByAll([], 400)).toBe(400);
  });
});
