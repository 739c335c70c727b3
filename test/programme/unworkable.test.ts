import { expect, test } from "vitest";
import { formatProblem } from "../../src/config/problems.ts";
import { InputError } from "../../src/config/problems.ts";
import { openWorkable } from "../../src/programme/files.io.ts";
import { loadProgramme } from "../../src/programme/load.ts";
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

test("what comes with Kindling works", async () => {
  await expect(openWorkable("config", "templates")).resolves.toMatchObject({ unworkable: [] });
});
