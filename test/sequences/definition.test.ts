import { describe, expect, test } from "vitest";
import { readSequence } from "../../src/sequences/read.ts";
import { DAY } from "../../src/instant.ts";
import { lines, sourceOf } from "../config/read.ts";

function mistakes(text: string): string[] {
  return lines(readSequence(sourceOf("s.yaml", text)).problems).map((line) => line.replace("s.yaml:", ""));
}

function sequenceOf(text: string) {
  const { sequence, problems } = readSequence(sourceOf("s.yaml", text));
  if (!sequence) throw new Error(lines(problems).join("\n"));
  return sequence;
}

const SPEC = `
sequence: warm-nurture
title: Warm leads, show the value
track: nurture
enter:
  - { temperature: warm }
reenter: { after: 90d }
exit:
  - { temperature: [cold, hot] }
goal: { did: demo.requested }
window: business-hours
priority: 10
holdout: 10%
steps:
  - id: case-study
    send: warm/case-study
  - wait: 3d
  - branch:
      - when: { clicked: case-study }
        steps:
          - send: warm/demo-invite
      - otherwise: true
        steps:
          - id: roi
            ab:
              variants: { plain: warm/roi-plain, numbers: warm/roi-numbers }
              measure: clicked
              confidence: 95%
  - wait_for: { did: page.viewed, where: { property: path, matches: "/pricing*" } }
    up_to: 5d
    then:  [ { notify: owner, note: "Read the pricing page after the case study" } ]
    else:  [ { send: warm/last-word } ]
  - end: finished
`;

describe("the example of the specification", () => {
  const sequence = sequenceOf(SPEC);

  test("is read whole", () => {
    expect(sequence).toMatchObject({
      name: "warm-nurture",
      title: "Warm leads, show the value",
      track: "nurture",
      enter: [{ on: { temperature: ["warm"], model: "default" }, if: null }],
      reenter: { after: 90 * DAY },
      exit: [{ temperature: ["cold", "hot"] }],
      goal: { did: "demo.requested" },
      window: "business-hours",
      priority: 10,
      holdout: 0.1,
      caps: [],
      first: "case-study",
    });
  });

  test("becomes a graph in which every step knows what follows, in file order", () => {
    expect(Object.values(sequence.steps).map(({ id, next }) => [id, next])).toEqual([
      ["case-study", "wait-1"],
      ["wait-1", "branch-1"],
      ["branch-1", "wait_for-1"],
      ["branch-1/1/send-1", "wait_for-1"],
      ["roi", "wait_for-1"],
      ["wait_for-1", "end-1"],
      ["wait_for-1/then/notify-1", "end-1"],
      ["wait_for-1/else/send-1", "end-1"],
      ["end-1", null],
    ]);
    expect(sequence.steps["branch-1"]).toMatchObject({
      arms: [
        { when: { clicked: "case-study" }, to: "branch-1/1/send-1" },
        { when: null, to: "roi" },
      ],
    });
    expect(sequence.steps["wait_for-1"]).toMatchObject({
      upTo: 5 * DAY,
      then: "wait_for-1/then/notify-1",
      else: "wait_for-1/else/send-1",
    });
    expect(sequence.steps["roi"]).toMatchObject({
      named: true,
      variants: [
        { name: "plain", template: "warm/roi-plain", weight: 0.5 },
        { name: "numbers", template: "warm/roi-numbers", weight: 0.5 },
      ],
      measure: "clicked",
      confidence: 0.95,
    });
  });

  test("can be kept as JSON and read back", () => {
    expect(JSON.parse(JSON.stringify(sequence))).toEqual(sequence);
  });
});

test("a sequence says what it names, so that other files can be held against it", () => {
  const { references } = readSequence(sourceOf("s.yaml", SPEC));
  expect(references.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    "model default",
    "window business-hours",
    "model default",
    "event demo.requested",
    "template warm/case-study",
    "template warm/demo-invite",
    "template warm/roi-plain",
    "template warm/roi-numbers",
    "event page.viewed",
    "template warm/last-word",
  ]);
});

test("an arm without steps goes on below, at the end of the file the sequence finishes", () => {
  const { steps } = sequenceOf(
    `sequence: s
enter: [{ segment: x }]
steps:
  - branch: [{ when: { stage: lead }, steps: [] }]
  - wait_for: { did: page.viewed }
    up_to: 1d`,
  );
  expect(steps["branch-1"]).toMatchObject({ arms: [{ to: "wait_for-1" }], next: "wait_for-1" });
  expect(steps["wait_for-1"]).toMatchObject({ then: null, else: null, next: null });
});

test("every kind of entry, goal, exit and step is understood", () => {
  const sequence = sequenceOf(`sequence: all
enter:
  - { temperature: [cold, warm], model: b2b, if: { score: { over: 10 } } }
  - { cooled: { from: hot } }
  - { reached: invite }
  - { event: form.submitted, where: { property: form, is: demo } }
  - { segment: trial }
reenter: always
exit: { stage: customer }
goal: [{ did: deal.won }, { stage: customer }]
caps: [{ emails: 1, in: 1d }]
steps:
  - { wait: { until: "tuesday 10:00" } }
  - { set: { need: main, asked: null } }
  - { deal: open }
  - { webhook: crm }
  - { notify: maria }
  - ab: { variants: { a: x, b: y }, weights: { a: 1, b: 3 }, measure: { did: trial.started }, confidence: 90% }
  - { end: asked }
`);
  expect(sequence.enter.map(({ on }) => on)).toEqual([
    { temperature: ["cold", "warm"], model: "b2b" },
    { cooled: ["hot"], model: "default" },
    { reached: "invite", model: "default" },
    { event: "form.submitted", where: { property: "form", is: "demo" } },
    { segment: "trial" },
  ]);
  expect(sequence.exit).toEqual([{ stage: "customer" }]);
  expect(sequence.goal).toEqual({ any: [{ did: "deal.won" }, { stage: "customer" }] });
  expect(Object.values(sequence.steps)).toMatchObject([
    { kind: "wait", until: "tuesday 10:00" },
    { kind: "set", attributes: { need: "main", asked: null } },
    { kind: "deal" },
    { kind: "webhook", name: "crm" },
    { kind: "notify", to: "maria", note: null },
    { kind: "ab", variants: [{ weight: 0.25 }, { weight: 0.75 }], measure: { did: "trial.started" } },
    { kind: "end", outcome: "asked" },
  ]);
});

describe("the content hash", () => {
  const hash = (text: string) => sequenceOf(text).hash;
  test("stays with another title, order of keys or comment", () => {
    const other = SPEC.replace("title: Warm leads, show the value", "# better\ntitle: Warm");
    expect(hash(other)).toBe(hash(SPEC));
  });
  test("changes with what leads would notice", () => {
    expect(hash(SPEC.replace("wait: 3d", "wait: 4d"))).not.toBe(hash(SPEC));
    expect(hash(SPEC.replace("10%", "20%"))).not.toBe(hash(SPEC));
    const swapped = SPEC.replace(
      "plain: warm/roi-plain, numbers: warm/roi-numbers",
      "numbers: warm/roi-numbers, plain: warm/roi-plain",
    );
    expect(hash(swapped)).not.toBe(hash(SPEC));
  });
  test("of a step is that of its content, wherever it stands", () => {
    const a = sequenceOf("sequence: s\nenter: [{ segment: x }]\nsteps: [{ send: a }, { send: b }]").steps;
    const b = sequenceOf(
      "sequence: s\nenter: [{ segment: x }]\nsteps: [{ send: b }, { id: z, send: a }]",
    ).steps;
    expect(b["send-1"]!.hash).toBe(a["send-2"]!.hash);
    expect(b["z"]!.hash).toBe(a["send-1"]!.hash);
  });
});

test("all mistakes of a file come at once", () => {
  expect(
    mistakes(`sequence: a b
enter: [{ temperture: warm }, { temperature: wrm }, { cooled: { form: hot } }, { evnt: x }]
reenter: sometimes
exit: { temperature: [cold, hott] }
holdout: 10
priority: high
steps:
  - snd: x
  - wait: 3 days
  - wait: { until: noon }
  - wait_for: { did: page.viewed, within: 2 weeks }
  - wait_for: { did: page.viewed }
    upto: 3d
  - branch: [{ when: { clicked: b }, step: [] }]
  - ab: { variants: { a: x, 2: y }, measure: clickd, confidence: 95 }
  - { send: a, wait: 3d }
  - {}
  - deal: opn
  - end: of the world
`),
  ).toEqual([
    `1:11: "a b" can't be a name: letters, digits, - and _ only (did you mean "a-b"?)`,
    '2:11: unknown key "temperture" (did you mean "temperature"?)',
    '2:46: "wrm" is not one of cold, warm, hot (did you mean "warm"?)',
    '2:65: unknown key "form" (did you mean "from"?)',
    '2:82: unknown key "evnt" (did you mean "event"?)',
    '3:10: "sometimes" is not one of never, always',
    '4:29: "hott" is not one of cold, warm, hot (did you mean "hot"?)',
    "5:10: a share is a percentage: 10%",
    '6:11: expected a number, found "high"',
    '8:5: unknown key "snd" (did you mean "send"?)',
    '9:11: a duration is a whole number and a unit: 90s, 15m, 4h, 3d or 2w (did you mean "3d"?)',
    '10:20: "noon" is no local time (write it as "tuesday 10:00")',
    "11:5: waits for ever: say how long with up_to",
    '11:43: a duration is a whole number and a unit: 90s, 15m, 4h, 3d or 2w (did you mean "2w"?)',
    '13:5: unknown key "upto" (did you mean "up_to"?)',
    '14:38: unknown key "step" (did you mean "steps"?)',
    `15:29: "2" can't be a name: a letter, then up to 63 letters, digits, - and _`,
    '15:46: "clickd" is not one of clicked, opened, replied (did you mean "clicked"?)',
    "15:66: a confidence is a percentage, like 95%",
    `16:16: "wait" can't stand beside "send"`,
    "17:5: expected one of send, wait, wait_for, branch, ab, set, notify, deal, webhook, end, found nothing",
    '18:11: expected open, found "opn"',
    `19:10: "of the world" can't be a name: a letter, then up to 63 letters, digits, - and _`,
  ]);
});

describe("what can't work is a mistake", () => {
  const head = "sequence: s\nenter: [{ segment: x }]\nsteps:\n";
  test.each([
    [
      "steps after an end",
      `${head}  - end: x\n  - send: a\n`,
      ["5:5: is never reached: every way through the step before it ends"],
    ],
    [
      "steps after a branch that always ends",
      `${head}  - branch:\n      - { when: { stage: lead }, steps: [{ end: a }] }\n      - { otherwise: true, steps: [{ end: b }] }\n  - send: a\n`,
      ["7:5: is never reached: every way through the step before it ends"],
    ],
    [
      "an id twice",
      `${head}  - { id: a, send: x }\n  - branch: [{ otherwise: true, steps: [{ id: a, send: y }] }]\n`,
      ['5:47: there is a step "a" already, on line 4'],
    ],
    [
      "an id that a step without one has",
      `${head}  - { id: send-2, send: x }\n  - { send: y }\n`,
      ['5:5: there is a step "send-2" already, on line 4'],
    ],
    [
      "a click on a step that is not there",
      `${head}  - { id: case-study, send: x }\n  - branch: [{ when: { clicked: casestudy }, steps: [] }]\n`,
      ['5:33: there is no step "casestudy" (did you mean "case-study"?)'],
    ],
    [
      "a click on a later step",
      `${head}  - branch: [{ when: { clicked: b }, steps: [] }]\n  - { id: b, send: x }\n`,
      ['4:33: the mail of step "b" is never sent before this'],
    ],
    [
      "a click in the other arm",
      `${head}  - branch:\n      - { when: { stage: lead }, steps: [{ id: a, send: x }] }\n      - { otherwise: true, steps: [{ wait_for: { clicked: a }, up_to: 1d }] }\n`,
      ['6:59: the mail of step "a" is never sent before this'],
    ],
    [
      "a click on a wait",
      `${head}  - wait: 1d\nexit: { clicked: wait-1 }\n`,
      ['5:18: step "wait-1" sends no mail'],
    ],
    [
      "a click before anything was sent",
      "sequence: s\nenter: [{ segment: x, if: { clicked: a } }]\nsteps: [{ id: a, send: x }]\n",
      ['2:38: the mail of step "a" is never sent before this'],
    ],
    [
      "an otherwise before others",
      `${head}  - branch:\n      - { otherwise: true, steps: [] }\n      - { when: { stage: lead }, steps: [] }\n`,
      ["5:9: otherwise goes last: the arms below it are never reached"],
    ],
    [
      "an arm whose leads have left by exit",
      `${head}  - branch: [{ when: { temperature: hot }, steps: [] }]\nexit: [{ temperature: [cold, hot] }]\n`,
      ["4:22: no lead can get here: whoever it holds for has left by exit"],
    ],
    [
      "an arm whose leads are in an arm above",
      `${head}  - branch:\n      - { when: { temperature: [warm, hot] }, steps: [] }\n      - { when: { all: [{ temperature: hot }, { stage: lead }] }, steps: [] }\n`,
      ["6:17: no lead can get here: whoever it holds for is in an arm above"],
    ],
    [
      "an arm that contradicts itself",
      `${head}  - branch: [{ when: { all: [{ temperature: hot }, { temperature: cold }] }, steps: [] }]\n`,
      ["4:22: no lead can get here: the condition contradicts itself"],
    ],
    [
      "waiting for what ends the sequence",
      `${head}  - { wait_for: { did: demo.requested }, up_to: 1d }\nexit: { did: demo.requested }\n`,
      ["4:17: is never met: whoever it holds for has left by exit"],
    ],
    [
      "an entry that is an exit too",
      "sequence: s\nenter: [{ temperature: warm }]\nexit: { temperature: [warm, hot] }\nsteps: [{ send: a }]\n",
      ["2:9: whoever enters by this leaves at once by exit"],
    ],
    [
      "a test of one",
      `${head}  - ab: { variants: { a: x }, measure: clicked, confidence: 95% }\n`,
      ["4:11: a test needs at least two variants"],
    ],
    [
      "weights of others",
      `${head}  - ab: { variants: { one: x, two: y }, weights: { one: 1, tow: 2 }, measure: clicked, confidence: 95% }\n`,
      ['4:41: variant "two" has no weight', '4:60: there is no variant "tow" (did you mean "two"?)'],
    ],
    [
      "certainty",
      `${head}  - ab: { variants: { a: x, b: y }, measure: clicked, confidence: 100% }\n`,
      ["4:67: a confidence is a percentage from 50% to below 100% (95% is usual)"],
    ],
    [
      "a measure that is no act",
      `${head}  - ab: { variants: { a: x, b: y }, measure: { temperature: hot }, confidence: 95% }\n`,
      ["4:46: measures clicked, opened, replied or a did condition"],
    ],
    [
      "an exit by score",
      `${head}  - send: x\nexit: { all: [{ score: { over: 4 } }] }\n`,
      ["5:17: a score can't be waited for (use temperature, or a mark with reached)"],
    ],
    [
      "a property without an event",
      `${head}  - branch: [{ when: { property: path, is: x }, steps: [] }]\n`,
      ["4:24: only an event has properties (use { did: EVENT, where: … })"],
    ],
    ["setting the email", `${head}  - set: { email: x }\n`, ["4:12: email can't be set"]],
    ["setting nothing", `${head}  - set: {}\n`, ["4:10: sets nothing"]],
    [
      "a weekday that is none",
      `${head}  - wait: { until: "thusday 10:00" }\n`,
      ['4:20: "thusday 10:00" is no local time (write it as "tuesday 10:00")'],
    ],
    [
      "a weekday cut in a way of its own",
      `${head}  - wait: { until: "tues 10:00" }\n`,
      ['4:20: "tues 10:00" is no local time (write it as "tuesday 10:00")'],
    ],
    ["no name", "steps: []\n", ['1:1: "sequence" is missing']],
  ])("%s", (_, text, expected) => {
    expect(mistakes(text)).toEqual(expected);
  });

  test("a branch without otherwise falls through, so what follows is reached", () => {
    expect(
      mistakes(`${head}  - branch: [{ when: { stage: lead }, steps: [{ end: a }] }]\n  - send: a\n`),
    ).toEqual([]);
  });

  test("a click in an arm that may have been taken can be asked below", () => {
    const text = `${head}  - branch: [{ when: { stage: lead }, steps: [{ id: a, send: x }] }]\n  - { wait_for: { clicked: a }, up_to: 1d }\n`;
    expect(mistakes(text)).toEqual([]);
  });

  test("a sequence without entries is for hands only, which is said", () => {
    expect(mistakes("sequence: s\nsteps: [{ send: x }]\n")).toEqual([
      "1:11: warning: nobody enters this sequence by itself: only by hand (say who with enter)",
    ]);
  });
});
