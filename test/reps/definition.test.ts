import { describe, expect, test } from "vitest";
import { NO_REPS, readReps } from "../../src/reps/file.ts";
import { DAY, HOUR } from "../../src/instant.ts";
import { lines, sourceOf } from "../config/read.ts";

const read = (text: string) => readReps(sourceOf("r.yaml", text));
const mistakes = (text: string) => lines(read(text).problems).map((line) => line.replace("r.yaml:", ""));
const REP = "reps: [{ rep: maria, name: Maria, email: maria@acme.example }]\n";

test("the example of the specification is read whole", () => {
  const { reps, references } = read(`
reps:
  - rep: maria
    name: Maria Silva
    email: maria@acme.example
    timezone: Europe/Lisbon
    takes: { attribute: region, in: [eu] }
  - rep: sam
    name: Sam Lee
    email: sam@acme.example
    away: [{ from: 2026-12-20, to: 2027-01-02 }]
routing: [owner, takes, round_robin]
notices:
  - on: { temperature: hot }          # or { reached: MARK }, { cooled: … }, { did: … }
    cooldown: 7d
    deal: open
    escalate: { after: 4h, window: business-hours, to: next }
  - on: { did: email.replied }
digest: { at: "08:00", days: [mon, tue, wed, thu, fri] }
channels:
  chat: { url_env: CHAT_WEBHOOK_URL }
`);
  expect(reps).toEqual({
    reps: [
      {
        rep: "maria",
        name: "Maria Silva",
        email: "maria@acme.example",
        timezone: "Europe/Lisbon",
        takes: { attribute: "region", in: ["eu"] },
        away: [],
      },
      {
        rep: "sam",
        name: "Sam Lee",
        email: "sam@acme.example",
        timezone: null,
        takes: null,
        away: [{ from: "2026-12-20", to: "2027-01-02" }],
      },
    ],
    routing: ["owner", "takes", "round_robin"],
    notices: [
      {
        kind: "hot",
        on: { temperature: ["hot"], model: "default" },
        cooldown: 7 * DAY,
        deal: "open",
        escalate: { after: 4 * HOUR, window: "business-hours", to: "next" },
      },
      {
        kind: "email.replied",
        on: { did: "email.replied", where: null },
        cooldown: null,
        deal: null,
        escalate: null,
      },
    ],
    digest: { at: "08:00", days: ["mon", "tue", "wed", "thu", "fri"] },
    channels: { chat: { urlEnv: "CHAT_WEBHOOK_URL" } },
  });
  expect(references.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    "attribute region",
    "model default",
    "window business-hours",
    "event email.replied",
  ]);
});

test("an empty file tells nobody of anything", () => {
  expect(read("# later").reps).toEqual(NO_REPS);
});

test("each notice has a kind of its own, so that one does not use up another's cooldown", () => {
  const { reps } = read(`${REP}notices:
  - on: { temperature: hot }
  - on: { temperature: hot, model: b2b }
  - on: { temperature: [warm, hot] }
  - on: { cooled: { from: hot } }
  - on: { reached: invite }
  - on: { did: page.viewed, where: { property: path, is: /a } }
  - on: { did: page.viewed, where: { property: path, is: /b } }
`);
  expect(reps!.notices.map(({ kind }) => kind)).toEqual([
    "hot",
    "b2b:hot",
    "warm-hot",
    "cooled",
    "invite",
    "page.viewed",
    "page.viewed-2",
  ]);
});

describe("mistakes in reps.yaml", () => {
  test.each([
    [
      "an address that is none",
      "reps: [{ rep: maria, name: Maria, email: maria@acme }]\n",
      ['1:42: "maria@acme" is no email address'],
    ],
    [
      "a rep twice",
      "reps:\n  - { rep: a, name: A, email: a@b.example }\n  - { rep: a, name: B, email: b@b.example }\n",
      ['3:12: there is a rep "a" already, on line 2'],
    ],
    [
      "a rep called next",
      "reps: [{ rep: next, name: A, email: a@b.example }]\n",
      ['1:15: "next" has a meaning of its own and names no rep'],
    ],
    [
      "a holiday that ends before it begins",
      "reps: [{ rep: a, name: A, email: a@b.example, away: [{ from: 2026-12-20, to: 2026-12-02 }] }]\n",
      ["1:78: 2026-12-02 is before 2026-12-20"],
    ],
    [
      "a day that does not exist",
      "reps: [{ rep: a, name: A, email: a@b.example, away: [{ from: 2026-02-30, to: 2026-12-02 }] }]\n",
      ['1:62: "2026-02-30" is no day (like 2026-12-20)'],
    ],
    [
      "a way of routing that is none",
      "routing: [owner, roundrobin]\n",
      ['1:18: "roundrobin" is not one of owner, takes, round_robin (did you mean "round_robin"?)'],
    ],
    [
      "takes by temperature",
      "reps: [{ rep: a, name: A, email: a@b.example, takes: { temperature: hot } }]\n",
      ["1:54: expected one of attribute, all, any, not, found temperature"],
    ],
    ["a notice of nothing", `${REP}notices: [{ cooldown: 7d }]\n`, ['2:11: "on" is missing']],
    [
      "a misspelt temperature",
      `${REP}notices: [{ on: { temperature: hto } }]\n`,
      ['2:32: "hto" is not one of cold, warm, hot (did you mean "hot"?)'],
    ],
    [
      "an address in the file instead of a variable",
      'channels: { chat: { url_env: "https://chat.example/hook" } }\n',
      ["1:30: names an environment variable: CAPITALS, digits and _ (secrets stay out of files)"],
    ],
    [
      "notices without reps",
      "notices: [{ on: { temperature: hot } }]\n",
      ["1:1: warning: there is no rep to tell"],
    ],
  ])("%s", (_, text, expected) => {
    expect(mistakes(text)).toEqual(expected);
  });
});
