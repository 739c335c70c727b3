import { describe, expect, test } from "vitest";
import type { Condition } from "../../src/conditions/condition.ts";
import { DAY, HOUR, MINUTE, parseInstant, type Instant } from "../../src/instant.ts";
import { areaOf, pathOf, plotOf, splitAt, ticksOf, x, y } from "../../src/web/dashboard/chart.ts";
import { conditionWords, entryWords } from "../../src/insights/condition-words.ts";
import { flowOf, type FlowNode } from "../../src/web/dashboard/flow.ts";
import { decisionWords } from "../../src/insights/mail-words.ts";
import { readPlace, writePlace } from "../../src/web/dashboard/place.ts";
import { ahead, timesIn } from "../../src/web/dashboard/times.ts";
import { programmeOf, REPS } from "../reps/house.ts";

const at = (text: string): Instant => parseInstant(text)!;
const NOON = at("2026-03-02T12:00:00Z");

describe("instants on a page", () => {
  test("are written in the company's zone, with the year where it is another one", () => {
    const times = timesIn("Europe/Lisbon", NOON);
    expect(times.moment(at("2026-07-01T23:30:00Z"))).toBe("Thu 2 Jul, 00:30");
    expect(times.moment(at("2025-12-31T23:59:00Z"))).toBe("Wed 31 Dec 2025, 23:59");
    expect(times.exact(NOON)).toMatch(/^Monday,? 2 March 2026 at 12:00:00/);
  });

  test("say how far ahead they are, to the nearest unit that tells", () => {
    const said = [0, 20_000, 5 * MINUTE, 100 * MINUTE, 3 * DAY, 20 * DAY, 100 * DAY].map((span) =>
      ahead(NOON + span, NOON),
    );
    expect(said).toEqual([
      "now",
      "within a minute",
      "in 5 minutes",
      "in 2 hours",
      "in 3 days",
      "in 3 weeks",
      "in 3 months",
    ]);
  });
});

describe("the curve of a score", () => {
  const model = { range: { floor: 0, ceiling: 100 }, thresholds: { warm: 25, hot: 50, cooling: 5 } };
  const line = [
    { at: NOON, total: 10 },
    { at: NOON + DAY, total: 10 },
    { at: NOON + DAY, total: 60 },
    { at: NOON + 10 * DAY, total: 30 },
  ];
  const plot = plotOf(model, line, { width: 400, height: 200 });

  test("fits its picture, whatever the model's range is", () => {
    for (const sample of line) {
      expect(x(plot, sample.at)).toBeGreaterThanOrEqual(plot.left);
      expect(x(plot, sample.at)).toBeLessThanOrEqual(plot.right);
      expect(y(plot, sample.total)).toBeGreaterThanOrEqual(plot.top);
      expect(y(plot, sample.total)).toBeLessThanOrEqual(plot.bottom);
    }
    expect(plot.low).toBeGreaterThanOrEqual(0);
    const wide = plotOf({ ...model, range: { floor: -1e9, ceiling: 1e9 } }, line, {
      width: 400,
      height: 200,
    });
    expect(wide.high - wide.low).toBeLessThan(100);
    expect(y(plot, 1e12)).toBe(plot.top);
  });

  test("jumps where an event moved it, and is split at now without a gap", () => {
    expect(pathOf(plot, line)).toMatch(/^M6 [\d.]+L40\.2 [\d.]+L40\.2 [\d.]+L348 [\d.]+$/);
    expect(areaOf(plot, line)).toBe(`${pathOf(plot, line)}L348 ${plot.bottom}L6 ${plot.bottom}Z`);
    const { before, after } = splitAt(line, NOON + 2 * DAY);
    expect(before).toEqual(line.slice(0, 3));
    expect(after).toEqual([line[2], line[3]]);
    expect(areaOf(plot, [])).toBe("");
    expect(splitAt(line, NOON + 99 * DAY).after).toEqual([]);
  });

  test("has its dates at the zone's midnights, across a change of clocks too", () => {
    const weeks = plotOf(model, [line[0]!, { at: NOON + 40 * DAY, total: 0 }], { width: 400, height: 200 });
    const ticks = ticksOf(weeks, "Europe/Lisbon", 80);
    const times = timesIn("Europe/Lisbon", NOON);
    expect(ticks.map((tick) => times.moment(tick))).toEqual([
      "Tue 3 Mar, 00:00",
      "Tue 17 Mar, 00:00",
      "Tue 31 Mar, 00:00",
    ]);
  });
});

describe("conditions in words", () => {
  const said: readonly (readonly [Condition, string])[] = [
    [{ temperature: ["warm", "hot"] }, "is warm or hot"],
    [{ not: { temperature: "hot", model: "school" } }, "is not hot by school"],
    [{ reached: "demo_invite" }, "has reached demo_invite"],
    [{ not: { segment: "asleep" } }, "is not in asleep"],
    [{ attribute: "job_title", matches: "*head*" }, "job title matches *head*"],
    [{ attribute: "employees", from: 50, to: 500 }, "employees is at least 50 and is at most 500"],
    [
      { not: { attribute: "employees", from: 50, to: 500 } },
      "not (employees is at least 50 and is at most 500)",
    ],
    [{ not: { property: "form", in: ["demo", "trial"] } }, "form is none of demo, trial"],
    [{ attribute: "phone", exists: false }, "phone is unknown"],
    [{ not: { attribute: "phone", exists: false } }, "phone is known"],
    [
      { did: "page.viewed", where: { property: "path", matches: "/pricing*" }, within: "14d", at_least: 2 },
      "did page.viewed with path matches /pricing* 2 times or more within 14d",
    ],
    [{ not: { did: "call.made" } }, "did no call.made"],
    [{ not: { clicked: "case" } }, "did not click case"],
    [{ score: { over: 40 } }, "score is over 40"],
    [
      { all: [{ stage: "mql" }, { any: [{ owner: "maria" }, { opened: "case" }] }] },
      "stage is mql and (owner is maria or opened case)",
    ],
    [{ not: { any: [{ stage: "mql" }, { opened: "case" }] } }, "not (stage is mql or opened case)"],
  ];
  test.each(said)("%j", (condition, words) => {
    expect(conditionWords(condition)).toBe(words);
  });

  test("say what starts a sequence", () => {
    const on = { event: "form.submitted", where: { property: "form", is: "demo" } } as const;
    expect(entryWords({ on, if: { stage: "lead" } })).toBe(
      "does form.submitted with form is demo, if stage is lead",
    );
    expect(entryWords({ on: { cooled: ["hot"], model: "default" }, if: null })).toBe("cools from hot");
  });
});

test("a flow has its arms where the file has them, and goes on below", async () => {
  const programme = await programmeOf(REPS, {
    "config/sequences/s.yaml": `
sequence: s
title: S
enter: [ { event: demo.requested } ]
steps:
  - wait: 1d
  - branch:
      - when: { stage: mql }
        steps:
          - wait_for: { did: call.made }
            up_to: 2d
            then: [ { deal: open } ]
          - wait: 2d
      - when: { stage: lead }
        steps: []
  - wait: 3d
  - end: done
`,
  });
  const outline = (nodes: readonly FlowNode[]): unknown[] =>
    nodes.map(({ step, arms }) =>
      arms.length === 0 ? step.id : { [step.id]: arms.map((arm) => [arm.words, ...outline(arm.steps)]) },
    );
  expect(outline(flowOf(programme.sequences.get("s")!))).toEqual([
    "wait-1",
    {
      "branch-1": [
        [
          "stage is mql",
          { "branch-1/1/wait_for-1": [["it happened", "branch-1/1/wait_for-1/then/deal-1"]] },
          "branch-1/1/wait-1",
        ],
        ["stage is lead"],
      ],
    },
    "wait-2",
    "end-1",
  ]);
});

test("what the gate said is told with instants of the page's zone", () => {
  const moment = timesIn("Europe/Lisbon", NOON).moment;
  const say = (decision: string | null, reason: string | null, until: Instant | null = null) =>
    decisionWords({ decision, reason, until }, moment);
  expect(say("defer", "cap", NOON + HOUR)).toBe(
    "Waits until Mon 2 Mar, 13:00: the lead has had as many mails as the frequency cap allows.",
  );
  expect(say("defer", "held")).toBe("Waits until it is released: all mail is on hold.");
  expect(say("drop", "goal_reached")).toBe("Not sent: the sequence's goal is reached.");
  expect(say("drop", "hard bounce")).toBe("Not sent: hard bounce.");
  expect(say(null, null)).toBe("It waits its turn in the queue.");
});

test("a place in a list survives the address line, and nothing else is one", () => {
  expect(readPlace(writePlace({ at: NOON, id: 7 }))).toEqual({ at: NOON, id: 7 });
  for (const text of [undefined, "", "7", "a-b", "-1-2", "1-2-3", "1e3-4"])
    expect(readPlace(text)).toBeNull();
});
