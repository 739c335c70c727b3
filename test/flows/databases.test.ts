import { expect, test } from "vitest";
import { forEachDatabase } from "../database.ts";
import { act, ADA, afterMail, live, sequence, told, type Story } from "./world.ts";

const STORY: Story = {
  files: {
    "config/segments.yaml": `
segments:
  - { segment: lately, title: Lately, when: { did: page.viewed, within: 3d, at_least: 2 } }
`,
    "config/reps.yaml": `
reps: [{ rep: maria, name: Maria, email: maria@acme.example }]
routing: [round_robin]
notices: [{ on: { temperature: hot }, deal: open }]
`,
    ...sequence(
      "cold",
      "track: nurture\nenter: [{ temperature: cold }]\nsteps: [{ send: hello }, { wait: 1d }, { send: again }]",
    ),
    ...sequence(
      "warm",
      `track: nurture
enter: [{ temperature: warm }]
exit: { temperature: hot }
steps:
  - ab: { variants: { a: hello, b: again }, measure: clicked, confidence: 95% }
  - wait_for: { did: page.viewed, where: { property: path, is: /prices } }
    up_to: 2d
    then: [{ notify: owner }, { set: { plan: pro } }]
    else: [{ send: last }]
  - branch:
      - { when: { segment: lately }, steps: [{ end: busy }] }
      - { otherwise: true, steps: [{ end: quiet }] }`,
    ),
  },
  leads: [0, 1, 2, 3].map((n) => ({ ...ADA, email: `${n}@x.example` })),
  script: [0, 1, 2, 3].flatMap((n) => {
    const email = `${n}@x.example`;
    return [
      { ...afterMail("2h", "email.clicked", { properties: { link: 0 } }), email },
      { ...act(`0${6 + n}T11:00:00`, "page.viewed", { path: "/prices" }), email },
      ...(n % 2 === 0 ? [{ ...act(`0${7 + n}T11:00:00`, "page.viewed", { path: "/prices" }), email }] : []),
    ];
  }),
};

forEachDatabase("a story of several leads", (open, { url }) => {
  test("is told by the same lines whatever keeps it", async () => {
    const lines = await live({ ...STORY, databaseUrl: url(await open()) });
    expect(lines).toEqual(await live(STORY));
    expect(told(lines, "sequence.ended", "rep.notified", "deal.opened")).toEqual([
      "01-05 12:01:00 sequence.ended cold moved",
      "01-05 12:01:00 sequence.ended cold moved",
      "01-05 12:01:00 sequence.ended cold moved",
      "01-05 12:01:00 sequence.ended cold moved",
      "01-06 11:00:00 sequence.ended warm quiet",
      "01-06 11:00:00 rep.notified maria sequence",
      "01-07 11:00:00 deal.opened",
      "01-07 11:00:00 rep.notified maria hot",
      "01-07 11:00:00 sequence.ended warm quiet",
      "01-07 11:00:00 rep.notified maria sequence",
      "01-07 12:01:00 sequence.ended warm quiet",
      "01-07 12:01:00 sequence.ended warm quiet",
      "01-09 11:00:00 deal.opened",
      "01-09 11:00:00 rep.notified maria hot",
    ]);
  });
});
