import fc from "fast-check";
import { byLogOrder } from "../../src/events/event.ts";
import type { Event } from "../../src/events/event.ts";
import type { ModelFile } from "../../src/scoring/model.ts";
import { created } from "./naive.ts";

/** Where the short lives below begin; a minute before midnight UTC, so that `once_per: day` sees two days. */
export const START = Date.UTC(2026, 2, 14, 23, 59, 50);

const types = ["a.one", "b.two", "c.three"] as const;

const points = fc.oneof(fc.integer({ min: -20, max: 30 }), fc.constantFrom(0.1, 7.3, -4.7));
const halfLife = fc.constantFrom("none", "1s", "2s", "3s", "7s");

const rule = fc.record(
  {
    on: fc.constantFrom(...types),
    points,
    half_life: halfLife,
    cap: fc.constantFrom(5, 12.5, 30),
    once_per: fc.constantFrom("ever", "message", "day", "property:path"),
  },
  { requiredKeys: ["on", "points"] },
);

/** Models whose points fade within seconds, so that a check may look at every millisecond. */
export const models: fc.Arbitrary<ModelFile> = fc
  .record({
    warm: fc.integer({ min: 1, max: 30 }),
    more: fc.integer({ min: 0, max: 20 }),
    cooling: fc.constantFrom(0, 1, 2.5, 6),
    marks: fc.dictionary(fc.constantFrom("m", "n"), fc.integer({ min: -10, max: 60 })),
    range: fc.constantFrom(undefined, { floor: -30 }, { ceiling: 25 }, { floor: -1000, ceiling: 1000 }),
    halfLife,
    rules: fc.array(rule, { minLength: 1, maxLength: 6 }),
    inactivity: fc.uniqueArray(fc.record({ after: fc.integer({ min: 0, max: 8 }), points }), {
      selector: (step) => step.after,
      maxLength: 3,
    }),
  })
  .map(({ warm, more, cooling, marks, range, halfLife: inherited, rules, inactivity }) => ({
    model: "default",
    thresholds: { warm, hot: warm + more, cooling },
    marks,
    range,
    engagement: {
      half_life: inherited,
      rules: rules.map((one, index) => ({ rule: `rule ${index}`, ...one })),
    },
    inactivity: inactivity
      .sort((a, b) => a.after - b.after)
      .map((step) => ({ ...step, after: `${step.after}s` })),
  }));

const event = fc.record({
  type: fc.constantFrom(...types),
  at: fc.oneof(
    fc.integer({ min: START, max: START + 12_000 }),
    fc.constantFrom(START, START + 3_000, START + 10_000),
  ),
  actor: fc.constantFrom("lead", "lead", "rep", "system"),
  verdict: fc.constantFrom("human", "human", "human", "proxy", "prefetch", "scanner"),
  properties: fc.constantFrom({}, { path: "/a" }, { path: "/b" }, { path: 1 }, { path: "1" }),
  message: fc.constantFrom(null, "m1", "m2"),
} as const);

/** A log of some seconds, in order, that begins with lead.created. */
export const logs: fc.Arbitrary<Event[]> = fc
  .array(event, { maxLength: 12 })
  .map((events) =>
    [created(START), ...events.map((one, index) => ({ ...one, seq: index + 1 }))].sort(byLogOrder),
  );
