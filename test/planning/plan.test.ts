import { beforeAll, describe, expect, test } from "vitest";
import type { Happening } from "../../src/lifecycle/changes.ts";
import type { Plan } from "../../src/planning/plan.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HOUR } from "../../src/instant.ts";
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

/** The text of a file with one thing in it changed. */
function edited(path: string, from: string, to: string): Record<string, string> {
  const text = COMPANY[path]!;
  if (!text.includes(from)) throw new Error(`${path} does not say ${from}`);
  return { [path]: text.replace(from, to) };
}

const LOWER = edited("config/scoring/default.yaml", "warm: 15, hot: 40", "warm: 8, hot: 20");
const WARMING = "config/sequences/warming.yaml";

/** Held against a week in which the change was made, and one in which it was not. */
async function holdAgainstLife(
  files: Readonly<Record<string, string>>,
): Promise<{ said: Plan; came: Happening[] }> {
  const said = await plan(url, files);
  const came = await week(copyOf(url), files);
  expect(promised(said, "proposed")).toEqual(lived(came));
  expect(promised(said, "now")).toEqual(lived(await week(copyOf(url))));
  return { said, came };
}

/** Ended or moved at the very instant of the change. */
function atOnce(lines: readonly Happening[], what: string): number {
  return of(lines, what).filter(({ at }) => at === CHANGE).length;
}

describe("what a plan says is what happens in the seven days after the change:", () => {
  test("leads cross by a lower threshold, reps are told, sequences begin and end", async () => {
    const { said, came } = await holdAgainstLife(LOWER);
    const crossed = of(came, "score.crossed").filter((line) => line["cause"] === "model");
    const counted = said.temperatures.map(({ from, to, leads }) => [`${from} ${to}`, leads] as const);
    expect(Object.fromEntries(counted)).toEqual(
      tally(crossed, (line) => `${String(line["from"])} ${String(line["to"])}`),
    );
    expect(crossed.length).toBeGreaterThan(5);
    const sum = (key: "entered" | "ended") => said.entries.reduce((total, one) => total + one[key], 0);
    expect(sum("entered")).toBe(atOnce(came, "sequence.entered"));
    expect(sum("ended")).toBe(atOnce(came, "sequence.ended"));
  });

  test("a step is removed and a wait is edited", async () => {
    const { said, came } = await holdAgainstLife({
      [WARMING]: COMPANY[WARMING]!.replace("  - { id: first, send: first }\n", "")
        .replace("clicked: first", "segment: readers")
        .replace("wait: 4d", "wait: 1d"),
    });
    const [warming] = said.sequences;
    expect(said.sequences.map(({ sequence, change }) => `${sequence} ${change}`)).toEqual([
      "warming changed",
    ]);
    const there = warming!.steps.reduce((sum, { leads }) => sum + leads, 0);
    expect(there).toBe(warming!.kept + warming!.moved + warming!.ended);
    expect(there).toBeGreaterThan(5);
    const sentTheirLast = of(came, "sequence.ended").filter(({ outcome }) => outcome === "finished");
    expect(warming!.ended + sentTheirLast.filter(({ at }) => at === CHANGE).length).toBe(
      atOnce(came, "sequence.ended"),
    );
    const soon = of(came, "message.sent").filter(({ at }) => at <= CHANGE + HOUR);
    expect(warming!.steps.reduce((sum, step) => sum + step.mailsNextHour, 0)).toBe(soon.length);
    expect(soon.length).toBeGreaterThan(0);
  });

  test("a segment is new, another is larger, and a third starts a sequence later", async () => {
    const { said, came } = await holdAgainstLife({
      "config/segments.yaml": `segments:
  - { segment: readers, when: { did: page.viewed, within: 20d } }
  - { segment: european, when: { attribute: region, is: eu } }
  - { segment: silent, when: { not: { did: page.viewed, within: 12d } } }
`,
      "config/sequences/silence.yaml": `sequence: silence
enter: [ { segment: silent } ]
steps: [ { send: last } ]
`,
    });
    expect(said.segments.map(({ segment }) => segment)).toEqual(["european", "readers", "silent"]);
    expect(said.segments[0]).toEqual({ segment: "european", now: null, proposed: 10 });
    expect(said.segments[1]!.proposed).toBeGreaterThan(said.segments[1]!.now!);
    expect(of(came, "sequence.entered").map((line) => line["sequence"])).toContain("silence");
  });

  test("those who are there already enter, in no sequence and with nothing due though they are", async () => {
    const hello = {
      "config/sequences/hello.yaml": `sequence: hello
enter: [ { temperature: [cold, warm, hot] } ]
steps: [ { send: last } ]
`,
    };
    const said = await plan(url, hello, "migrate", CHANGE, true);
    expect(said.entries).toEqual([{ sequence: "hello", entered: 30, ended: 0 }]);
    expect((await plan(url, hello)).entries).toEqual([]);
  });

  test("those on their way keep the old version, or exit", async () => {
    const shorter = edited(WARMING, "wait: 4d", "wait: 1d");
    const kept = await plan(url, shorter, "keep");
    const [keeping] = kept.sequences;
    expect(keeping).toMatchObject({ moved: 0, ended: 0 });
    expect(kept.mails[0]!.nextHour).toBe(0);
    const left = (await plan(url, shorter, "exit")).sequences[0]!;
    expect(left).toMatchObject({ kept: 0, moved: 0, ended: keeping!.kept });
  });
});

describe("a plan", () => {
  test("of the same files says that nothing changes", async () => {
    const said = await plan(url, {});
    expect(said).toMatchObject({ temperatures: [], segments: [], entries: [], sequences: [] });
    expect(promised(said, "proposed")).toEqual(promised(said, "now"));
  });

  test("changes nothing", async () => {
    const path = url.slice("sqlite:".length);
    const before = readFileSync(path);
    await plan(url, LOWER);
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});
