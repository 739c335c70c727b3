import { describe, expect, test } from "vitest";
import { checkShape } from "../../src/config/explain.ts";
import { readYaml } from "../../src/config/yaml.ts";
import type { Event } from "../../src/events/event.ts";
import { DAY, HOUR } from "../../src/instant.ts";
import type { Instant } from "../../src/instant.ts";
import type { Attributes } from "../../src/leads/lead.ts";
import { curve, explain, partsAt } from "../../src/scoring/explain.ts";
import {
  begin,
  emptyScore,
  foldEvent,
  isCurrent,
  nextCrossing,
  nextTemperatureCrossing,
  totalAt,
} from "../../src/scoring/fold.ts";
import { compileModel, modelSchema } from "../../src/scoring/model.ts";
import type { Model, ModelFile } from "../../src/scoring/model.ts";
import { replay } from "../../src/scoring/replay.ts";
import { act, created } from "./naive.ts";

const START = Date.UTC(2026, 0, 1);

/** The example of spec/scoring.md, to the letter. */
const EXAMPLE = `
model: default
title: All products
range: { floor: 0, ceiling: 100 }
thresholds: { warm: 25, hot: 50, cooling: 5 }
marks: { demo_invite: 75 }                          # optional, named totals
applies_to: { attribute: market, in: [eu, us] }      # optional; attributes only
fit:
  - criterion: Authority
    attribute: authority
    bands:
      - { is: owner, points: 10 }
      - { in: [manager, head], points: 3 }
      - { otherwise: true, points: -1 }
  - criterion: Company size
    attribute: employees
    bands:
      - { over: 500, points: 10 }
      - { from: 100, to: 500, points: 5 }
      - { under: 100, points: 3 }
engagement:
  half_life: 30d
  rules:
    - { rule: opened,  on: email.opened, points: 1, once_per: message, cap: 5 }
    - { rule: pricing, on: page.viewed, where: { property: path, matches: "/pricing*" }, points: 10, cap: 20 }
    - { rule: demo,    on: demo.requested, points: 30, half_life: 90d }
    - { rule: left,    on: email.unsubscribed, points: -10 }
inactivity:
  - { after: 60d,  points: -10 }
  - { after: 90d,  points: -25 }
  - { after: 120d, points: -50 }
`;

function modelOf(yaml: string): Model {
  const { source } = readYaml("config/scoring/default.yaml", yaml);
  const checked = checkShape(modelSchema, source!);
  if ("problems" in checked) throw new Error(JSON.stringify(checked.problems));
  return compileModel(checked.value);
}

function model(more: Partial<ModelFile>): Model {
  return compileModel(modelSchema.parse({ model: "default", thresholds: { warm: 25, hot: 50 }, ...more }));
}

const pricing = (at: Instant, more: Partial<Event> = {}) =>
  act("page.viewed", at, { properties: { path: "/pricing" }, ...more });

/** [total, temperature] at an instant, of a lead created at START. */
function scoreOf(one: Model, events: Event[], at: Instant, attributes: Attributes = {}) {
  const log = { created: { at: START, attributes }, events };
  const { state, attributes: now, crossings } = replay(one, log, at);
  const score = totalAt(one, state, now, at);
  return { ...score, temperature: state.temperature, crossings, state, parts: partsAt(one, state, now, at) };
}

const crossed = (
  crossings: { at: Instant; from: string; to: string; cause: string; event: string | null }[],
) => crossings.map(({ at, from, to, cause, event }) => [at - START, from, to, cause, event]);

describe("the example of the specification", () => {
  const example = modelOf(EXAMPLE);
  const maria = { market: "EU", authority: "Owner", employees: 120 };

  test("gives a demo request, a price page and the fit their points, faded by half after a half-life", () => {
    const events = [
      act("demo.requested", START),
      pricing(START + DAY, { properties: { path: "/Pricing/teams" } }),
    ];
    expect(scoreOf(example, events, START + DAY, maria)).toMatchObject({
      total: 10 + 5 + 10 + 30 * 2 ** (-1 / 90),
      temperature: "hot",
    });
    const { raw, total, temperature, parts } = scoreOf(example, events, START + 31 * DAY, maria);
    expect(raw).toBeCloseTo(10 + 5 + 5 + 30 * 2 ** (-31 / 90), 10);
    expect(total).toBe(raw);
    expect(temperature).toBe("warm");
    expect(parts).toEqual([
      { part: "fit", name: "Authority", points: 10, band: "is owner" },
      { part: "fit", name: "Company size", points: 5, band: "from 100 to 500" },
      { part: "engagement", name: "opened", points: 0 },
      { part: "engagement", name: "pricing", points: 5 },
      { part: "engagement", name: "demo", points: 30 * 2 ** (-31 / 90) },
      { part: "engagement", name: "left", points: 0 },
      { part: "clamp", points: 0 },
    ]);
  });

  test("counts inactivity from the last own act, at the very instant, one step instead of the other", () => {
    const last = START + 3 * DAY;
    const events = [
      act("demo.requested", last),
      act("rep.noted", last + 50 * DAY, { actor: "rep" }),
      act("email.opened", last + 55 * DAY, { verdict: "prefetch" }),
    ];
    const inactive = (at: Instant) =>
      scoreOf(example, events, at, maria).parts.find(({ part }) => part === "inactivity");
    expect(inactive(last + 60 * DAY - 1)).toBeUndefined();
    expect(inactive(last + 60 * DAY)).toEqual({ part: "inactivity", name: "60d", points: -10, since: last });
    expect(inactive(last + 90 * DAY)).toMatchObject({ name: "90d", points: -25 });
    expect(inactive(last + 500 * DAY)).toMatchObject({ name: "120d", points: -50 });
    expect(scoreOf(example, [], START + 60 * DAY, maria).parts).toContainEqual({
      part: "inactivity",
      name: "60d",
      points: -10,
      since: START,
    });
  });

  test("knows the last step that has passed, in whatever order the file has them", () => {
    const one = model({
      range: { floor: -50 },
      inactivity: [
        { after: "3d", points: -30 },
        { after: "1d", points: -10 },
      ],
    });
    const total = (days: number) => scoreOf(one, [], START + days * DAY).total;
    expect([total(0), total(1), total(2), total(3), total(9)]).toEqual([0, -10, -10, -30, -30]);
  });

  test("scores only leads of its markets", () => {
    expect(
      explain(example, { created: { at: START, attributes: { market: "us" } }, events: [] }, START),
    ).toMatchObject({
      total: 0,
      raw: -1,
      temperature: "cold",
    });
    expect(
      explain(example, { created: { at: START, attributes: { market: "asia" } }, events: [] }, START),
    ).toBeNull();
  });

  test("takes back at once and for good what a subscription gave", () => {
    const events = [act("demo.requested", START), act("email.unsubscribed", START + DAY)];
    const { parts } = scoreOf(example, events, START + 400 * DAY, maria);
    expect(parts).toContainEqual({ part: "engagement", name: "left", points: -10 });
  });
});

describe("a rule", () => {
  const rules = (...list: object[]) => model({ engagement: { half_life: "1d", rules: list as [] } });
  const at = START + DAY;
  const points = (one: Model, events: Event[], when = at) => scoreOf(one, events, when).raw;

  test("fades by its own half-life, else the model's, else never; a loss fades only by its own", () => {
    const one = { on: "a.b", points: 8 };
    const of = (rule: object, halfLife?: string) =>
      points(
        model({ engagement: { half_life: halfLife, rules: [{ rule: "r", ...one, ...rule }] } }),
        [act("a.b", START)],
        START + DAY,
      );
    expect(of({})).toBe(8);
    expect(of({}, "1d")).toBe(4);
    expect(of({ half_life: "12h" }, "1d")).toBe(2);
    expect(of({ half_life: "none" }, "1d")).toBe(8);
    expect(of({ points: -8 }, "1d")).toBe(-8);
    expect(of({ points: -8, half_life: "1d" })).toBe(-4);
  });

  test("adds to what is left of it", () => {
    const one = rules({ rule: "r", on: "a.b", points: 8 });
    expect(points(one, [act("a.b", START), act("a.b", START + DAY)])).toBe(12);
  });

  test("keeps its number within its cap, on both sides, so that a thousand fade as fast as five", () => {
    const gain = rules({ rule: "r", on: "a.b", points: 8, cap: 20 });
    const many = Array.from({ length: 1000 }, () => act("a.b", START));
    expect(points(gain, many, START)).toBe(20);
    expect(points(gain, many)).toBe(10);
    expect(points(gain, [...many, act("a.b", at)])).toBe(18);
    const loss = rules({ rule: "r", on: "a.b", points: -8, cap: 20 });
    expect(points(loss, many)).toBe(-20);
    expect(points(rules({ rule: "r", on: "a.b", points: 8, cap: 5 }), [act("a.b", START)], START)).toBe(5);
  });

  test("takes only what people did", () => {
    const one = rules({ rule: "r", on: "a.b", points: 8 });
    const by = (verdict: Event["verdict"]) => points(one, [act("a.b", START, { verdict })], START);
    expect([by("human"), by("proxy"), by("prefetch"), by("scanner")]).toEqual([8, 8, 0, 0]);
  });

  test("takes the first event of each key, and every one that has no key", () => {
    const count = (oncePer: string, events: Partial<Event>[]) =>
      points(
        model({ engagement: { rules: [{ rule: "r", on: "a.b", points: 1, once_per: oncePer }] } }),
        events.map((more) => act("a.b", START, more)),
        START + 9 * DAY,
      );
    const path = (value: unknown) => ({ properties: { path: value } });
    expect(count("ever", [{}, {}, { at: START + DAY }])).toBe(1);
    expect(count("message", [{ message: "m1" }, { message: "m1" }, { message: "M1" }, {}, {}])).toBe(4);
    expect(count("day", [{ at: START + DAY - 1 }, { at: START + DAY }, { at: START + 2 * DAY - 1 }])).toBe(2);
    expect(count("property:path", [path("/a"), path("/A"), path("/a"), path(1), path("1"), path(1)])).toBe(4);
    expect(count("property:path", [path({ a: 1, b: 2 }), path({ b: 2, a: 1 })])).toBe(1);
    expect(count("property:path", [{}, {}, path(null), path(null)])).toBe(4);
    expect(count("property:path", [path("__proto__"), path("__proto__"), path("constructor")])).toBe(2);
    expect(count("property:constructor", [{}, {}])).toBe(2);
    expect(count("ever", [{ verdict: "scanner" }, {}])).toBe(1);
  });

  test("asks where of the event and of the lead as both are then", () => {
    const where = {
      all: [
        { property: "path", matches: "/p*" },
        { attribute: "country", is: "pt" },
      ],
    };
    const one = model({ engagement: { rules: [{ rule: "r", on: "page.viewed", where, points: 5 }] } });
    const move = act("lead.updated", START + 1, {
      actor: "system",
      properties: { attributes: { country: "es" } },
    });
    const view = (when: Instant) => act("page.viewed", when, { properties: { path: "/P/x" } });
    expect(scoreOf(one, [view(START), move, view(START + 2)], at, { country: "PT" }).total).toBe(5);
  });
});

describe("a temperature", () => {
  const one = model({
    thresholds: { warm: 25, hot: 50, cooling: 5 },
    engagement: {
      rules: [
        { rule: "gain", on: "a.gain", points: 10, half_life: "1d" },
        { rule: "step", on: "a.step", points: 25 },
        { rule: "back", on: "a.back", points: -1 },
      ],
    },
  });

  test("rises at the threshold, and falls only below it by more than the cooling", () => {
    const events = [act("a.step", START), act("a.step", START + 1)];
    for (let n = 0; n < 35; n++) events.push(act("a.back", START + 2 + n));
    const { crossings } = scoreOf(one, events, START + DAY);
    expect(crossed(crossings)).toEqual([
      [0, "cold", "warm", "event", "a.step"],
      [1, "warm", "hot", "event", "a.step"],
      // 45 is still hot, 44 is warm; 20 is still warm, 19 is cold.
      [7, "hot", "warm", "event", "a.back"],
      [32, "warm", "cold", "event", "a.back"],
    ]);
  });

  test("may rise from cold to hot at once, and settles after every event, also within one instant", () => {
    expect(crossed(scoreOf(one, [act("a.step", START), act("a.step", START)], START).crossings)).toEqual([
      [0, "cold", "warm", "event", "a.step"],
      [0, "warm", "hot", "event", "a.step"],
    ]);
    const big = model({ engagement: { rules: [{ rule: "r", on: "a.b", points: 60 }] } });
    expect(crossed(scoreOf(big, [act("a.b", START)], START).crossings)).toEqual([
      [0, "cold", "hot", "event", "a.b"],
    ]);
  });

  test("falls by time at the first millisecond that is below, however late anyone looks", () => {
    // 25 + 2·10 = 45 falls below 20 never; three gains alone, 30, fall below 20 after log2(30/20) days.
    const gains = [act("a.gain", START), act("a.gain", START), act("a.gain", START)];
    const fallen = Math.log2(30 / 20) * DAY;
    const { crossings, state } = scoreOf(one, gains, START + 400 * DAY);
    expect(crossed(crossings).at(-1)!.slice(1)).toEqual(["warm", "cold", "time", null]);
    expect(crossings.at(-1)!.at - START).toBe(Math.ceil(fallen));
    expect(nextCrossing(one, state, {}, START + 400 * DAY)).toBeNull();
    const early = scoreOf(one, gains, START).state;
    expect(nextCrossing(one, early, {}, START)).toEqual({
      at: START + Math.ceil(fallen),
      temperature: "cold",
    });
  });

  test("lets time act before an event of the same instant", () => {
    const rule = { rule: "r", on: "a.b", points: 30 };
    const steps = model({
      engagement: { rules: [rule] },
      inactivity: [{ after: "1d", points: -30 }],
    });
    expect(
      crossed(scoreOf(steps, [act("a.b", START), act("a.b", START + DAY)], START + DAY).crossings),
    ).toEqual([
      [0, "cold", "warm", "event", "a.b"],
      [DAY, "warm", "cold", "time", null],
      [DAY, "cold", "hot", "event", "a.b"],
    ]);
  });

  test("comes back when losses fade", () => {
    const mixed = model({
      engagement: {
        rules: [
          { rule: "gain", on: "a.gain", points: 30 },
          { rule: "loss", on: "a.loss", points: -20, half_life: "1d" },
        ],
      },
    });
    const events = [act("a.gain", START), act("a.loss", START + HOUR)];
    const { crossings } = scoreOf(mixed, events, START + 9 * DAY);
    expect(crossed(crossings)).toEqual([
      [0, "cold", "warm", "event", "a.gain"],
      [HOUR, "warm", "cold", "event", "a.loss"],
      [HOUR + 2 * DAY, "cold", "warm", "time", null],
    ]);
  });

  test("reaches and leaves marks as it does thresholds", () => {
    const marked = model({
      thresholds: { warm: 25, hot: 50, cooling: 5 },
      marks: { demo: 28 },
      engagement: { rules: [{ rule: "gain", on: "a.gain", points: 30, half_life: "1d" }] },
    });
    const { crossings, state } = scoreOf(marked, [act("a.gain", START)], START);
    expect(crossings.map(({ kind, mark, from, to }) => [kind, mark, from, to])).toEqual([
      ["temperature", undefined, "cold", "warm"],
      ["mark", "demo", "left", "reached"],
    ]);
    expect(state.reached).toEqual(["demo"]);
    const left = START + Math.ceil(Math.log2(30 / 23) * DAY);
    const cold = START + Math.ceil(Math.log2(30 / 20) * DAY);
    expect(nextCrossing(marked, state, {}, START)).toEqual({ at: left, temperature: null, mark: "demo" });
    expect(nextTemperatureCrossing(marked, state, {}, START)).toEqual({ at: cold, temperature: "cold" });
  });

  test("never falls where the range does not let the total fall", () => {
    const floor = model({
      range: { floor: 30 },
      engagement: { rules: [{ rule: "gain", on: "a.gain", points: 60, half_life: "1d" }] },
    });
    const { crossings, state } = scoreOf(floor, [act("a.gain", START)], START + 900 * DAY);
    expect(crossed(crossings).map(([, , to]) => to)).toEqual(["warm", "hot", "warm"]);
    expect(nextCrossing(floor, state, {}, START + 900 * DAY)).toBeNull();
  });

  test("stays where it fades towards the threshold for ever", () => {
    const rules = [
      { rule: "base", on: "a.base", points: 25 },
      { rule: "gain", on: "a.gain", points: 10, half_life: "1d" },
      { rule: "loss", on: "a.loss", points: -5, half_life: "12h" },
    ];
    const asymptotic = model({ engagement: { rules } });
    const { state } = scoreOf(
      asymptotic,
      [act("a.base", START), act("a.gain", START), act("a.loss", START)],
      START,
    );
    expect(nextCrossing(asymptotic, state, {}, START)).toBeNull();
  });
});

describe("a lead", () => {
  const fit = [{ criterion: "Need", attribute: "need", bands: [{ is: "main", points: 30 }] }];

  test("that fits is warm from its creation, and the creation is the cause", () => {
    expect(crossed(scoreOf(model({ fit }), [], START, { need: "Main" }).crossings)).toEqual([
      [0, "cold", "warm", "event", "lead.created"],
    ]);
  });

  test("has its first attributes from its first event, even before lead.created", () => {
    const one = model({ fit, inactivity: [{ after: "2d", points: -10 }] });
    const log = { created: { at: START + DAY, attributes: { need: "main" } }, events: [act("a.b", START)] };
    const { crossings, state } = replay(one, log, START + HOUR);
    expect(crossed(crossings)).toEqual([[0, "cold", "warm", "event", "a.b"]]);
    expect(totalAt(one, state, { need: "main" }, START + HOUR).total).toBe(30);
    // lead.created is an own act: the two days run from there.
    expect(crossed(replay(one, log, START + 9 * DAY).crossings).at(-1)).toEqual([
      3 * DAY,
      "warm",
      "cold",
      "time",
      null,
    ]);
  });

  test("changes with its attributes, whatever the verdict; null takes one away", () => {
    const update = (at: Instant, attributes: object, more: Partial<Event> = {}) =>
      act("lead.updated", at, { actor: "system", properties: { attributes }, ...more });
    const events = [
      update(START + 1, { need: "main" }, { verdict: "scanner" }),
      update(START + 2, { other: 1 }),
      update(START + 3, { need: null }),
    ];
    expect(crossed(scoreOf(model({ fit }), events, START + 9).crossings)).toEqual([
      [1, "cold", "warm", "event", "lead.updated"],
      [3, "warm", "cold", "event", "lead.updated"],
    ]);
  });

  test("that was never seen acting is never inactive", () => {
    const one = model({ inactivity: [{ after: "0d", points: 40 }] });
    const events = [act("rep.noted", START, { actor: "rep" })];
    expect(replay(one, { created: null, events }, START + DAY).crossings).toEqual([]);
  });

  test("made of two has the attributes of both, the later over the earlier", () => {
    const log = [created(START, { need: "main", size: 1 }), created(START + 5, { need: "other" })];
    const one = replay(model({ fit }), { created: null, events: log }, START + 9);
    expect(one.attributes).toEqual({ need: "other", size: 1 });
    expect(crossed(one.crossings).at(-1)).toEqual([5, "warm", "cold", "event", "lead.created"]);
  });

  test("begins with lead.created among its events as well as apart", () => {
    const one = model({ fit });
    const apart = replay(one, { created: { at: START, attributes: { need: "main" } }, events: [] }, START);
    expect(replay(one, { created: null, events: [created(START, { need: "main" })] }, START)).toEqual(apart);
    expect(
      replay(one, { created: null, events: [created(START, { need: "main" })] }, START - 1).state,
    ).toEqual(emptyScore(one));
  });
});

describe("a model that does not accept a lead for a while", () => {
  const one = model({
    applies_to: { attribute: "market", is: "eu" },
    marks: { some: 20 },
    engagement: { rules: [{ rule: "r", on: "a.b", points: 30 }] },
  });
  const move = (at: Instant, market: string) =>
    act("lead.updated", at, { actor: "system", properties: { attributes: { market } } });
  const events = [act("a.b", START), move(START + 1, "us"), act("a.b", START + 2), move(START + 3, "eu")];

  test("has no score then, counts silently, and starts cold and settles when it accepts again", () => {
    expect(scoreOf(one, events, START + 2, { market: "eu" })).toMatchObject({
      temperature: null,
      state: { reached: [] },
    });
    const { total, crossings } = scoreOf(one, events, START + 3, { market: "eu" });
    expect(total).toBe(60);
    expect(crossings.map(({ at, kind, to }) => [at - START, kind, to])).toEqual([
      [0, "temperature", "warm"],
      [0, "mark", "reached"],
      [3, "temperature", "hot"],
      [3, "mark", "reached"],
    ]);
    const gap = scoreOf(one, events, START + 2, { market: "eu" }).state;
    expect(nextCrossing(one, gap, { market: "us" }, START + 2)).toBeNull();
  });
});

describe("an explanation", () => {
  const one = model({
    range: { ceiling: 20 },
    engagement: { half_life: "1d", rules: [{ rule: "r", on: "a.b", points: 16, cap: 24 }] },
  });
  const log = {
    created: { at: START, attributes: {} },
    events: [
      act("a.b", START, { seq: 1 }),
      act("a.b", START, { seq: 2 }),
      act("a.b", START + 2, { verdict: "scanner" }),
    ],
  };

  test("names the events that fed a rule, what each gave, and what has faded", () => {
    expect(explain(one, log, START + DAY)!.parts[0]).toEqual({
      part: "engagement",
      name: "r",
      points: 12,
      events: [
        { seq: 1, type: "a.b", at: START, points: 16 },
        { seq: 2, type: "a.b", at: START, points: 8 },
      ],
      faded: 12,
    });
    expect(explain(one, log, START)!.parts[1]).toEqual({ part: "clamp", points: -4 });
    expect(explain(one, log, START - 1)).toBeNull();
  });

  test("adds up also under a range that no single number leads to", () => {
    const odd = model({
      range: { floor: 0.1, ceiling: 0.1 },
      engagement: one.rules.length ? { rules: [] } : undefined,
    });
    const state = emptyScore(odd);
    begin(odd, state, START, {});
    const awkward = {
      ...odd,
      fit: [{ name: "f", attribute: "a", bands: [{ points: 250.3, label: "", test: null }] }],
    };
    const parts = partsAt(awkward, state, {}, START);
    expect(parts.reduce((sum, part) => sum + part.points, 0)).toBe(0.1);
  });

  test("draws the total over time, with the steps where events moved it", () => {
    const later = { ...log, events: [...log.events, act("a.b", START + 1.5 * DAY)] };
    expect(curve(one, later, START + DAY, START + 2 * DAY, 2)).toEqual([
      { at: START + DAY, total: 12 },
      { at: START + 1.5 * DAY, total: 24 * 2 ** -1.5 },
      { at: START + 1.5 * DAY, total: 20 },
      { at: START + 2 * DAY, total: 24 * 2 ** -0.5 },
    ]);
    const line = curve(one, log, START - DAY, START + 2 * DAY, 4);
    expect(line).toEqual([
      { at: START, total: 0 },
      { at: START, total: 16 },
      { at: START, total: 20 },
      { at: START + 2, total: 20 },
      { at: START + DAY, total: 12 },
      { at: START + 2 * DAY, total: 6 },
    ]);
  });
});

describe("a state", () => {
  const rules = [{ rule: "r", on: "a.b", points: 5 }];
  const one = model({ engagement: { rules } });

  test("is out of date once the model decides otherwise, and not by a new title", () => {
    const state = emptyScore(one);
    expect(isCurrent(one, state)).toBe(true);
    expect(isCurrent(model({ title: "Other", engagement: { rules } }), state)).toBe(true);
    expect(isCurrent(model({ engagement: { rules: [{ ...rules[0]!, points: 6 }] } }), state)).toBe(false);
    expect(isCurrent(model({ thresholds: { warm: 24, hot: 50 }, engagement: { rules } }), state)).toBe(false);
  });

  test("refuses an event that comes late or before the lead begins", () => {
    const state = emptyScore(one);
    const fold = (at: Instant) => foldEvent(one, state, act("a.b", at), {}, {}, () => {});
    expect(() => fold(START)).toThrow(RangeError);
    begin(one, state, START, {});
    fold(START + 1);
    expect(() => fold(START)).toThrow("late");
  });
});

describe("a model file", () => {
  const problems = (yaml: string) => {
    const checked = checkShape(modelSchema, readYaml("default.yaml", yaml).source!);
    return "problems" in checked ? checked.problems.map(({ line, message }) => `${line}: ${message}`) : [];
  };
  const head = "model: default\nthresholds: { warm: 25, hot: 50 }\n";

  test("needs no more than thresholds", () => {
    expect(problems(head)).toEqual([]);
    expect(modelOf(head)).toMatchObject({
      range: { floor: 0, ceiling: 100 },
      thresholds: { cooling: 0 },
      rules: [],
      inactivity: [],
    });
  });

  test.each([
    [
      "thresholds turned round",
      "model: m\nthresholds: { warm: 50, hot: 25 }",
      "2: hot must not be below warm",
    ],
    ["a range turned round", `${head}range: { ceiling: -1 }`, "3: the ceiling, -1, is below the floor, 0"],
    [
      "a cap of 0",
      `${head}engagement: { rules: [{ rule: r, on: a.b, points: 1, cap: 0 }] }`,
      "3: must be more than 0",
    ],
    ["a half-life of nothing", `${head}engagement: { half_life: 0d }`, "3: must be longer than 0"],
    [
      "an unknown once_per",
      `${head}engagement:\n  rules:\n    - { rule: r, on: a.b, points: 1, once_per: week }`,
      "5: is ever",
    ],
    [
      "a rule twice",
      `${head}engagement:\n  rules:\n    - { rule: r, on: a.b, points: 1 }\n    - { rule: r, on: a.c, points: 1 }`,
      '6: "r" is above',
    ],
    [
      "a band without operator",
      `${head}fit: [{ criterion: c, attribute: a, bands: [{ points: 1 }] }]`,
      "3: ",
    ],
    [
      "a score inside a score",
      `${head}engagement: { rules: [{ rule: r, on: a.b, points: 1, where: { temperature: hot } }] }`,
      "3: expected one of attribute, property",
    ],
    ["a property in applies_to", `${head}applies_to: { property: p, is: 1 }`, "3: "],
  ])("is refused for %s, with its line", (_, yaml, message) => {
    expect(problems(yaml).join("\n")).toContain(message);
  });
});
