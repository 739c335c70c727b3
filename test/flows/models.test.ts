import { expect, test } from "vitest";
import { act, ADA, live, sequence, told, type Line } from "./world.ts";

// Two products: what is read about one says nothing of the other.
const product = (name: string) => ({
  [`config/scoring/${name}.yaml`]: `model: ${name}
thresholds: { warm: 10, hot: 30 }
marks: { keen: 20 }
engagement:
  half_life: 10d
  rules: [{ rule: pages, on: page.viewed, where: { property: path, matches: "/${name}/*" }, points: 25 }]
`,
});

const FILES = {
  "config/scoring/default.yaml": "model: default\nthresholds: { warm: 50, hot: 90 }\n",
  ...product("books"),
  ...product("tools"),
  "config/scoring/tools.yaml": `${product("tools")["config/scoring/tools.yaml"]!}applies_to: { attribute: market, is: eu }\n`,
  "config/segments.yaml": `segments:
  - { segment: tool-lovers, when: { temperature: [warm, hot], model: tools } }
  - { segment: book-lovers, when: { reached: keen, model: books } }
`,
  "config/reps.yaml": `reps: [{ rep: maria, name: Maria, email: maria@acme.example }]
notices:
  - { on: { temperature: hot, model: tools } }
  - { on: { cooled: { from: warm }, model: books } }
`,
  ...sequence(
    "tools",
    `enter: [{ temperature: warm, model: tools }]
exit: { temperature: cold, model: tools }
steps:
  - branch:
      - { when: { temperature: [warm, hot], model: books }, steps: [{ send: again }] }
      - { otherwise: true, steps: [{ send: hello }] }
  - wait: 30d`,
  ),
  ...sequence("books", "enter: [{ segment: book-lovers }]\nsteps: [{ send: last }]"),
};

const crossings = (lines: readonly Line[]) =>
  lines
    .filter(({ what, mark }) => what === "score.crossed" && mark === undefined)
    .map(({ at, model, from, to }) => `${at.slice(5, 16)} ${String(model)} ${String(from)} ${String(to)}`);

test("a model for each product scores, enters, groups and notifies by itself, and keeps its own history", async () => {
  const lines = await live({
    files: FILES,
    leads: [{ ...ADA, attributes: { market: "eu" } }],
    script: [
      act("06T10:00:00", "page.viewed", { path: "/tools/saw" }),
      act("07T10:00:00", "page.viewed", { path: "/books/wood" }),
      act("08T10:00:00", "page.viewed", { path: "/tools/drill" }),
    ],
    until: "2026-02-28T00:00:00Z",
  });
  expect(crossings(lines)).toEqual([
    "01-06T10:00 tools cold warm",
    "01-07T10:00 books cold warm",
    "01-08T10:00 tools warm hot",
    "01-14T19:42 tools hot warm",
    "01-20T15:15 books warm cold",
    "01-30T16:05 tools warm cold",
  ]);
  expect(told(lines, "sequence.entered", "sequence.ended", "message.sent", "rep.notified")).toEqual([
    "01-06 10:00:00 sequence.entered tools",
    "01-06 10:00:00 message.sent hello",
    "01-07 10:00:00 sequence.entered books",
    "01-07 10:00:00 message.sent last",
    "01-07 10:00:00 sequence.ended books finished",
    "01-08 10:00:00 rep.notified maria tools:hot",
    "01-20 15:15:45.874 rep.notified maria books:cooled",
    "01-30 16:05:37.876 sequence.ended tools exited",
  ]);
});

test("a lead whose market changes leaves the model that is not for it, and nothing of another's", async () => {
  const lines = await live({
    files: FILES,
    leads: [{ ...ADA, attributes: { market: "us" } }],
    script: [
      act("06T10:00:00", "page.viewed", { path: "/tools/saw" }),
      act("06T11:00:00", "page.viewed", { path: "/books/wood" }),
      // What was done before counts from here on.
      act("07T10:00:00", "lead.updated", { attributes: { market: "eu" } }),
    ],
    until: "2026-01-09T00:00:00Z",
  });
  expect(crossings(lines)).toEqual(["01-06T11:00 books cold warm", "01-07T10:00 tools cold warm"]);
  expect(told(lines, "message.sent")).toEqual([
    "01-06 11:00:00 message.sent last",
    "01-07 10:00:00 message.sent again",
  ]);
});
