import { describe, expect, test } from "vitest";
import { problemAt, readYaml } from "../../src/config/yaml.ts";
import { lines } from "./read.ts";

const bomb = [
  "a: &a [1,1,1,1,1,1,1,1,1,1]",
  "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]",
  "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]",
  "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]",
  "e: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]",
].join("\n");

describe("a file that is no good YAML is refused with its place", () => {
  test.each([
    ["a tab", "a:\n\t- b\n", "x.yaml:2:1: a tab can't indent in YAML (use spaces)"],
    ["a key that comes twice", "a: 1\nb: 2\na: 3\n", 'x.yaml:3:1: "a" is here twice; each key goes once'],
    ["a list", "- a\n", "x.yaml:1:1: must be a mapping: lines of `key: value`"],
    ["a word", "hello\n", "x.yaml:1:1: must be a mapping: lines of `key: value`"],
    [
      "braces without quotes",
      "a: {{sequence}}\n",
      "x.yaml:1:5: a key must be plain text (text that begins with { or [ goes in quotes)",
    ],
    [
      "two keys on a line",
      "a: b: c\n",
      'x.yaml:1:4: there are two keys on this line (text with ": " in it goes in quotes)',
    ],
    ["an at sign", "a: @b\n", "x.yaml:1:4: text can't begin with this character (put the text in quotes)"],
    [
      "crooked indentation",
      "a:\n  b: 1\n c: 2\n",
      "x.yaml:3:1: the indentation does not match the lines above (keys that belong together start in one column)",
    ],
    [
      "two documents",
      "a: 1\n---\nb: 1\n",
      "x.yaml:2:1: holds several documents; a file is one (remove the line ---)",
    ],
    ["an alias to nothing", "a: *b\n", 'x.yaml:1:4: there is no anchor "&b" above'],
    ["an alias to itself", "a: &a [*a]\n", "x.yaml:1:7: is nested too deeply"],
    ["a prototype", "a:\n  __proto__: {}\n", `x.yaml:2:3: "__proto__" can't be a key`],
    ["a tag", "a: !!binary aGk=\n", "x.yaml:1:13: is neither text nor a number nor true or false"],
    ["infinity", "a: .inf\n", "x.yaml:1:4: is neither text nor a number nor true or false"],
  ])("%s", (_, text, expected) => {
    expect(lines(readYaml("x.yaml", text).problems)).toEqual([expected]);
  });

  test("aliases that multiply are stopped", () => {
    const { source, problems } = readYaml("x.yaml", bomb);
    expect(source).toBeNull();
    expect(problems[0]!.message).toBe("stands for too many values (aliases multiply)");
  });

  test("thousands of brackets are stopped", () => {
    expect(readYaml("x.yaml", `a: ${"[".repeat(20_000)}`).source).toBeNull();
    expect(readYaml("x.yaml", `a: ${"[".repeat(150)}${"]".repeat(150)}`).source).toBeNull();
  });

  test("a huge file is not even read", () => {
    expect(lines(readYaml("x.yaml", `a: ${"b".repeat(1_000_001)}`).problems)).toEqual([
      "x.yaml:1:1: is larger than 1 MB, which no file of settings should be",
    ]);
  });
});

test("an empty file is an empty mapping", () => {
  expect(readYaml("x.yaml", "# nothing yet\n").source?.value).toEqual({});
});

test("times and days stay text, anchors within reason work", () => {
  const { source } = readYaml("x.yaml", "from: 09:00\nday: 2026-12-20\nlist: &l [1, no]\nsame: *l\n");
  expect(source?.value).toEqual({ from: "09:00", day: "2026-12-20", list: [1, "no"], same: [1, "no"] });
});

test("a place is found through lists and aliases, and a missing one is its parent's", () => {
  const { source } = readYaml("x.yaml", "a: &a\n  - b: 1\n  - c:\nd: *a\n");
  expect(source!.at(["a", 0, "b"])).toEqual({ line: 2, column: 8 });
  expect(source!.keyAt(["d", 1, "c"])).toEqual({ line: 3, column: 5 });
  expect(source!.at(["a", 1, "zzz"])).toEqual({ line: 3, column: 5 });
  expect(problemAt(source!, ["zzz"], "m")).toMatchObject({ line: 1, column: 1, severity: "error" });
});
