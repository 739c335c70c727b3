import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { act, ADA, live, sequence, told } from "./world.ts";

const BEN = { email: "ben@x.example", at: ADA.at };
const FADING = {
  "config/scoring/default.yaml": `model: default
thresholds: { warm: 10, hot: 30 }
marks: { star: 50 }
engagement: { half_life: 1d, rules: [{ rule: pages, on: page.viewed, points: 40 }] }
`,
};

/** The number in [0, 1) of spec/sequences.md, "Stable hash", written down once more. */
function share(purpose: string, email: string, name: string, step: string): number {
  const digest = createHash("sha256").update([purpose, email, name, step].join("\0")).digest("hex");
  return Number.parseInt(digest.slice(0, 13), 16) / 2 ** 52;
}

describe("a lead enters", () => {
  test("at its creation where it is cold then, and not where its attributes make it warm", async () => {
    const lines = await live({
      files: {
        "config/scoring/default.yaml": `model: default
thresholds: { warm: 10, hot: 30 }
fit: [{ criterion: Size, attribute: size, bands: [{ over: 5, points: 15 }] }]
`,
        ...sequence("cold", "enter: [{ temperature: cold }]\nsteps: []"),
        ...sequence("warm", "enter: [{ temperature: warm }]\nsteps: []"),
      },
      leads: [
        { ...ADA, attributes: { size: 10 } },
        { ...BEN, attributes: { size: 1 } },
      ],
    });
    const entered = lines.filter(({ what }) => what === "sequence.entered");
    expect(entered.map(({ email, sequence: name }) => [email, name])).toEqual([
      [ADA.email, "warm"],
      [BEN.email, "cold"],
    ]);
  });

  test("on each crossing downward, at the instant at which the score has faded that far", async () => {
    const again = (on: string) => `enter: [${on}]\nreenter: always\nsteps: []`;
    const lines = await live({
      files: {
        ...FADING,
        ...sequence("cold", again("{ temperature: cold }")),
        ...sequence("from-hot", again("{ cooled: { from: [hot] } }")),
        ...sequence("from-warm", again("{ cooled: { from: warm } }")),
      },
      script: [act("06T10:00:00", "page.viewed")],
    });
    expect(told(lines, "sequence.entered", "score.crossed")).toEqual([
      "01-05 10:00:00 sequence.entered cold",
      "01-06 10:00:00 score.crossed cold hot",
      "01-06 19:57:39.240 score.crossed hot warm",
      "01-06 19:57:39.240 sequence.entered from-hot",
      "01-08 10:00:00.001 score.crossed warm cold",
      "01-08 10:00:00.001 sequence.entered from-warm",
      "01-08 10:00:00.001 sequence.entered cold",
    ]);
  });

  test("each time it reaches a mark, joins a segment, or does what is asked, where the condition beside it holds", async () => {
    const lines = await live({
      files: {
        ...FADING,
        "config/segments.yaml": `segments:
  - { segment: reader, when: { did: page.viewed, within: 2d } }
  - { segment: idle, when: { not: { segment: reader } } }
`,
        ...sequence("star", "enter: [{ reached: star }]\nreenter: always\nsteps: []"),
        ...sequence("idle", "enter: [{ segment: idle }]\nreenter: always\nsteps: []"),
        ...sequence(
          "pricing",
          `enter: [{ event: page.viewed, where: { property: path, matches: "/pricing*" }, if: { segment: reader } }]
reenter: always
steps: []`,
        ),
      },
      script: [
        act("06T20:00:00", "page.viewed", { path: "/PRICING/team" }),
        act("06T20:00:01", "page.viewed", { path: "/about" }),
        act("06T20:00:02", "page.viewed", { path: "/pricing" }, { verdict: "scanner" }),
        act("09T20:00:00", "page.viewed", { path: "/pricing" }, { verdict: "proxy" }),
      ],
      until: "2026-01-09T20:00:00Z",
    });
    expect(told(lines, "sequence.entered")).toEqual([
      "01-05 10:00:00 sequence.entered idle",
      "01-06 20:00:00 sequence.entered pricing",
      "01-06 20:00:01 sequence.entered star",
      "01-08 20:00:01 sequence.entered idle",
      "01-09 20:00:00 sequence.entered pricing",
      "01-09 20:00:00 sequence.entered star",
    ]);
  });

  test("again only when the time since its last enrolment ended is over; a trigger before that is lost", async () => {
    const lines = await live({
      files: sequence("s", "enter: [{ event: go.now }]\nreenter: { after: 2d }\nsteps: [{ wait: 1d }]"),
      script: [
        act("06T10:00:00", "go.now"),
        act("06T20:00:00", "go.now"),
        act("09T09:59:59.999", "go.now"),
        act("09T10:00:00", "go.now"),
      ],
    });
    expect(told(lines, "sequence.entered", "sequence.ended")).toEqual([
      "01-06 10:00:00 sequence.entered s",
      "01-07 10:00:00 sequence.ended s finished",
      "01-09 10:00:00 sequence.entered s",
      "01-10 10:00:00 sequence.ended s finished",
    ]);
  });

  test("never by what it did before the simulation begins, but by what fades afterwards", async () => {
    const lines = await live({
      from: "2026-01-06T00:00:00Z",
      files: {
        ...FADING,
        "config/segments.yaml": "segments: [{ segment: reader, when: { did: page.viewed } }]",
        ...sequence(
          "in",
          "enter: [{ temperature: hot }, { segment: reader }, { event: email.clicked }]\nsteps: []",
        ),
        ...sequence("cooled", "enter: [{ cooled: { from: hot } }]\nsteps: []"),
      },
      script: [act("05T20:00:00", "page.viewed"), act("05T23:59:30", "email.clicked")],
    });
    expect(told(lines, "lead.created", "event", "sequence.entered")).toEqual([
      "01-06 05:57:39.240 sequence.entered cooled",
    ]);
  });
});

describe("of a track", () => {
  test("one sequence is entered: cooled, then temperature, then the rest, then by priority", async () => {
    const on = (text: string, priority: number) =>
      `enter: [${text}]\ntrack: t\npriority: ${priority}\nsteps: [{ wait: 9d }]`;
    const lines = await live({
      files: {
        ...FADING,
        ...sequence("a-event", on("{ event: page.viewed }", 9)),
        ...sequence("b-hot", on("{ temperature: hot }", 0)),
        ...sequence("c-hot", on("{ temperature: hot }", 1)),
        ...sequence("d-warm", on("{ temperature: warm }", 9)),
        ...sequence("e-cooled", on("{ cooled: { from: hot } }", 0)),
      },
      script: [act("06T10:00:00", "page.viewed")],
      until: "2026-01-08T00:00:00Z",
    });
    expect(told(lines, "sequence.entered", "sequence.ended")).toEqual([
      "01-06 10:00:00 sequence.entered c-hot",
      "01-06 19:57:39.240 sequence.ended c-hot moved",
      "01-06 19:57:39.240 sequence.entered e-cooled",
    ]);
  });

  test("a score in one model moves nobody in another", async () => {
    const lines = await live({
      files: {
        "config/scoring/eu.yaml": `model: eu
applies_to: { attribute: market, is: eu }
thresholds: { warm: 5, hot: 10 }
engagement: { rules: [{ rule: pages, on: page.viewed, points: 10 }] }
`,
        ...sequence("eu-hot", "enter: [{ temperature: hot, model: eu }]\nsteps: []"),
        ...sequence("hot", "enter: [{ temperature: hot }]\nsteps: []"),
      },
      script: [
        act("06T10:00:00", "page.viewed"),
        act("06T11:00:00", "lead.updated", { attributes: { market: "EU" } }),
      ],
    });
    expect(told(lines, "sequence.entered")).toEqual(["01-06 11:00:00 sequence.entered eu-hot"]);
  });
});

test("the stable hash alone decides who is held out and who gets which variant", async () => {
  const leads = Array.from({ length: 120 }, (_, n) => ({ email: `Lead.${n}@x.example`, at: ADA.at }));
  const lines = await live({
    files: sequence(
      "s",
      `enter: [{ temperature: cold }, { event: go.now }]
holdout: 12.5%
reenter: { after: 1d }
steps:
  - id: test
    ab: { variants: { plain: hello, numbers: again, third: last }, weights: { plain: 1, numbers: 2, third: 5 }, measure: clicked, confidence: 95% }
  - wait: 9d`,
    ),
    leads,
    script: leads.map(({ email }) => ({ email, type: "go.now", at: "2026-01-06T10:00:00Z" })),
    until: "2026-01-07T00:00:00Z",
  });
  for (const email of leads.map((lead) => lead.email.toLowerCase())) {
    const mine = lines.filter((line) => line.email === email);
    if (share("holdout", email, "s", "") < 0.125) {
      const held = ["sequence.entered s", "sequence.ended s holdout"];
      expect(told(mine, "sequence.entered", "sequence.ended", "message.sent")).toEqual(
        ["01-05 10:00:00 ", "01-06 10:00:00 "].flatMap((at) => held.map((text) => at + text)),
      );
    } else {
      const place = share("ab", email, "s", "test");
      const variant = place < 1 / 8 ? "plain" : place < 3 / 8 ? "numbers" : "third";
      expect(mine.filter(({ what }) => what === "message.sent").map((line) => line["variant"])).toEqual([
        variant,
      ]);
    }
  }
});
