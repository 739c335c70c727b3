import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { score } from "../../src/commands/score.ts";
import { InputError } from "../../src/config/problems.ts";

const MODEL = `
model: default
thresholds: { warm: 25, hot: 50, cooling: 5 }
fit:
  - criterion: Authority
    attribute: authority
    bands: [{ is: owner, points: 10 }, { otherwise: true, points: -1 }]
engagement:
  half_life: 30d
  rules:
    - { rule: pricing, on: page.viewed, where: { property: path, matches: "/pricing*" }, points: 20, cap: 40 }
inactivity: [{ after: 60d, points: -10 }]
`;

let root: string;
let folder: string;
let next = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "kindling-score-"));
});

afterAll(() => rm(root, { recursive: true }));

beforeEach(async () => {
  folder = join(root, String(next++));
  await mkdir(join(folder, "config/scoring"), { recursive: true });
  await writeFile(join(folder, "config/scoring/default.yaml"), MODEL);
});

const jsonLines = (lines: unknown[]) =>
  lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");

async function run(
  leads: unknown[],
  events: unknown[],
  more: { at?: string; json?: boolean } = {},
): Promise<string> {
  await writeFile(join(folder, "leads.jsonl"), jsonLines(leads));
  await writeFile(join(folder, "events.jsonl"), jsonLines(events));
  const options = {
    config: join(folder, "config"),
    leads: join(folder, "leads.jsonl"),
    events: join(folder, "events.jsonl"),
    at: more.at ?? "2026-02-02T00:00:00Z",
    json: more.json ?? true,
  };
  let out = "";
  await score(options, { stdout: (text) => (out += text) });
  return out;
}

async function scores(leads: unknown[], events: unknown[], at?: string) {
  const out = await run(leads, events, { at });
  return out
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function refusal(leads: unknown[], events: unknown[], at?: string): Promise<string> {
  let out = "";
  try {
    out = await run(leads, events, { at });
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message.replaceAll(`${folder}/`, "");
  }
  throw new Error(`was accepted: ${out}`);
}

const ada = {
  email: "ada@b.example",
  at: "2026-01-01T00:00:00Z",
  attributes: { authority: "owner", employees: 120 },
};
const pricing = (at: string, more: object = {}) => ({
  email: "ada@b.example",
  type: "page.viewed",
  at,
  properties: { path: "/pricing" },
  ...more,
});

describe("kindling score --json", () => {
  test("prints a line a lead, as the contract has it", async () => {
    const events = [pricing("2026-01-03T00:00:00Z"), pricing("2026-01-03T00:00:00Z", { message: "m1" })];
    const fall = Math.ceil(Date.UTC(2026, 0, 3) + Math.log2(40 / 35) * 30 * 86_400_000);
    // Inactivity takes its ten points just when the visits alone would reach 20.
    const cold = Date.UTC(2026, 0, 3) + 60 * 86_400_000;
    expect(await run([ada], events)).toBe(
      `${JSON.stringify({
        email: "ada@b.example",
        model: "default",
        at: "2026-02-02T00:00:00.000Z",
        total: 30,
        raw: 30,
        temperature: "warm",
        next_crossing_at: new Date(cold).toISOString(),
        next_temperature: "cold",
        parts: [
          { part: "fit", name: "Authority", points: 10 },
          { part: "engagement", name: "pricing", points: 20 },
          { part: "clamp", points: 0 },
        ],
        crossings: [
          { at: "2026-01-03T00:00:00.000Z", from: "cold", to: "warm", cause: "event", event: "page.viewed" },
          { at: "2026-01-03T00:00:00.000Z", from: "warm", to: "hot", cause: "event", event: "page.viewed" },
          { at: new Date(fall).toISOString(), from: "hot", to: "warm", cause: "time", event: null },
        ],
      })}\n`,
    );
  });

  test("orders by the leads file, then by first appearance, and folds each log by instant and line", async () => {
    const events = [
      { email: "new@b.example", type: "page.viewed", at: "2026-01-05T00:00:00Z" },
      pricing("2026-01-04T00:00:00Z"),
      {
        email: " ADA@b.example ",
        type: "page.viewed",
        at: "2026-01-02T00:00:00Z",
        properties: { path: "/PRICING" },
      },
      { email: "bob@b.example", type: "page.viewed", at: "2026-01-02T00:00:00Z" },
    ];
    const lines = await scores([{ ...ada, email: "bob@b.example" }, ada], events);
    expect(lines.map(({ email }) => email)).toEqual(["bob@b.example", "ada@b.example", "new@b.example"]);
    expect(lines[1]!["crossings"]).toMatchObject([{ at: "2026-01-02T00:00:00.000Z", to: "warm" }]);
  });

  test("lets a lead without a line begin at its first event, without attributes", async () => {
    const events = [pricing("2026-01-10T00:00:00Z"), pricing("2026-01-09T00:00:00Z", { type: "a.b" })];
    const [line] = await scores([], events, "2026-01-10T00:00:00Z");
    expect(line).toMatchObject({ total: 19, temperature: "cold" });
    expect(await scores([], events, "2026-01-09T00:00:00Z")).toMatchObject([{ raw: -1 }]);
    expect(await scores([], events, "2026-01-08T00:00:00Z")).toEqual([]);
  });

  test("leaves out what happened after --at, and leads that had not begun", async () => {
    const later = { ...ada, email: "later@b.example", at: "2026-03-01T00:00:00Z" };
    const events = [
      pricing("2026-02-02T00:00:00.001Z"),
      { ...pricing("2026-02-03T00:00:00Z"), email: "x@b.example" },
    ];
    const lines = await scores([later, ada], events);
    expect(lines.map(({ email, total }) => [email, total])).toEqual([["ada@b.example", 10]]);
  });

  test("counts people only, and takes the actor for the lead where none is said", async () => {
    const events = [
      pricing("2026-01-02T00:00:00Z", { verdict: "scanner" }),
      pricing("2026-01-02T00:00:00Z", { verdict: "prefetch" }),
      pricing("2026-01-02T00:00:00Z", { verdict: "proxy", actor: "rep" }),
    ];
    const [line] = await scores([ada], events, "2026-03-02T00:00:00Z");
    expect(line!["parts"]).toContainEqual({ part: "inactivity", name: "60d", points: -10 });
    const [other] = await scores(
      [ada],
      [pricing("2026-01-02T00:00:00Z", { actor: null })],
      "2026-03-02T00:00:00Z",
    );
    expect(other!["parts"]).not.toContainEqual({ part: "inactivity", name: "60d", points: -10 });
  });

  test("follows lead.updated", async () => {
    const update = (attributes: object) => ({
      email: "ada@b.example",
      type: "lead.updated",
      at: "2026-01-02T00:00:00Z",
      actor: "system",
      properties: { attributes },
    });
    expect(await scores([ada], [update({ authority: "head" })])).toMatchObject([{ total: 0, raw: -1 }]);
    expect(await scores([ada], [update({ employees: 5 })])).toMatchObject([{ total: 10 }]);
  });

  test("scores with every model that accepts the lead, and tells of marks where there are some", async () => {
    await writeFile(
      join(folder, "config/scoring/eu.yaml"),
      "model: eu\nthresholds: { warm: 25, hot: 50 }\nmarks: { some: 20 }\napplies_to: { attribute: region, is: eu }\nengagement: { rules: [{ rule: r, on: page.viewed, points: 20 }] }\n",
    );
    const eu = { ...ada, email: "eu@b.example", attributes: { region: "EU" } };
    const lines = await scores([eu, ada], [{ ...pricing("2026-01-02T00:00:00Z"), email: "eu@b.example" }]);
    expect(lines.map(({ email, model }) => [email, model])).toEqual([
      ["eu@b.example", "default"],
      ["eu@b.example", "eu"],
      ["ada@b.example", "default"],
    ]);
    expect(lines[1]).toMatchObject({
      reached: ["some"],
      marks: [{ at: "2026-01-02T00:00:00.000Z", mark: "some", from: "left", to: "reached", cause: "event" }],
    });
    expect(lines[0]).not.toHaveProperty("marks");
  });

  test("reads CRLF, a byte order mark, blank lines and a lone U+2028", async () => {
    const text = `\uFEFF${JSON.stringify(ada)}\r\n\r\n{"email":"o@b.example","at":"2026-01-01","attributes":{"note":"a\u2028b"}}\r\n`;
    expect((await scores([text], [])).map(({ email }) => email)).toEqual(["ada@b.example", "o@b.example"]);
  });
});

describe("kindling score without --json", () => {
  test("explains each score in words", async () => {
    expect(
      await run([ada], [pricing("2026-01-03T00:00:00Z"), pricing("2026-01-03T00:00:00Z")], { json: false }),
    ).toBe(
      `ada@b.example  default  30  warm
  Authority       +10  is owner
  pricing         +20  2 events, -20 faded
  2026-01-03T00:00:00.000Z  cold → warm  page.viewed
  2026-01-03T00:00:00.000Z  warm → hot  page.viewed
  2026-01-08T18:42:16.043Z  hot → warm  by time
  2026-03-04T00:00:00.000Z  warm → cold  if nothing happens

`,
    );
  });
});

describe("kindling score refuses, with file and line and nothing printed,", () => {
  test.each([
    ["what is no JSON", "{", "events.jsonl:2:1: is no JSON"],
    ["a list", [], "events.jsonl:2:1: must be a JSON object"],
    ["a missing address", { type: "a.b", at: "2026-01-01" }, '"email" must be an address, but is missing'],
    [
      "an event type in capitals",
      pricing("2026-01-01", { type: "Page Viewed" }),
      '"type" must be lower case',
    ],
    ["an instant without a zone", pricing("2026-01-01T00:00:00"), '"at" must be an instant with a zone'],
    ["a day that does not exist", pricing("2026-02-30"), '"at" must be'],
    [
      "an unknown verdict",
      pricing("2026-01-01", { verdict: "robot" }),
      '"verdict" must be one of human, proxy',
    ],
    ["an unknown actor", pricing("2026-01-01", { actor: "bot" }), '"actor" must be one of lead, rep, system'],
    [
      "properties that are a list",
      pricing("2026-01-01", { properties: [] }),
      '"properties" must be an object',
    ],
    [
      "an attribute that is a list",
      pricing("2026-01-01", { type: "lead.updated", properties: { attributes: { a: [] } } }),
      '"properties.attributes.a" must be text',
    ],
  ])("%s", async (_, line, message) => {
    const said = await refusal([ada], [pricing("2026-01-01"), line, pricing("2026-01-01")]);
    expect(said).toContain("events.jsonl:2");
    expect(said).toContain(message);
    expect(said.split("\n")).toHaveLength(1);
  });

  test("every bad line at once, in leads as well", async () => {
    expect(await refusal([ada, { ...ada, email: "ADA@b.example" }, "x"], [])).toMatch(
      /^leads\.jsonl:2:1: ada@b\.example is on a line above already\nleads\.jsonl:3:1: is no JSON/,
    );
  });

  test("a mistake in the model, an --at that is none, and a file that is not there", async () => {
    expect(await refusal([], [], "yesterday")).toContain("--at must be an instant");
    await writeFile(join(folder, "config/scoring/default.yaml"), "model: default\nthreshold: { warm: 1 }\n");
    expect(await refusal([], [])).toContain("config/scoring/default.yaml:2:1: unknown key");
    const options = { config: folder, leads: join(folder, "none.jsonl"), events: "", at: "2026-01-01" };
    await expect(score(options, { stdout: () => {} })).rejects.toThrow("none.jsonl: there is no such file");
  });
});
