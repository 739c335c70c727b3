import { DAY, HOUR, MINUTE, SECOND, type Duration } from "../instant.ts";
import { counted } from "../reps/words.ts";
import { writeMoment } from "./moment.ts";
import type { Difference, Fact } from "./expect.ts";
import type { Expectation, Scenario } from "./scenario.ts";

/** A difference as lines to read: `-` what was expected, `+` what happened instead. */
export function describeDifference(difference: Difference, scenario: Scenario): string[] {
  const several = scenario.leads.length > 1;
  const expected = (one: Expectation) =>
    [`- ${(one.written ?? "any time").padEnd(16)}`, one.kind, one.name, ...askedOf(one, several)].join("  ");
  const happened = (fact: Fact, like?: Expectation) =>
    [
      `+ ${writeMoment(fact.at, scenario.zone).padEnd(16)}`,
      fact.kind,
      fact.name,
      ...saidBy(fact, several, like),
    ].join("  ");
  switch (difference.why) {
    case "missing": {
      const { nearest } = difference;
      if (!nearest) return [expected(difference.expected), `  ${nothingOf(difference)}`];
      const off = distance(nearest, difference.expected);
      return [expected(difference.expected), happened(nearest, difference.expected) + (off && `   ← ${off}`)];
    }
    case "count": {
      const { expected: one, found } = difference;
      const times = one.times === 0 ? "never" : counted(one.times!, "time");
      const was = found.length === 0 ? "never happened" : `happened ${counted(found.length, "time")}`;
      return [`${expected(one)}   ${times}, but ${was}`, ...found.map((fact) => happened(fact, one))];
    }
    case "order":
      return [
        `${expected(difference.expected)}   in this order, but it came before`,
        happened(difference.after),
        happened(difference.found, difference.expected),
      ];
    case "unexpected":
      return [`${happened(difference.found)}   ← not expected`];
    default:
      throw new Error(`unknown difference: ${JSON.stringify(difference satisfies never)}`);
  }
}

function askedOf({ asks, email }: Expectation, several: boolean): string[] {
  return [
    ...Object.entries(asks).map(([key, value]) => `${key}: ${value}`),
    ...(several ? [`to ${email}`] : []),
  ];
}

/** Of the fact what the expectation asks, so that the two lines compare. */
function saidBy(fact: Fact, several: boolean, like?: Expectation): string[] {
  const keys = Object.keys(like?.asks ?? {});
  return [
    ...keys.map((key) => `${key}: ${wordOf(fact.line[key])}`),
    ...(several ? [`to ${fact.email}`] : []),
  ];
}

function wordOf(value: unknown): string {
  return typeof value === "string"
    ? value
    : value === null || value === undefined
      ? "none"
      : JSON.stringify(value);
}

const NOUNS: Readonly<Record<Expectation["kind"], string>> = {
  mail: "mail was sent",
  crossing: "change of temperature was there",
  mark: "mark was crossed",
  notice: "notice was sent",
  entered: "sequence was entered",
  ended: "sequence ended",
  deal: "deal was opened",
  deferred: "mail was deferred",
  dropped: "mail was dropped",
};

function nothingOf({ expected: { kind }, others }: { expected: Expectation; others: boolean }): string {
  return `no ${others ? "other " : ""}${NOUNS[kind]}`;
}

/** `1 hour too early`; "" where it is something else that differs. */
function distance(fact: Fact, { when }: Expectation): string {
  if (fact.at < when.from) return `${lengthWords(when.from - fact.at)} too early`;
  const exact = when.until - when.from < MINUTE;
  if (fact.at > when.until) return `${lengthWords(fact.at - (exact ? when.from : when.until))} too late`;
  return "";
}

/** The largest two units: `2 days 3 hours`. */
function lengthWords(length: Duration): string {
  const units = [
    ["day", DAY],
    ["hour", HOUR],
    ["minute", MINUTE],
    ["second", SECOND],
  ] as const;
  let rest = length;
  const parts: string[] = [];
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(counted(count, name));
  }
  return parts.slice(0, 2).join(" ") || "less than a second";
}
