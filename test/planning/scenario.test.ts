import { expect, test } from "vitest";
import { formatProblem } from "../../src/config/problems.ts";
import { checkShape } from "../../src/config/explain.ts";
import { readYaml } from "../../src/config/yaml.ts";
import { parseInstant } from "../../src/instant.ts";
import { describeDifference } from "../../src/planning/difference-words.ts";
import { compare, factOf, type Fact } from "../../src/planning/expect.ts";
import { parseMoment, writeMoment } from "../../src/planning/moment.ts";
import { scenarioFile } from "../../src/planning/scenario-file.ts";
import { readScenario, type Scenario } from "../../src/planning/scenario.ts";

const GIVEN = `scenario: A test
from: 2026-03-02
until: 2026-03-31
given: { leads: [{ email: ada@x.example }] }
`;

function read(text: string): { scenario: Scenario | null; problems: string[] } {
  const { source } = readYaml("s.yaml", text);
  const checked = checkShape(scenarioFile, source!);
  if ("problems" in checked) return { scenario: null, problems: checked.problems.map(formatProblem) };
  const { scenario, problems } = readScenario(checked.value, source!, { timezone: "Europe/Lisbon" });
  return { scenario, problems: problems.map(formatProblem) };
}

/** What is different, as it is shown; the lines of a log are `2026-03-03T09:00:00Z message.sent {template: …}`. */
function differences(expected: string, log: readonly [at: string, what: string, more: object][]): string[] {
  const { scenario, problems } = read(`${GIVEN}${expected}`);
  expect(problems).toEqual([]);
  const facts = log.map(
    ([at, what, more]) =>
      factOf({ at: parseInstant(`2026-03-${at}Z`)!, email: "ada@x.example", what, ...more }) as Fact,
  );
  return compare(scenario!, facts).flatMap((difference) => describeDifference(difference, scenario!));
}

const mail = (at: string, template: string, more: object = {}) =>
  [at, "message.sent", { template, ...more }] as [string, string, object];

test("a time means all that its precision leaves open, by the clocks of its zone", () => {
  const span = (text: string) => {
    const { from, until } = parseMoment(text, "Europe/Lisbon")!;
    return [from, until + 1].map((at) => writeMoment(at, "UTC"));
  };
  expect(span("2026-06-01")).toEqual(["2026-05-31 23:00", "2026-06-01 23:00"]);
  expect(span("2026-06-01 09:00")).toEqual(["2026-06-01 08:00", "2026-06-01 08:01"]);
  expect(span("2026-06-01T09:00:30")).toEqual(["2026-06-01 08:00:30", "2026-06-01 08:00:31"]);
  expect(span("2026-06-01T09:00:30.500+02:00")).toEqual([
    "2026-06-01 07:00:30.500",
    "2026-06-01 07:00:30.501",
  ]);
  expect(span("2026-03-29")).toEqual(["2026-03-29 00:00", "2026-03-29 23:00"]);
  expect(parseMoment("2026-02-30", "UTC")).toBeUndefined();
  expect(parseMoment("2026-02-03 24:30", "UTC")).toBeUndefined();
});

test("nothing is different where each expectation finds a line of its own", () => {
  const log = [mail("03T09:00:00", "hello"), mail("05T09:00:00", "hello"), mail("06T09:00:00", "last")];
  // The open one is asked last, or it would take what the exact one needs.
  expect(differences("expect: [{ mail: hello }, { mail: hello, at: 2026-03-03 }]", log)).toEqual([]);
  expect(differences('expect: [{ mail: "h*", times: 2 }, { mail: hello, times: 2 }]', log)).toEqual([]);
  expect(differences("in_order: true\nexpect: [{ mail: hello }, { mail: last }]", log)).toEqual([]);
});

test("what is missing is shown beside the nearest thing that happened, and by how much it is off", () => {
  const log = [
    mail("03T09:00:00", "hello", { variant: "b" }),
    mail("09T11:30:00", "hello", { variant: "a" }),
    ["04T10:00:00", "score.crossed", { model: "default", from: "cold", to: "warm", cause: "event" }] as [
      string,
      string,
      object,
    ],
  ];
  expect(
    differences(
      `expect:
  - { mail: hello, variant: a, at: 2026-03-03 09:00 }
  - { crossing: hot, within: [2026-03-04, 2026-03-05] }
  - { notice: hot }
`,
      log,
    ),
  ).toEqual([
    "- 2026-03-03 09:00  mail  hello  variant: a",
    "+ 2026-03-09 11:30  mail  hello  variant: a   ← 6 days 2 hours too late",
    "- 2026-03-04 … 2026-03-05  crossing  hot",
    "+ 2026-03-04 10:00  crossing  warm",
    "- any time          notice  hot",
    "  no notice was sent",
  ]);
});

test("how often, in what order and what else are told apart", () => {
  const log = [mail("03T09:00:00", "hello"), mail("05T09:00:00", "last")];
  expect(differences("expect: [{ mail: '*', times: 0 }]", log)).toEqual([
    "- any time          mail  *   never, but happened 2 times",
    "+ 2026-03-03 09:00  mail  hello",
    "+ 2026-03-05 09:00  mail  last",
  ]);
  expect(differences("in_order: true\nexpect: [{ mail: last }, { mail: hello }]", log)).toEqual([
    "- any time          mail  hello   in this order, but it came before",
    "+ 2026-03-05 09:00  mail  last",
    "+ 2026-03-03 09:00  mail  hello",
  ]);
  expect(differences("exactly: [mail]\nexpect: [{ mail: hello }]", log)).toEqual([
    "+ 2026-03-05 09:00  mail  last   ← not expected",
  ]);
});

test("all that is wrong with a file is said at once, with its place and what would be right", () => {
  expect(
    read(`scenario: Wrong
from: 2026-03-02
until: 2026-03-31 25:00
given:
  leads: [{ email: ada@x.example, attribute: {} }]
  acts:
    - { at: 2026-03-03 09:00, type: Page Viewed }
    - { on: message.send, after: 2 hours, type: email.clicked }
expect:
  - { mails: hello }
  - { mail: hello, on: 2026-03-03 }
`).problems,
  ).toEqual([
    's.yaml:3:8: "2026-03-31 25:00" is no time (write it like 2026-03-03 09:00, or 2026-03-03T09:00:00Z for UTC)',
    's.yaml:5:35: unknown key "attribute" (did you mean "attributes"?)',
    "s.yaml:7:37: an event type is lower case with dots between words: page.viewed",
    expect.stringMatching(/^s.yaml:8:13: "message.send" is not one of .* \(did you mean "message.sent"\?\)$/),
    's.yaml:8:34: a duration is a whole number and a unit: 90s, 15m, 4h, 3d or 2w (did you mean "2h"?)',
    's.yaml:10:7: unknown key "mails" (did you mean "mail"?)',
    expect.stringMatching(/^s.yaml:11:20: unknown key "on"/),
  ]);
  expect(
    read(`${GIVEN.replace("}] }", "}, { email: ben@x.example }], acts: [{ email: bob@x.example, at: 2026-05-01, type: a.b }] }")}
expect:
  - { mail: hello }
  - { mail: hello, email: ada@x.example, at: 2026-04-01 }
`).problems,
  ).toEqual([
    's.yaml:4:87: bob@x.example is no lead of this scenario (did you mean "ben@x.example"?)',
    "s.yaml:4:106: lies after `until`, so that it would never happen",
    "s.yaml:7:5: says nothing of whom: with several leads `email` is needed",
    "s.yaml:8:46: lies outside of what the scenario lives: `from` until `until`",
  ]);
});
