import { join } from "node:path";
import { expect, test } from "vitest";
import { formatProblem } from "../../src/config/problems.ts";
import { InputError } from "../../src/config/problems.ts";
import { openWorkable } from "../../src/programme/files.io.ts";
import { loadProgramme } from "../../src/programme/load.ts";
import { openWorld } from "../../src/world.ts";
import { temporaryFolder } from "../database.ts";
import { writeFiles } from "../lifecycle/files.ts";
import { SMALL, withFiles } from "./files.ts";

async function refused(changed: Readonly<Record<string, string>>): Promise<string[]> {
  const loaded = await loadProgramme(withFiles(changed));
  if ("problems" in loaded) throw new InputError(loaded.problems);
  return loaded.unworkable.map(formatProblem);
}

const nurture = "config/sequences/nurture.yaml";
const sequence = (rest: string) => ({ [nurture]: `sequence: nurture\nenter: [{ segment: trial }]\n${rest}` });
const settings = (rest: string) => ({
  "config/kindling.yaml": `${SMALL["config/kindling.yaml"]!}${rest}`,
});
const THREE = `steps:
  - { id: a, send: warm/hello }
  - wait: 3d
  - branch:
      - { when: { stage: lead }, steps: [{ id: b, send: warm/hello }, { wait: 3d }, { id: c, send: warm/hello }] }
      - { otherwise: true, steps: [{ wait: 30d }] }
`;

test("a cap of a sequence's own below what it sends is refused, with the mails", async () => {
  expect(await refused(sequence(`caps: [{ emails: 2, in: 7d }]\n${THREE}`))).toEqual([
    `${nurture}:3:8: sends up to 3 mails in less than 7d (a, b, c), the cap lets 2 through (wait longer between them)`,
  ]);
});

test("so is the company's cap, at the sequence", async () => {
  const both = { ...settings("caps: [{ emails: 2, in: 1w }, { emails: 1, in: 2d }]\n"), ...sequence(THREE) };
  expect(await refused(both)).toEqual([
    `${nurture}:3:1: sends up to 3 mails in less than 7d (a, b, c), the cap of kindling.yaml lets 2 through (wait longer between them)`,
  ]);
});

test("a cap that the sequence keeps to by itself is none of our business", async () => {
  expect(await refused(sequence(`caps: [{ emails: 2, in: 6d }, { emails: 3, in: 7d }]\n${THREE}`))).toEqual(
    [],
  );
});

test("mails that wait for something count as soon as it can happen", async () => {
  const steps = `steps:
  - { id: a, send: warm/hello }
  - wait_for: { did: page.viewed }
    up_to: 9d
    then: [{ id: b, send: warm/hello }]
    else: [{ id: c, send: warm/hello }]
`;
  const [problem] = await refused(sequence(`caps: [{ emails: 1, in: 7d }]\n${steps}`));
  expect(problem).toContain("(a, b)");
});

const at = (...days: string[]) =>
  `steps:\n${days.map((day, n) => `  - wait: { until: "${day}" }\n  - { id: m${n}, send: warm/hello }\n`).join("")}`;

test.each([
  ["each Tuesday", "1, in: 7d", at("tuesday 10:00", "tue 10:00", "tuesday 10:00")],
  ["Monday and Thursday", "2, in: 7d", at("monday 00:00", "thursday 10:00", "mon 00:00", "thu 10:00")],
  ["each morning", "1, in: 1d", at("09:00", "9:00", "09:00")],
  [
    "on the Friday after three days",
    "1, in: 4d",
    `${at("mon 09:00")}  - wait: 3d\n  - wait: { until: "fri 09:00" }\n  - send: warm/hello\n`,
  ],
  [
    "after a branch of which each way waits",
    "1, in: 7d",
    `steps:
  - { id: a, send: warm/hello }
  - branch:
      - { when: { stage: lead }, steps: [{ wait: 7d }] }
      - { otherwise: true, steps: [{ wait: 8d }] }
  - { id: b, send: warm/hello }
`,
  ],
])("mails %s keep to a cap of %s", async (_name, emails, steps) => {
  expect(await refused(sequence(`caps: [{ emails: ${emails} }]\n${steps}`))).toEqual([]);
});

test.each([
  ["twice a week", "1, in: 7d", at("monday 09:00", "thursday 09:00"), "m0, m1"],
  ["any day and then on a Tuesday", "1, in: 2d", at("09:00", "tuesday 09:00"), "m0, m1"],
  [
    "at no time of its own and then on a Tuesday",
    "1, in: 1d",
    `steps: [{ id: a, send: warm/hello }, { wait: { until: "tue 09:00" } }, { id: b, send: warm/hello }]\n`,
    "a, b",
  ],
  [
    "when it is asked for and then on a Tuesday",
    "1, in: 7d",
    `steps:
  - wait: { until: "tuesday 10:00" }
  - wait_for: { did: page.viewed }
    up_to: 3d
    then: [{ id: a, send: warm/hello }]
    else: [{ end: quiet }]
  - wait: { until: "tuesday 10:00" }
  - { id: b, send: warm/hello }
`,
    "a, b",
  ],
])("mails %s are more than a cap of %s", async (_name, emails, steps, mails) => {
  const [problem] = await refused(sequence(`caps: [{ emails: ${emails} }]\n${steps}`));
  expect(problem).toContain(`(${mails})`);
});

const weak = {
  "config/scoring/default.yaml": `model: default
thresholds: { warm: 25, hot: 50 }
marks: { invite: 30 }
engagement: { rules: [{ rule: demo, on: demo.requested, points: 30, cap: 30 }] }
`,
};

test("a temperature that no lead gets is refused wherever it is asked for", async () => {
  const asked = {
    ...weak,
    "config/segments.yaml":
      "segments:\n  - { segment: trial, when: { any: [{ temperature: [hot] }, { did: trial.started }] } }\n",
    [nurture]:
      "sequence: nurture\nenter: [{ temperature: hot }]\nexit: { not: { temperature: [warm, hot] } }\nsteps: [{ send: warm/hello }]\n",
  };
  const why = 'the model "default" makes nobody hot: its points add up to 30 at most, hot begins at 50';
  expect((await refused(asked)).map((line) => line.replace(/:\d+:\d+/, ""))).toEqual([
    `config/reps.yaml: ${why}`,
    `config/segments.yaml: ${why}`,
    // Not its exit, which asks for warm too.
    `${nurture}: ${why}`,
  ]);
});

test("what a step sets is no temperature, whatever it is called", async () => {
  const free = SMALL["config/kindling.yaml"]!.replace(/attributes: .*\n/, "");
  const quiet = { ...weak, "config/kindling.yaml": free, "config/reps.yaml": "reps: []\n" };
  expect(await refused({ ...quiet, ...sequence("steps: [{ set: { temperature: hot } }]\n") })).toEqual([]);
});

test("a number that is to be above or below a text is refused wherever it is asked for, with what would be right", async () => {
  const asked = {
    ...settings(""),
    "config/scoring/default.yaml": SMALL["config/scoring/default.yaml"]!.replace(
      "bands: [{ is: main, points: 10 }] }",
      'bands: [{ is: main, points: 10 }] }, { criterion: Size, attribute: employees, bands: [{ over: "1,000", points: 9 }] }',
    ),
    "config/segments.yaml":
      "segments:\n  - { segment: trial, when: { not: { attribute: employees, from: ten, to: 20 } } }\n",
    [nurture]:
      "sequence: nurture\nenter: [{ temperature: hot, if: { attribute: employees, under: 2026-01-01 } }]\nsteps: [{ send: warm/hello }]\n",
  };
  expect((await refused(asked)).map((line) => line.replace(/:\d+:\d+/, ""))).toEqual([
    'config/scoring/default.yaml: "employees" is a number and "1,000" is none: this never holds (like over: 100)',
    'config/segments.yaml: "employees" is a number and "ten" is none: this never holds (like from: 100)',
    `${nurture}: "employees" is a number and "2026-01-01" is none: this never holds (like under: 100)`,
  ]);
  const right = SMALL["config/segments.yaml"]!.replace(
    "{ did: trial.started }",
    '{ attribute: employees, over: "5" }',
  );
  expect(await refused({ ...settings(""), "config/segments.yaml": right })).toEqual([]);
});

test("a first start, which applies by itself, says in its log what can't work", async () => {
  const folder = temporaryFolder();
  const config = join(folder, "config");
  const templates = join(folder, "templates");
  writeFiles(folder, { ...SMALL, ...sequence(`caps: [{ emails: 2, in: 7d }]\n${THREE}`) });
  const said: unknown[] = [];
  const warn = (message: string, details: object) => void said.push([message, details]);
  const world = await openWorld({ config, templates, from: 0, seed: 1, warn });
  await world.app.close();
  expect(said).toEqual([
    [
      "what is applied can't work as it says",
      {
        problem: expect.stringContaining(`${join(folder, nurture)}:3:8: sends up to 3 mails in less than 7d`),
      },
    ],
  ]);
});

test("what comes with Kindling works", async () => {
  await expect(openWorkable("config", "templates")).resolves.toMatchObject({ unworkable: [] });
});
