import { describe, expect, test } from "vitest";
import { act, ADA, afterMail, live, sequence, told } from "./world.ts";

const MOVES = ["sequence.step", "sequence.ended", "message.sent"];
const GO = act("05T11:00:00", "go.now");

describe("a step", () => {
  test("sees what the one before it did", async () => {
    const lines = await live({
      files: sequence(
        "s",
        `enter: [{ event: go.now }]
steps:
  - set: { plan: pro }
  - branch:
      - when: { attribute: plan, is: pro }
        steps: [{ deal: open }]
      - otherwise: true
        steps: [{ end: no-plan }]
  - branch:
      - when: { stage: opportunity }
        steps: [{ end: good }]
  - end: no-deal`,
      ),
      script: [GO],
    });
    expect(told(lines, "sequence.ended", "deal.opened")).toEqual([
      "01-05 11:00:00 deal.opened",
      "01-05 11:00:00 sequence.ended s good",
    ]);
  });

  test("that changes the temperature lets the exit end the sequence before the next acts", async () => {
    const lines = await live({
      files: {
        "config/scoring/default.yaml": `model: default
thresholds: { warm: 10, hot: 30 }
fit: [{ criterion: Plan, attribute: plan, bands: [{ is: pro, points: 15 }] }]
`,
        ...sequence(
          "s",
          "enter: [{ event: go.now }]\nexit: { temperature: warm }\nsteps: [{ set: { plan: pro } }, { send: hello }]",
        ),
      },
      script: [GO],
    });
    expect(told(lines, "message.sent", "sequence.ended")).toEqual(["01-05 11:00:00 sequence.ended s exited"]);
  });

  test("of a branch is the first that holds, and the flow goes on below it, also from an empty arm", async () => {
    const lines = await live({
      files: sequence(
        "s",
        `enter: [{ event: go.now }]
steps:
  - branch:
      - { when: { attribute: size, over: 10 }, steps: [] }
      - { when: { attribute: size, over: 5 }, steps: [{ send: again }] }
      - { otherwise: true, steps: [{ send: last }] }
  - send: hello`,
      ),
      leads: [50, 7, 1].map((size, n) => ({ ...ADA, email: `${n}@x.example`, attributes: { size } })),
      script: [0, 1, 2].map((n) => ({ ...GO, email: `${n}@x.example` })),
    });
    const mails = (email: string) =>
      lines
        .filter((line) => line.email === email && line.what === "message.sent")
        .map((line) => line["template"]);
    expect(["0@x.example", "1@x.example", "2@x.example"].map(mails)).toEqual([
      ["hello"],
      ["again", "hello"],
      ["last", "hello"],
    ]);
  });

  test("that waits takes up where the mail before it was sent, to the millisecond, pause or not", async () => {
    const lines = await live({
      files: sequence(
        "s",
        "enter: [{ event: go.now }]\nsteps: [{ send: hello }, { wait: 1d }, { wait: 2h }, { send: again }]",
      ),
      script: [
        act("05T11:00:00.123", "go.now"),
        act("05T12:00:00", "sequences.paused", { until: "2026-01-08T00:00:00Z" }),
      ],
    });
    expect(told(lines, ...MOVES, "message.deferred")).toEqual([
      "01-05 11:00:00.123 sequence.step s send-1",
      "01-05 11:00:00.123 message.sent hello",
      "01-05 11:00:00.123 sequence.step s wait-1",
      "01-06 11:00:00.123 sequence.step s wait-2",
      "01-06 13:00:00.123 sequence.step s send-2",
      "01-06 13:00:00.123 message.deferred paused 01-08 00:00:00",
      "01-08 00:00:00 message.sent again",
      "01-08 00:00:00 sequence.ended s finished",
    ]);
  });
});

describe("waiting for something", () => {
  const waiting = (condition: string, upTo: string, enter = "{ event: go.now }") =>
    sequence(
      "s",
      `enter: [${enter}]
steps:
  - id: mail
    send: hello
  - wait_for: ${condition}
    up_to: ${upTo}
    then: [{ end: came }]
    else: [{ end: never }]`,
    );
  const ended = async (story: Parameters<typeof live>[0]) => told(await live(story), "sequence.ended");

  test("goes on at once where it holds already", async () => {
    const files = waiting("{ temperature: cold }", "1d");
    expect(await ended({ files, script: [GO] })).toEqual(["01-05 11:00:00 sequence.ended s came"]);
  });

  test("counts only what happens from there on", async () => {
    const files = waiting("{ did: page.viewed }", "1d");
    const script = [act("05T10:59:00", "page.viewed"), GO];
    expect(await ended({ files, script })).toEqual(["01-06 11:00:00 sequence.ended s never"]);
  });

  test("an event a millisecond before the deadline is in time, one at the deadline too late", async () => {
    const files = waiting("{ did: page.viewed }", "1d");
    expect(await ended({ files, script: [GO, act("06T10:59:59.999", "page.viewed")] })).toEqual([
      "01-06 10:59:59.999 sequence.ended s came",
    ]);
    expect(await ended({ files, script: [GO, act("06T11:00:00", "page.viewed")] })).toEqual([
      "01-06 11:00:00 sequence.ended s never",
    ]);
  });

  test("a click before the deadline is in time, though it settles after it", async () => {
    const script = [GO, afterMail("3570s", "email.clicked", { link: 0 })];
    const came = ["01-05 12:00:30 sequence.ended s came"];
    expect(await ended({ files: waiting("{ clicked: mail }", "1h"), script })).toEqual(came);
    expect(await ended({ files: waiting("{ temperature: warm }", "1h"), script })).toEqual(came);
  });

  test("a score that fades at the very deadline is too late", async () => {
    const files = {
      "config/scoring/default.yaml": `model: default
thresholds: { warm: 10, hot: 30 }
engagement: { rules: [{ rule: pages, on: page.viewed, points: 20 }] }
inactivity: [{ after: 3d, points: -15 }]
`,
      ...waiting("{ temperature: cold }", "3d", "{ temperature: warm }"),
    };
    expect(await ended({ files, script: [act("05T11:00:00", "page.viewed")] })).toEqual([
      "01-08 11:00:00 sequence.ended s never",
    ]);
  });

  test("for the end of a membership goes on at its own instant, and is too late at the very deadline", async () => {
    const files = (upTo: string) => ({
      ...READERS,
      ...waiting("{ not: { segment: readers } }", upTo, "{ event: page.viewed }"),
    });
    const script = [act("06T00:00:00", "page.viewed"), act("08T12:00:00", "page.viewed")];
    expect(await ended({ files: files("5d"), script })).toEqual(["01-08 00:00:00 sequence.ended s came"]);
    expect(await ended({ files: files("2d"), script })).toEqual(["01-08 00:00:00 sequence.ended s never"]);
  });
});

const READERS = {
  "config/kindling.yaml": `company: { name: Acme, address: 1 Main Street, timezone: UTC }
mail: { from: ada@acme.example }
attributes: { plan: text }
`,
  "config/segments.yaml": `segments:
  - { segment: readers, when: { did: page.viewed, within: 2d } }
  - { segment: trying, when: { attribute: plan, is: trial } }
`,
};

describe("a sequence ends", () => {
  test("when the lead leaves the segment it is for, by time or by what changes, and not while it stays", async () => {
    const lines = await live({
      files: {
        ...READERS,
        ...sequence(
          "reading",
          "enter: [{ segment: readers }]\nexit: [{ not: { segment: readers } }]\nsteps: [{ wait: 30d }]",
        ),
        ...sequence(
          "trial",
          "enter: [{ segment: trying }]\nexit: [{ not: { segment: trying } }]\nsteps: [{ wait: 30d }]",
        ),
      },
      leads: [{ ...ADA, attributes: { plan: "trial" } }],
      script: [
        act("06T00:00:00", "page.viewed"),
        act("07T12:00:00", "page.viewed"),
        act("08T00:00:00", "lead.updated", { attributes: { plan: "paid" } }),
      ],
    });
    expect(told(lines, "sequence.ended")).toEqual([
      "01-08 00:00:00 sequence.ended trial exited",
      "01-09 12:00:00 sequence.ended reading exited",
    ]);
  });

  test("with its goal where goal and exit hold at once, and its unsent mail with it", async () => {
    const lines = await live({
      files: {
        "config/kindling.yaml": `company: { name: Acme, address: 1 Main Street, timezone: UTC }
mail: { from: ada@acme.example }
windows: { mondays: { days: [mon], from: "09:00", to: "17:00", zone: company } }
`,
        ...sequence(
          "s",
          `enter: [{ event: go.now }]
window: mondays
goal: { did: page.viewed }
exit: { did: page.viewed, at_least: 2 }
steps: [{ send: hello }]`,
        ),
      },
      script: [
        act("06T10:00:00", "page.viewed"),
        act("06T11:00:00", "go.now"),
        act("07T11:00:00", "page.viewed"),
      ],
    });
    expect(told(lines, "sequence.entered", "message.deferred", "message.dropped", "sequence.ended")).toEqual([
      "01-06 11:00:00 sequence.entered s",
      "01-06 11:00:00 message.deferred window 01-12 09:00:00",
      "01-07 11:00:00 message.dropped hello sequence ended: goal",
      "01-07 11:00:00 sequence.ended s goal",
    ]);
  });

  test("as soon as what was done before it began is enough for its exit", async () => {
    const lines = await live({
      from: "2026-01-06T00:00:00Z",
      files: sequence(
        "s",
        "enter: [{ event: go.now }]\nexit: { did: page.viewed, at_least: 2 }\nsteps: [{ wait: 9d }]",
      ),
      script: [
        act("05T20:00:00", "page.viewed"),
        act("06T21:00:00", "go.now"),
        act("06T22:00:00", "page.viewed"),
      ],
    });
    expect(told(lines, "sequence.ended")).toEqual(["01-06 22:00:00 sequence.ended s exited"]);
  });

  test("before its next step where its exit comes to hold at the instant at which a wait is over", async () => {
    const lines = await live({
      files: {
        "config/scoring/default.yaml": `model: default
thresholds: { warm: 10, hot: 30 }
engagement: { rules: [{ rule: pages, on: page.viewed, points: 20 }] }
inactivity: [{ after: 3d, points: -15 }]
`,
        ...sequence(
          "s",
          "enter: [{ temperature: warm }]\nexit: { temperature: cold }\nsteps: [{ wait: 3d }, { send: hello }]",
        ),
      },
      script: [act("05T11:00:00", "page.viewed")],
    });
    expect(told(lines).slice(-2)).toEqual([
      "01-08 11:00:00 score.crossed warm cold",
      "01-08 11:00:00 sequence.ended s exited",
    ]);
  });

  test("with all others as unreachable when the lead leaves; leaving one topic drops only its mails", async () => {
    const lines = await live({
      files: {
        "config/kindling.yaml": `company: { name: Acme, address: 1 Main Street }
mail: { from: ada@acme.example }
topics: [{ topic: product, title: Product news }]
`,
        "templates/hello.mjml":
          "---\nsubject: Hello\ntopic: product\n---\n<mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section>\n",
        ...sequence("p", "enter: [{ event: go.now }]\nreenter: always\nsteps: [{ wait: 30d }]"),
        ...sequence(
          "s",
          "enter: [{ event: go.now }]\nsteps: [{ wait: 1d }, { send: hello }, { wait: 1d }, { send: again }, { wait: 9d }, { send: last }]",
        ),
      },
      script: [
        act("06T10:00:00", "go.now"),
        act("06T12:00:00", "email.unsubscribed", { topic: "product" }),
        act("10T12:00:00", "email.unsubscribed"),
        act("11T12:00:00", "go.now"),
      ],
    });
    expect(told(lines, "message.sent", "message.dropped", "sequence.ended", "sequence.entered")).toEqual([
      "01-06 10:00:00 sequence.entered p",
      "01-06 10:00:00 sequence.entered s",
      "01-07 10:00:00 message.dropped hello consent_withdrawn",
      "01-08 10:00:00 message.sent again",
      "01-10 12:00:00 sequence.ended p unreachable",
      "01-10 12:00:00 sequence.ended s unreachable",
    ]);
  });

  test("once: a moment of the past that changed nothing is not lived again with a later mail", async () => {
    const lines = await live({
      files: {
        "config/segments.yaml": "segments: [{ segment: reader, when: { did: page.viewed, within: 3d } }]",
        ...sequence("s", "enter: [{ event: page.viewed }]\nsteps: [{ wait: 4d }, { send: hello }]"),
      },
      script: [act("05T11:00:00", "page.viewed")],
    });
    expect(told(lines).slice(-3)).toEqual([
      "01-09 11:00:00 sequence.step s send-1",
      "01-09 11:00:00 message.sent hello",
      "01-09 11:00:00 sequence.ended s finished",
    ]);
  });
});

test("a pause without an end holds mail back until it is taken back, and no longer", async () => {
  const lines = await live({
    files: sequence("s", "enter: [{ event: go.now }]\nsteps: [{ wait: 1h }, { send: hello }]"),
    script: [
      GO,
      act("05T11:30:00", "sequences.paused", { reason: "asked on the phone" }),
      act("05T13:30:00", "sequences.resumed"),
    ],
  });
  expect(told(lines, "message.sent")).toEqual(["01-05 13:30:00 message.sent hello"]);
});

describe("a pause", () => {
  const FILES = sequence("s", "enter: [{ event: go.now }]\nsteps: [{ wait: 1h }, { send: hello }]");
  const paused = (time: string, actor: string, until: string) => ({
    ...act(time, "sequences.paused", { until: `2026-01-${until}T00:00:00Z` }),
    actor,
  });
  const sent = async (...script: Record<string, unknown>[]) =>
    told(await live({ files: FILES, script: [GO, ...script] }), "message.sent");

  const REPLY = act("05T11:20:00", "email.replied");

  test.each([
    ["of the lead is not cut short by their reply", [paused("05T11:10:00", "lead", "25"), REPLY], "25"],
    ["of a rep is not cut short by a reply", [paused("05T11:10:00", "rep", "25"), REPLY], "25"],
    [
      "of the lead is not cut short by a rep, nor when the rep thinks again",
      [
        paused("05T11:10:00", "lead", "25"),
        paused("05T11:20:00", "rep", "28"),
        paused("05T11:30:00", "rep", "08"),
      ],
      "25",
    ],
    [
      "of a rep is not cut short by the lead, nor when the lead thinks again",
      [
        paused("05T11:10:00", "rep", "25"),
        paused("05T11:20:00", "lead", "28"),
        paused("05T11:30:00", "lead", "08"),
      ],
      "25",
    ],
    [
      "may be made shorter by the lead whose it is",
      [paused("05T11:10:00", "lead", "25"), paused("05T11:20:00", "lead", "12")],
      "12",
    ],
    [
      "may be made shorter by a colleague of the rep whose it is",
      [paused("05T11:10:00", "rep", "25"), paused("05T11:20:00", "system", "12")],
      "12",
    ],
    ["that a reply brought may be made shorter by a rep", [REPLY, paused("05T11:30:00", "rep", "08")], "08"],
    [
      "of the lead holds beside one without an end, once that is another",
      [
        paused("05T11:10:00", "lead", "25"),
        { ...act("05T11:20:00", "sequences.paused"), actor: "rep" },
        paused("05T11:30:00", "rep", "08"),
      ],
      "25",
    ],
  ])("%s", async (_, script, day) => {
    expect(await sent(...script)).toEqual([`01-${day} 00:00:00 message.sent hello`]);
  });

  test("that is taken back is over for both sides", async () => {
    const script = [
      paused("05T11:10:00", "lead", "25"),
      paused("05T11:20:00", "rep", "28"),
      act("05T12:30:00", "sequences.resumed"),
    ];
    expect(await sent(...script)).toEqual(["01-05 12:30:00 message.sent hello"]);
  });
});
