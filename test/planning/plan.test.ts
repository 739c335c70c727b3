import { beforeAll, describe, expect, test } from "vitest";
import type { Happening } from "../../src/lifecycle/changes.ts";
import type { Plan } from "../../src/planning/plan.ts";
import { join } from "node:path";
import { temporaryFolder } from "../database.ts";
import { CHANGE, COMPANY, copyOf, plan, populate, week } from "./plan-house.ts";

/** Counted by what `key` says of each. */
function tally<T>(list: readonly T[], key: (one: T) => string): Record<string, number> {
  const groups = Map.groupBy(list, key);
  return Object.fromEntries([...groups].map(([name, of]) => [name, of.length] as const));
}

function of(lines: readonly Happening[], what: string): Happening[] {
  return lines.filter((line) => line.what === what);
}

/** What a week brought, in the words of a plan. */
function lived(lines: readonly Happening[]) {
  return {
    mails: tally(of(lines, "message.sent"), (line) => String(line["sequence"])),
    notices: tally(of(lines, "rep.notified"), (line) => `${String(line["rep"])} ${String(line["kind"])}`),
  };
}

function promised(plan: Plan, when: "now" | "proposed") {
  const numbers = (list: readonly (readonly [string, number])[]) =>
    Object.fromEntries(list.filter(([, count]) => count > 0));
  return {
    mails: numbers(plan.mails.map((one) => [one.sequence, one[when]])),
    notices: numbers(plan.notices.map((one) => [`${one.rep ?? "nobody"} ${one.kind}`, one[when]])),
  };
}

let url: string;

beforeAll(async () => {
  url = `sqlite:${join(temporaryFolder(), "plan.db")}`;
  await populate(url);
});

const LOWER = {
  "config/scoring/default.yaml": COMPANY["config/scoring/default.yaml"]!.replace(
    "warm: 15, hot: 40",
    "warm: 8, hot: 20",
  ),
};

describe("what a plan says is what happens in the seven days after the change", () => {
  test("a lower threshold", async () => {
    const said = await plan(url, LOWER);
    const came = await week(copyOf(url), LOWER);
    const stayed = await week(copyOf(url));
    expect(promised(said, "proposed")).toEqual(lived(came));
    expect(promised(said, "now")).toEqual(lived(stayed));
    const crossed = of(came, "score.crossed").filter((line) => line["cause"] === "model");
    expect(
      Object.fromEntries(said.temperatures.map(({ from, to, leads }) => [`${from} ${to}`, leads])),
    ).toEqual(tally(crossed, (line) => `${String(line["from"])} ${String(line["to"])}`));
    expect(said.at).toBe(CHANGE);
  });
});
