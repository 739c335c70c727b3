import { describe, expect, test } from "vitest";
import { act, afterMail, live, mail, sequence, told } from "./world.ts";

const GO = act("05T11:00:00", "go.now");
const REACTIONS = ["sequence.entered", "sequence.ended", "rep.notified", "deal.opened"];

/** A mail at 11:00; who gets warm or hot enters a sequence that ends at once. */
function house(click: number, page: number): Record<string, string> {
  return {
    "config/scoring/default.yaml": `model: default
thresholds: { warm: 10, hot: 20 }
engagement:
  rules: [{ rule: clicks, on: email.clicked, points: ${click} }, { rule: pages, on: page.viewed, points: ${page} }]
`,
    ...sequence("mail", "enter: [{ event: go.now }]\nsteps: [{ send: hello }, { wait: 9d }]"),
    ...sequence("warm", "enter: [{ temperature: warm }]\nreenter: always\nsteps: []"),
    ...sequence("hot", "enter: [{ temperature: hot }]\nreenter: always\nsteps: []"),
  };
}

async function entered(files: Record<string, string>, script: Record<string, unknown>[]): Promise<string[]> {
  const lines = await live({ files, script: [GO, ...script], until: "2026-01-06T00:00:00Z" });
  return told(lines, "sequence.entered").filter((text) => !text.endsWith(" mail"));
}

describe("a click", () => {
  test("is scored at once, and sequences, goals, notices and deals react a minute later", async () => {
    const lines = await live({
      files: {
        ...house(12, 0),
        "config/reps.yaml": `reps: [{ rep: maria, name: Maria, email: maria@acme.example }]
notices: [{ on: { temperature: warm }, deal: open }, { on: { did: email.clicked } }]
`,
        ...sequence(
          "goal",
          "enter: [{ event: go.now }]\ngoal: { did: email.clicked }\nsteps: [{ wait: 9d }]",
        ),
      },
      script: [GO, afterMail("1h", "email.clicked", { link: 0 }), act("05T12:00:59", "other.thing")],
      until: "2026-01-06T00:00:00Z",
    });
    expect(
      told(
        lines.filter(({ at }) => at > "2026-01-05T11:30"),
        "score.crossed",
        ...REACTIONS,
      ),
    ).toEqual([
      "01-05 12:00:00 score.crossed cold warm",
      "01-05 12:01:00 sequence.ended goal goal",
      "01-05 12:01:00 sequence.entered warm",
      "01-05 12:01:00 sequence.ended warm finished",
      "01-05 12:01:00 deal.opened",
      "01-05 12:01:00 rep.notified maria warm",
      "01-05 12:01:00 rep.notified maria email.clicked",
    ]);
  });

  test("does not leak through a page view that crosses only thanks to it", async () => {
    const script = [afterMail("1h", "email.clicked"), act("05T12:00:10", "page.viewed")];
    expect(await entered(house(6, 6), script)).toEqual(["01-05 12:01:00 sequence.entered warm"]);
  });

  test("keeps no page view from being reacted to at once for what that alone does", async () => {
    const script = [afterMail("1h", "email.clicked"), act("05T12:00:10", "page.viewed")];
    expect(await entered(house(10, 10), script)).toEqual([
      "01-05 12:00:10 sequence.entered warm",
      "01-05 12:01:00 sequence.entered hot",
    ]);
    expect(await entered(house(6, 25), script)).toEqual(["01-05 12:00:10 sequence.entered hot"]);
  });

  test("settles by itself: a second one before that puts nothing off", async () => {
    const script = [
      afterMail("3600s", "email.clicked"),
      afterMail("3640s", "email.clicked"),
      act("05T12:00:50", "page.viewed"),
    ];
    expect(await entered(house(6, 6), script)).toEqual(["01-05 12:01:00 sequence.entered warm"]);
    expect(await entered(house(6, 1), script)).toEqual(["01-05 12:01:40 sequence.entered warm"]);
  });

  test("of a machine that gives itself away in time has done nothing, whatever came in between", async () => {
    const trap = afterMail("3630s", "email.clicked", { link: 99 });
    const script = [afterMail("3600s", "email.clicked"), act("05T12:00:10", "page.viewed"), trap];
    expect(await entered(house(6, 6), script)).toEqual([]);
    expect(await entered(house(12, 1), script)).toEqual([]);
  });

  test("in a burst over three links is a scanner's: no entry, no goal, and the score is as before", async () => {
    const lines = await live({
      files: {
        ...house(12, 0),
        "templates/hello.mjml": mail("Hello", { links: 3 }),
        ...sequence("clicker", "enter: [{ event: email.clicked }]\nsteps: []"),
      },
      script: [GO, ...[0, 1, 2].map((link) => afterMail(`${60 + link}s`, "email.clicked", { link }))],
      until: "2026-01-06T00:00:00Z",
    });
    expect(told(lines, "score.crossed", "sequence.entered")).toEqual([
      "01-05 11:00:00 sequence.entered mail",
      "01-05 11:01:00 score.crossed cold warm",
      "01-05 11:01:01 score.crossed warm hot",
      "01-05 11:01:02 score.crossed hot cold",
    ]);
  });

  test("that has not settled counts in no branch, neither as a click nor in the total", async () => {
    const branch = (when: string) =>
      `enter: [{ event: go.now }]
steps: [{ id: m, send: hello }, { wait: 1h }, { branch: [{ when: ${when}, steps: [{ end: leaked }] }] }]`;
    const lines = await live({
      files: {
        ...house(12, 0),
        ...sequence("by-click", branch("{ clicked: m }")),
        ...sequence("by-total", branch("{ score: { from: 1 } }")),
      },
      script: [GO, afterMail("3570s", "email.clicked")],
      until: "2026-01-05T12:00:00Z",
    });
    expect(told(lines, "sequence.ended")).toEqual([
      "01-05 12:00:00 sequence.ended by-click finished",
      "01-05 12:00:00 sequence.ended by-total finished",
    ]);
  });

  test("proves an open, which settles with it", async () => {
    const files = {
      ...house(1, 1),
      ...sequence(
        "reader",
        "enter: [{ event: email.opened, where: { property: inferred, is: true } }]\nreenter: always\nsteps: []",
      ),
    };
    const script = [afterMail("1h", "email.clicked"), afterMail("2h", "email.clicked")];
    expect(await entered(files, script)).toEqual(["01-05 12:01:00 sequence.entered reader"]);
  });
});
