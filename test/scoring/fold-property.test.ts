import fc from "fast-check";
import { expect, test } from "vitest";
import { byLogOrder } from "../../src/events/event.ts";
import type { Event } from "../../src/events/event.ts";
import type { Instant } from "../../src/instant.ts";
import { advanceScore, begin, emptyScore, foldEvent, nextCrossing, totalAt } from "../../src/scoring/fold.ts";
import type { Crossing, ScoreState } from "../../src/scoring/fold.ts";
import { compileModel, modelSchema } from "../../src/scoring/model.ts";
import type { Model } from "../../src/scoring/model.ts";
import { partsAt } from "../../src/scoring/explain.ts";
import { replay } from "../../src/scoring/replay.ts";
import { logs, models, START } from "./arbitrary.ts";
import { Naive } from "./naive.ts";

const UNTIL = START + 20_000;
const nobody = {};

function foldAll(
  model: Model,
  events: readonly Event[],
  between?: (state: ScoreState, next: Instant) => void,
) {
  const crossings: Crossing[] = [];
  const emit = (crossing: Crossing) => void crossings.push(crossing);
  const state = emptyScore(model);
  begin(model, state, events[0]!.at, nobody);
  for (const event of events) {
    between?.(state, event.at);
    foldEvent(model, state, event, nobody, nobody, emit);
  }
  return { state, crossings, emit };
}

test("every crossing has the millisecond, cause and total that looking at every millisecond gives", () => {
  fc.assert(
    fc.property(models, logs, (file, events) => {
      const model = compileModel(modelSchema.parse(file));
      const naive = new Naive(file);
      naive.live(events, UNTIL);
      const replayed = replay(model, { created: null, events }, UNTIL);
      expect(replayed.crossings).toEqual(naive.crossings);
      expect(totalAt(model, replayed.state, nobody, UNTIL).total).toBe(naive.total(UNTIL));
    }),
    { numRuns: 200 },
  );
});

test("the next crossing is the one that looking at every millisecond finds", () => {
  fc.assert(
    fc.property(models, logs, (file, events) => {
      const model = compileModel(modelSchema.parse(file));
      const last = events.at(-1)!.at;
      const naive = new Naive(file);
      naive.live(events, last);
      const { state } = foldAll(model, events);
      const expected = naive.nextCrossing(last, last + 30_000);
      const stored = structuredClone(state);
      const next = nextCrossing(model, state, nobody, last);
      expect(state).toEqual(stored);
      const found = next && next.at <= last + 30_000 ? next.at : null;
      expect(found).toBe(expected?.at ?? null);
      if (expected?.kind === "temperature") expect(next!.temperature).toBe(expected.to);
      if (expected?.kind === "mark") expect(next).toMatchObject({ temperature: null, mark: expected.mark });
    }),
    { numRuns: 200 },
  );
});

test("history is the same however often the jobs run", () => {
  fc.assert(
    fc.property(models, logs, fc.array(fc.integer({ min: START, max: UNTIL })), (file, events, instants) => {
      const model = compileModel(modelSchema.parse(file));
      const once = replay(model, { created: null, events }, UNTIL);
      const jobs = instants.sort((a, b) => a - b);
      const noticed: Crossing[] = [];
      const emit = (crossing: Crossing) => void noticed.push(crossing);
      const state = emptyScore(model);
      begin(model, state, START, nobody);
      const run = (until: Instant) => {
        while (jobs.length > 0 && jobs[0]! < until) advanceScore(model, state, jobs.shift()!, nobody, emit);
      };
      for (const event of events) {
        run(event.at);
        foldEvent(model, state, event, nobody, nobody, emit);
      }
      run(UNTIL);
      advanceScore(model, state, UNTIL, nobody, emit);
      expect(noticed).toEqual(once.crossings);
      expect(state).toEqual(once.state);
    }),
  );
});

test("a state that was stored as JSON and read back before every event folds on the same", () => {
  fc.assert(
    fc.property(models, logs, (file, events) => {
      const model = compileModel(modelSchema.parse(file));
      let state = emptyScore(model);
      begin(model, state, START, nobody);
      for (const event of events) {
        state = JSON.parse(JSON.stringify(state)) as ScoreState;
        foldEvent(model, state, event, nobody, nobody, () => {});
      }
      expect(state).toEqual(foldAll(model, events).state);
    }),
  );
});

test("the parts of a score add up exactly to its total", () => {
  fc.assert(
    fc.property(models, logs, fc.integer({ min: 0, max: 15_000 }), (file, events, later) => {
      const model = compileModel(modelSchema.parse(file));
      const { state } = foldAll(model, events);
      const at = events.at(-1)!.at + later;
      const parts = partsAt(model, state, nobody, at);
      const { raw, total } = totalAt(model, state, nobody, at);
      expect(parts.reduce((sum, part) => sum + part.points, 0)).toBe(total);
      const unclamped = parts.filter((part) => part.part !== "clamp");
      expect(unclamped.reduce((sum, part) => sum + part.points, 0)).toBe(raw);
      expect(parts.at(-1)!.part).toBe("clamp");
    }),
  );
});

test("a late event and a changed verdict, folded anew, end as if they had been known in time", () => {
  fc.assert(
    fc.property(models, logs, fc.nat(), (file, events, pick) => {
      const model = compileModel(modelSchema.parse(file));
      const late = events[pick % events.length]!;
      const known = events.filter((event) => event !== late);
      const anew = replay(model, { created: null, events: [...known, late].sort(byLogOrder) }, UNTIL);
      expect(anew).toEqual(replay(model, { created: null, events }, UNTIL));
      const machine = events.map((event) =>
        event === late ? { ...event, verdict: "scanner" as const } : event,
      );
      const naive = new Naive(file);
      naive.live(machine, UNTIL);
      expect(replay(model, { created: null, events: machine }, UNTIL).crossings).toEqual(naive.crossings);
    }),
    { numRuns: 50 },
  );
});

test("no rule's live points ever exceed its cap", () => {
  fc.assert(
    fc.property(models, logs, (file, events) => {
      const model = compileModel(modelSchema.parse(file));
      foldAll(model, events, (state) => {
        for (const rule of model.rules) {
          const held = state.values[rule.key]?.[0] ?? 0;
          expect(Math.abs(held)).toBeLessThanOrEqual(rule.cap ?? Infinity);
        }
      });
    }),
  );
});
