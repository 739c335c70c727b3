import { expect, test } from "vitest";
import { act, ADA, afterMail, live, mail, sequence, told } from "./world.ts";

const BEN = { email: "ben@x.example", at: ADA.at };
const COMPANY = `company: { name: Acme, address: 1 Main Street, timezone: UTC }
mail: { from: ada@acme.example }
`;
const SENDS = ["message.sent", "message.deferred"];

test("of one instant, what time did comes before what events did, then by email; until is included", async () => {
  const lines = await live({
    files: sequence("s", "enter: [{ event: go.now }]\nsteps: [{ wait: 1d }, { send: hello }]"),
    leads: [ADA, BEN],
    script: [
      { ...act("06T21:00:00", "go.now"), email: BEN.email },
      act("06T21:00:00", "go.now"),
      { ...act("07T21:00:00", "page.viewed"), email: BEN.email },
      act("07T21:00:00", "page.viewed"),
    ],
    until: "2026-01-07T21:00:00Z",
  });
  const last = lines.filter(({ at }) => at === "2026-01-07T21:00:00.000Z");
  const each = (whats: string[]) =>
    [ADA.email, BEN.email].flatMap((email) => whats.map((what) => [email, what]));
  expect(last.map(({ email, what }) => [email, what])).toEqual([
    ...each(["sequence.step", "message.sent", "sequence.ended"]),
    ...each(["event", "score.crossed"]),
  ]);
});

test("a lead is made before what it does at the same instant", async () => {
  const lines = await live({ script: [act("05T10:00:00", "page.viewed")] });
  expect(told(lines)).toEqual([
    "01-05 10:00:00 lead.created",
    "01-05 10:00:00 event page.viewed",
    "01-05 10:00:00 score.crossed cold warm",
  ]);
});

test("a line of reaction fires once, for the first mail that fits", async () => {
  const lines = await live({
    files: sequence(
      "s",
      "enter: [{ event: go.now }]\nsteps: [{ send: hello }, { wait: 1d }, { send: again }, { wait: 1d }, { send: again }]",
    ),
    script: [act("06T10:00:00", "go.now"), afterMail("2h", "email.replied", { template: "again" })],
  });
  expect(told(lines, "event")).toEqual(["01-06 10:00:00 event go.now", "01-07 12:00:00 event email.replied"]);
});

test("mails that the script only tells of are told apart, and a click on one proves its open", async () => {
  const score = `model: default
thresholds: { warm: 10, hot: 20 }
engagement:
  rules:
    - { rule: opens, on: email.opened, points: 5, once_per: message }
    - { rule: clicks, on: email.clicked, points: 5, once_per: message }
`;
  const lines = await live({
    files: { "config/scoring/default.yaml": score },
    script: [
      act("05T11:00:00", "email.opened", {}, { message: "m1" }),
      act("05T12:00:00", "email.opened", {}, { message: "m1" }),
      act("05T13:00:00", "email.clicked", {}, { message: "m1" }),
      act("05T14:00:00", "email.clicked", {}, { message: "m2" }),
    ],
  });
  expect(told(lines, "score.crossed")).toEqual([
    "01-05 13:00:00 score.crossed cold warm",
    "01-05 14:00:00 score.crossed warm hot",
  ]);
});

test("a rep's answer in the script is told, and acts", async () => {
  const lines = await live({
    files: {
      "config/reps.yaml": `reps: [{ rep: maria, name: Maria, email: maria@acme.example }]
notices: [{ on: { temperature: hot } }]
`,
      ...sequence("s", "enter: [{ temperature: hot }]\nsteps: [{ wait: 9d }]"),
    },
    script: [
      ...["06T10:00:00", "06T10:00:01", "06T10:00:02"].map((at) => act(at, "page.viewed")),
      {
        email: ADA.email,
        on: "rep.notified",
        after: "1h",
        type: "notice.answered",
        actor: "rep",
        properties: { answer: "not_a_fit" },
      },
    ],
  });
  expect(told(lines).slice(-3)).toEqual([
    "01-06 10:00:02 rep.notified maria hot",
    "01-06 11:00:02 event notice.answered",
    "01-06 11:00:02 sequence.ended s exited",
  ]);
});

test("a rep is told once within the cooldown, and a deal that is open is not opened again", async () => {
  const lines = await live({
    files: {
      "config/reps.yaml": `reps: [{ rep: maria, name: Maria, email: maria@acme.example }]
notices: [{ on: { temperature: hot }, cooldown: 7d, deal: open }]
`,
      "config/scoring/default.yaml": `model: default
thresholds: { warm: 10, hot: 30 }
engagement: { half_life: 1d, rules: [{ rule: pages, on: page.viewed, points: 40 }] }
`,
    },
    script: ["06T10:00:00", "09T10:00:00", "13T10:00:00"].map((at) => act(at, "page.viewed")),
  });
  expect(told(lines, "rep.notified", "deal.opened")).toEqual([
    "01-06 10:00:00 deal.opened",
    "01-06 10:00:00 rep.notified maria hot",
    "01-13 10:00:00 rep.notified maria hot",
  ]);
});

test("a mail that is put off meets the whole gate again when its time has come", async () => {
  const lines = await live({
    files: {
      "config/kindling.yaml": `${COMPANY}caps: [{ emails: 1, in: 36h }]
windows: { office: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00", zone: lead } }
`,
      ...sequence(
        "s",
        "enter: [{ event: go.now }]\nwindow: office\nsteps: [{ send: hello }, { send: again }]",
      ),
    },
    script: [act("06T10:00:00", "go.now")],
  });
  expect(told(lines, ...SENDS)).toEqual([
    "01-06 10:00:00 message.sent hello",
    "01-06 10:00:00 message.deferred cap 01-07 22:00:00",
    "01-07 22:00:00 message.deferred window 01-08 09:00:00",
    "01-08 09:00:00 message.sent again",
  ]);
});

test("mail leaves in the lead's own office hours; a country of several zones and its closing time count as outside", async () => {
  const lines = await live({
    files: {
      "config/kindling.yaml": `${COMPANY}windows:
  office: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00", zone: lead, holidays: lead }
`,
      ...sequence("s", "enter: [{ event: go.now }]\nwindow: office\nsteps: [{ send: hello }]"),
    },
    leads: [{ country: "US" }, { country: "US", timezone: "America/New_York" }, { country: "JP" }, {}].map(
      (attributes, n) => ({ ...ADA, email: `${n}@x.example`, attributes }),
    ),
    script: [0, 1, 2, 3].map((n) => ({ ...act("16T17:00:00", "go.now"), email: `${n}@x.example` })),
  });
  // Monday the 19th is a holiday in the United States, whatever the zone.
  expect(
    lines.filter(({ what }) => what === "message.sent").map(({ email, at }) => `${email} ${at.slice(5, 16)}`),
  ).toEqual([
    "1@x.example 01-16T17:00",
    "2@x.example 01-19T00:00",
    "3@x.example 01-19T09:00",
    "0@x.example 01-20T09:00",
  ]);
});

test("a local time that the clocks leave out is the first instant after the gap; one that comes twice, the earlier", async () => {
  const files = {
    "config/kindling.yaml": `${COMPANY}windows:
  lisbon: { days: [mon, tue, wed, thu, fri, sat, sun], from: "00:00", to: "24:00", zone: Europe/Lisbon }
`,
    ...sequence(
      "s",
      `enter: [{ event: go.now }]
reenter: always
window: lisbon
steps: [{ wait: { until: "sunday 01:30" } }, { send: hello }, { wait: { until: "01:30" } }, { send: again }]`,
    ),
  };
  const go = (at: string) => ({ email: ADA.email, type: "go.now", at });
  const lines = await live({
    files,
    script: [go("2026-03-28T12:00:00Z"), go("2026-10-24T12:00:00Z")],
    until: "2026-11-10T00:00:00Z",
  });
  expect(told(lines, "message.sent")).toEqual([
    "03-29 01:00:00 message.sent hello",
    "03-30 00:30:00 message.sent again",
    "10-25 00:30:00 message.sent hello",
    "10-26 01:30:00 message.sent again",
  ]);
});

test("the same input gives the same lines", async () => {
  const story = {
    files: {
      "templates/hello.mjml": mail("Hello", { links: 2 }),
      ...sequence(
        "s",
        "enter: [{ temperature: cold }]\nsteps: [{ send: hello }, { wait: 1d }, { send: again }]",
      ),
    },
    leads: Array.from({ length: 20 }, (_, n) => ({ ...ADA, email: `${n}@x.example` })),
    script: Array.from({ length: 20 }, (_, n) => ({
      ...afterMail("1h", "email.clicked"),
      email: `${n}@x.example`,
    })),
  };
  expect(await live(story)).toEqual(await live(story));
});
