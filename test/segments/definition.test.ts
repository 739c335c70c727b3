import { describe, expect, test } from "vitest";
import { readSegments } from "../../src/segments/file.ts";
import { lines, sourceOf } from "../config/read.ts";

const read = (text: string) => readSegments(sourceOf("s.yaml", text));
const mistakes = (text: string) => lines(read(text).problems).map((line) => line.replace("s.yaml:", ""));

test("a segment comes after those that it names, whatever the order of the file", () => {
  const { segments } = read(`segments:
  - { segment: c, when: { all: [{ segment: b }, { not: { segment: a } }] } }
  - { segment: b, title: The b, when: { segment: a } }
  - { segment: a, when: { stage: lead } }
`);
  expect(segments.map(({ name, title, uses }) => [name, title, uses])).toEqual([
    ["a", "a", []],
    ["b", "The b", ["a"]],
    ["c", "c", ["b", "a"]],
  ]);
});

test("another condition is another hash, another title is not", () => {
  const hash = (text: string) => read(text).segments[0]!.hash;
  const first = hash("segments: [{ segment: a, when: { stage: lead } }]");
  expect(hash("segments: [{ segment: a, title: T, when: { stage: lead } }]")).toBe(first);
  expect(hash("segments: [{ segment: a, when: { stage: mql } }]")).not.toBe(first);
});

test("no segments are no segments", () => {
  expect(read("segments: []")).toEqual({ segments: [], problems: [], references: [] });
  expect(read("# later")).toEqual({ segments: [], problems: [], references: [] });
});

describe("mistakes in segments.yaml", () => {
  test.each([
    [
      "a circle",
      "segments:\n  - { segment: a, when: { segment: b } }\n  - { segment: b, when: { not: { segment: a } } }\n",
      ["2:19: goes in a circle: a → b → a"],
    ],
    ["itself", "segments: [{ segment: a, when: { segment: a } }]\n", ["1:26: goes in a circle: a → a"]],
    [
      "a name twice",
      "segments:\n  - { segment: a, when: { stage: lead } }\n  - { segment: a, when: { stage: mql } }\n",
      ['3:16: there is a segment "a" already, on line 2'],
    ],
    [
      "a misspelt stage",
      "segments: [{ segment: a, when: { stage: custmer } }]\n",
      ['1:41: "custmer" is not one of lead, mql, opportunity, customer, lost (did you mean "customer"?)'],
    ],
    [
      "a condition that is none",
      "segments: [{ segment: a, when: { has: x } }]\n",
      [
        "1:32: expected one of attribute, property, temperature, reached, score, did, clicked, opened, replied, segment, stage, owner, all, any, not, found has",
      ],
    ],
    [
      "an operator that is none",
      "segments: [{ segment: a, when: { attribute: x, iz: 3 } }]\n",
      ['1:48: unknown key "iz" (did you mean "is"?)'],
    ],
    [
      "a score",
      "segments: [{ segment: a, when: { score: { over: 3 } } }]\n",
      ["1:34: a score can't be waited for (use temperature, or a mark with reached)"],
    ],
    [
      "a step",
      "segments: [{ segment: a, when: { any: [{ clicked: x }] } }]\n",
      ["1:42: only a sequence has steps (use { did: email.clicked })"],
    ],
    [
      "a property without an event",
      "segments: [{ segment: a, when: { property: x, is: 1 } }]\n",
      ["1:34: only an event has properties (use { did: EVENT, where: … })"],
    ],
    ["no condition", "segments: [{ segment: a }]\n", ['1:12: "when" is missing']],
  ])("%s", (_, text, expected) => {
    expect(mistakes(text)).toEqual(expected);
  });
});
