import { describe, expect, test } from "vitest";
import { DAY, HOUR, type Instant } from "../../src/instant.ts";
import { repWeeks } from "../../src/planning/rep-weeks.ts";
import { rulesOn, wouldNotify } from "../../src/planning/would-notify.ts";
import type { NoticeRule, Reps } from "../../src/reps/definition.ts";
import type { Crossing } from "../../src/scoring/fold.ts";
import { instant, programmeOf } from "../reps/house.ts";

function crossing(at: Instant, from: string, to: string, mark?: string): Crossing {
  const kind = mark === undefined ? "temperature" : "mark";
  return { at, kind, mark, from, to, cause: "event", event: "a.b", seq: 1, total: at / DAY } as Crossing;
}

function rule(on: Partial<NoticeRule["on"]>, kind: string, cooldown: number | null = null): NoticeRule {
  return { kind, on: { model: "default", ...on } as NoticeRule["on"], cooldown, deal: null, escalate: null };
}

describe("who would have been notified", () => {
  const HOT = rule({ temperature: ["hot"] }, "hot", 7 * DAY);
  const told = (rules: readonly NoticeRule[], ...crossings: readonly Crossing[]) =>
    wouldNotify(rules, crossings).map(({ at, kind, score }) => `${at / DAY} ${kind} ${score}`);

  test("each time a lead turns hot, but once within a cooldown", () => {
    const turns = [1, 3, 8, 20].flatMap((day) => [
      crossing(day * DAY, "warm", "hot"),
      crossing(day * DAY + HOUR, "hot", "warm"),
    ]);
    expect(told([HOT], ...turns)).toEqual(["1 hot 1", "8 hot 8", "20 hot 20"]);
  });

  test("by marks and by cooling, each with its own rule", () => {
    const rules = [rule({ reached: "invite" }, "invite"), rule({ cooled: ["hot"] }, "cooled")];
    const lived = [
      crossing(DAY, "left", "reached", "invite"),
      crossing(2 * DAY, "reached", "left", "invite"),
      crossing(3 * DAY, "hot", "warm"),
      crossing(4 * DAY, "warm", "cold"),
    ];
    expect(told(rules, ...lived)).toEqual(["1 invite 1", "3 cooled 3"]);
  });

  test("once for what one instant brought, and not for what it took back", () => {
    const both = rule({ temperature: ["warm", "hot"] }, "warmer");
    expect(told([both], crossing(DAY, "cold", "warm"), crossing(DAY, "warm", "hot"))).toEqual(["1 warmer 1"]);
    expect(told([both], crossing(DAY, "cold", "warm"), crossing(DAY, "warm", "cold"))).toEqual([]);
  });

  test("by the rules on this model; where there is none, by turning hot", () => {
    const other = rule({ temperature: ["hot"], model: "other" }, "other");
    const event = rule({ did: "email.replied" }, "reply");
    expect(rulesOn([HOT, other, event], "default")).toEqual([HOT]);
    expect(rulesOn([other, event], "default")).toMatchObject([{ kind: "hot", cooldown: null }]);
  });
});

describe("notices a week for each rep", () => {
  const COMPANY = { country: "PT", timezone: "Europe/Lisbon" };
  const MONDAY = instant("2026-03-02T00:00:00Z");
  const weeks = (reps: Reps, notices: readonly [day: number, owner: string | null, country?: string][]) =>
    repWeeks(
      reps,
      COMPANY,
      notices.map(([day, owner, country]) => ({
        at: MONDAY + day * DAY,
        lead: { email: "a@x.example", owner, attributes: { country: country ?? null } },
      })),
      MONDAY,
      MONDAY + 14 * DAY,
    );

  test("go to the owner, then to who takes such leads, then in turn, which is marked as a guess", async () => {
    const { reps } = await programmeOf();
    const found = weeks(reps, [
      [0, "kim"],
      [1, null, "PT"],
      [2, null, "PT"],
      [9, null],
      [10, null],
      [11, null],
    ]);
    expect(found.toNobody).toBe(0);
    expect(found.reps).toEqual([
      { rep: "maria", notices: 3, byTurn: 1, perWeek: 1.5, busiest: 2 },
      { rep: "sam", notices: 1, byTurn: 1, perWeek: 0.5, busiest: 1 },
      { rep: "kim", notices: 2, byTurn: 1, perWeek: 1, busiest: 1 },
    ]);
  });

  test("go to nobody while everybody is away", async () => {
    const { reps } = await programmeOf();
    const away = [{ from: "2026-03-02", to: "2026-03-05" }];
    const all = { ...reps, reps: reps.reps.map((rep) => ({ ...rep, away })) };
    expect(
      weeks(all, [
        [1, "maria"],
        [6, "maria"],
      ]),
    ).toMatchObject({
      toNobody: 1,
      reps: [{ rep: "maria", notices: 1 }, { rep: "sam" }, { rep: "kim" }],
    });
    expect(weeks({ ...reps, reps: [] }, [[1, null]])).toEqual({ reps: [], toNobody: 1 });
  });
});
