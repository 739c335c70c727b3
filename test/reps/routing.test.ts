import { describe, expect, test } from "vitest";
import type { Rep, Reps } from "../../src/reps/definition.ts";
import { isAway, routeNotice, routeTo, type RoutingFacts } from "../../src/reps/routing.ts";
import { instant } from "./house.ts";

function rep(name: string, more: Partial<Rep> = {}): Rep {
  return { rep: name, name, email: `${name}@acme.example`, timezone: null, takes: null, away: [], ...more };
}

function team(reps: Rep[], routing: Reps["routing"] = ["owner", "takes", "round_robin"]): Reps {
  return { reps, routing, notices: [], digest: null, channels: { chat: null } };
}

const now = instant("2026-03-02T10:00:00Z");

function facts(more: Partial<RoutingFacts> = {}): RoutingFacts {
  return {
    lead: { email: "ana@x.example", owner: null, attributes: {} },
    lastNotified: new Map(),
    now,
    company: { timezone: "Europe/Lisbon" },
    exclude: new Set(),
    ...more,
  };
}

const eu = { attribute: "region", in: ["eu"] };
const european = { email: "ana@x.example", owner: null, attributes: { region: "EU" } };

function chosen(reps: Reps, more: Partial<RoutingFacts> = {}): string | null {
  const routed = routeNotice(reps, facts(more));
  return routed && `${routed.rep.rep} by ${routed.by}`;
}

describe("a notice goes", () => {
  test("to the lead's owner before anybody else", () => {
    const reps = team([rep("maria", { takes: eu }), rep("sam")]);
    expect(chosen(reps, { lead: { ...european, owner: "sam" } })).toBe("sam by owner");
  });

  test("past an owner who is away or gone, to a rep who takes such leads", () => {
    const away = [{ from: "2026-03-01", to: "2026-03-02" }];
    const reps = team([rep("sam", { away }), rep("maria", { takes: eu })]);
    expect(chosen(reps, { lead: { ...european, owner: "sam" } })).toBe("maria by takes");
    expect(chosen(reps, { lead: { ...european, owner: "somebody-else" } })).toBe("maria by takes");
  });

  test("among several who take it, to the one waiting longest, and to one never told first of all", () => {
    const reps = team([rep("a", { takes: eu }), rep("b", { takes: eu }), rep("c", { takes: eu })]);
    const told = [
      ["a", now - 10],
      ["b", now - 20],
    ] as const;
    expect(chosen(reps, { lead: european, lastNotified: new Map(told) })).toBe("c by takes");
    expect(chosen(reps, { lead: european, lastNotified: new Map([...told, ["c", now - 5]]) })).toBe(
      "b by takes",
    );
  });

  test("round robin over those who are not away, in the file's order where nobody was told yet", () => {
    const reps = team([rep("a"), rep("b"), rep("c", { away: [{ from: "2026-03-02", to: "2026-03-02" }] })]);
    expect(chosen(reps)).toBe("a by round_robin");
    expect(chosen(reps, { lastNotified: new Map([["a", now - 1]]) })).toBe("b by round_robin");
    const both = new Map([
      ["a", now - 2],
      ["b", now - 1],
    ]);
    expect(chosen(reps, { lastNotified: both })).toBe("a by round_robin");
  });

  test("only in the ways that routing lists, in its order", () => {
    const reps = [rep("maria", { takes: eu }), rep("sam")];
    expect(chosen(team(reps, ["owner"]), { lead: european })).toBeNull();
    const lead = { ...european, owner: "sam" };
    expect(chosen(team(reps, ["takes", "owner"]), { lead })).toBe("maria by takes");
  });

  test("to nobody who was told already", () => {
    const reps = team([rep("a"), rep("b")]);
    expect(chosen(reps, { exclude: new Set(["a"]) })).toBe("b by round_robin");
    expect(chosen(reps, { exclude: new Set(["a", "b"]) })).toBeNull();
  });

  test("to the rep that a step names, and by routing while they are away", () => {
    const reps = team([rep("a"), rep("b", { away: [{ from: "2026-03-02", to: "2026-03-02" }] })]);
    expect(routeTo(reps, "b", facts())?.rep.rep).toBe("a");
    expect(routeTo(reps, "b", facts({ now: instant("2026-03-03T00:00:00Z") }))?.rep.rep).toBe("b");
    expect(routeTo(reps, "owner", facts())?.rep.rep).toBe("a");
  });
});

test("a rep is away on whole days of their own, the first and the last one too", () => {
  const kiri = rep("kiri", {
    timezone: "Pacific/Auckland",
    away: [{ from: "2026-03-03", to: "2026-03-04" }],
  });
  const away = (at: string) => isAway(kiri, { timezone: "Europe/Lisbon" }, instant(at));
  // Auckland is 13 hours ahead in March.
  expect(away("2026-03-02T10:59:59Z")).toBe(false);
  expect(away("2026-03-02T11:00:00Z")).toBe(true);
  expect(away("2026-03-04T10:59:59Z")).toBe(true);
  expect(away("2026-03-04T11:00:00Z")).toBe(false);
});
