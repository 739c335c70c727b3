import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Scalar } from "../../src/conditions/condition.ts";
import { DAY } from "../../src/instant.ts";
import { readModel } from "../../src/programme/models.ts";
import { replay } from "../../src/scoring/replay.ts";
import { totalAt } from "../../src/scoring/fold.ts";
import { lines, sourceOf } from "../config/read.ts";

/** An act of a lead, or a rep's note, on some day. */
interface Act {
  readonly day?: number;
  readonly type: string;
  readonly properties?: Record<string, unknown>;
  readonly message?: string;
}

function preset(name: string) {
  const file = `config/presets/${name}.yaml`;
  const { model, problems } = readModel(sourceOf(file, readFileSync(file, "utf8")));
  expect(lines(problems)).toEqual([]);
  return model!;
}

/** raw, total and temperature on a day. */
function score(name: string, attributes: Record<string, Scalar>, acts: Act[] = [], day = 1) {
  const model = preset(name);
  const events = acts.map((act, index) => ({
    seq: index + 2,
    type: act.type,
    at: (act.day ?? 0) * DAY,
    actor: act.type === "rep.noted" ? ("rep" as const) : ("lead" as const),
    verdict: "human" as const,
    properties: act.properties ?? {},
    message: act.message ?? null,
  }));
  const log = { created: { at: 0, attributes }, events };
  const { state } = replay(model, log, day * DAY);
  return { ...totalAt(model, state, attributes, day * DAY), temperature: state.temperature };
}

describe("b2b-matrix", () => {
  test("the best fit is worth 70 and hot, whatever it did", () => {
    const best = {
      authority: "decides",
      industry: "Energy",
      need: "main",
      employees: 800,
      time_to_decide: "days",
      budget: "fits",
    };
    expect(score("b2b-matrix", best)).toEqual({ raw: 70, total: 70, temperature: "hot" });
  });

  test("a middling fit with an open, a form and a proposal", () => {
    const lead = {
      authority: "recommends",
      industry: "banking",
      need: "useful",
      employees: 100,
      budget: "medium",
    };
    // 3 + 3 + 10 + 5 + 5, then 1 + 5 + 20
    const acts = [
      { type: "email.opened", message: "m1" },
      { type: "email.opened", message: "m1" },
      { type: "form.submitted" },
      { type: "proposal.requested" },
    ];
    expect(score("b2b-matrix", lead, acts)).toEqual({ raw: 52, total: 52, temperature: "hot" });
  });

  test("what a newsletter gave, leaving takes back, and the worst fit stays at the floor", () => {
    const worst = { authority: "none", need: "none", time_to_decide: "far", budget: "low", employees: 5 };
    const acts = [{ type: "consent.given" }, { type: "email.unsubscribed" }];
    expect(score("b2b-matrix", worst, acts)).toEqual({ raw: -38, total: 0, temperature: "cold" });
  });

  test("silence takes 10, 25, then 50", () => {
    const lead = { need: "main", budget: "fits" };
    const raw = (day: number) => score("b2b-matrix", lead, [{ type: "proposal.requested" }], day).raw;
    expect([raw(59), raw(60), raw(90), raw(120)]).toEqual([50, 40, 25, 0]);
  });
});

describe("global-saas", () => {
  test("a VP of a mid-sized British software company is ready for sales by fit alone", () => {
    const lead = { job_title: "VP Engineering", industry: "technology", employees: 200, country: "UK" };
    expect(score("global-saas", lead)).toEqual({ raw: 50, total: 50, temperature: "hot" });
  });

  test("a manager who watches, reads and looks at prices: 10 + 15 + 20 + 10, unfaded", () => {
    const acts = [
      { day: 1, type: "page.viewed", properties: { path: "/pricing" } },
      { day: 1, type: "webinar.attended" },
      { day: 1, type: "content.downloaded", properties: { file: "northwind-case-study.pdf" } },
    ];
    expect(score("global-saas", { job_title: "Marketing Manager" }, acts)).toMatchObject({
      raw: 55,
      temperature: "hot",
    });
  });

  test("a month later what was done is worth half, what speaks against stays", () => {
    const acts = [
      { type: "demo.requested" },
      { type: "email.clicked", properties: { url: "https://acme.example/demo?x=1" }, message: "m" },
      { type: "page.viewed", properties: { path: "/careers" } },
      { type: "support.requested" },
    ];
    expect(score("global-saas", {}, acts, 0)).toEqual({ raw: 37, total: 37, temperature: "warm" });
    expect(score("global-saas", {}, acts, 30)).toEqual({ raw: 14.5, total: 14.5, temperature: "cold" });
  });
});

describe("small-business", () => {
  const pricing = { day: 1, type: "page.viewed", properties: { path: "/pricing" } };
  test("a demo and two looks at the prices are 50 and warm, two more are hot", () => {
    const demo = { day: 1, type: "demo.requested" };
    expect(score("small-business", { region: "north" }, [demo, pricing, pricing])).toMatchObject({
      raw: 50,
      temperature: "warm",
    });
    expect(score("small-business", {}, [demo, pricing, pricing, pricing, pricing])).toMatchObject({
      raw: 70,
      temperature: "hot",
    });
  });

  test("a region that is not served costs 20", () => {
    expect(score("small-business", { region: "moon" }, [pricing])).toMatchObject({ raw: -10, total: 0 });
  });
});

describe("ten-point", () => {
  test("the scenarios of its comment add up as they say", () => {
    const at = (type: string, properties = {}) => ({ day: 1, type, properties });
    const pricing = at("page.viewed", { path: "/pricing" });
    const first = score("ten-point", { employees: 100, authority: "decides" }, [at("demo.requested")]);
    const second = score("ten-point", { employees: 100, authority: "recommends" }, [
      at("webinar.attended"),
      at("content.downloaded", { file: "a" }),
      pricing,
    ]);
    const third = score("ten-point", { authority: "decides", need: "main", budget: "fits" }, [
      at("demo.requested"),
      pricing,
      at("email.replied"),
    ]);
    expect([first.raw, second.raw, third.raw]).toEqual([30, 33, 54]);
    expect(third.temperature).toBe("hot");
  });

  test("every line is within ten points", () => {
    const model = preset("ten-point");
    const points = [...model.fit.flatMap(({ bands }) => bands), ...model.rules].map((line) => line.points);
    expect(Math.max(...points)).toBe(10);
    expect(Math.min(...points)).toBe(-10);
  });
});
