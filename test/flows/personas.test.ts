import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DAY, parseInstant } from "../../src/instant.ts";
import type { Happening } from "../../src/lifecycle/changes.ts";
import { describeLives } from "../../src/planning/life-words.ts";
import { livePersonas, type KindOfLife } from "../../src/planning/lives.run.ts";
import { openProgramme } from "../../src/programme/files.io.ts";
import { personasPage } from "../../src/web/dashboard/personas-page.tsx";
import { openWorld } from "../../src/world.ts";
import { mail } from "./world.ts";

/** A language school: nothing of what the shipped configuration scores or sends is here. */
const SCHOOL: Readonly<Record<string, string>> = {
  "config/kindling.yaml": `company: { name: Lingua, address: 1 Main Street, timezone: UTC }
mail: { from: ada@lingua.example }
consent: { required: true }
attributes: { market: [schools, firms], seats: number, level: text }
`,
  "config/reps.yaml": `reps: [{ rep: zoe, name: Zoe, email: zoe@lingua.example }]
notices: [{ on: { temperature: hot } }, { on: { temperature: hot, model: firms } }]
`,
  "config/scoring/default.yaml": `model: default
applies_to: { attribute: market, is: schools }
thresholds: { warm: 20, hot: 60 }
fit: [{ criterion: Level, attribute: level, bands: [{ in: [advanced, native], points: 10 }, { otherwise: true, points: 0 }] }]
engagement:
  half_life: 20d
  rules:
    - { rule: lesson, on: lesson.finished, where: { property: unit, from: 3, to: 9 }, points: 9 }
    - { rule: exam, on: exam.booked, points: 40 }
`,
  "config/scoring/firms.yaml": `model: firms
applies_to: { attribute: market, is: firms }
thresholds: { warm: 20, hot: 60 }
fit: [{ criterion: Seats, attribute: seats, bands: [{ over: 100, points: 15 }, { to: 100, points: 2 }] }]
engagement: { half_life: 20d, rules: [{ rule: quote, on: quote.opened, points: 12 }] }
`,
  "config/sequences/lessons.yaml": `sequence: lessons
enter: [{ temperature: cold }, { temperature: cold, model: firms }]
holdout: 10%
goal: { did: exam.booked }
steps:
  - send: hello
  - wait: 5d
  - ab: { variants: { a: again, b: last }, measure: clicked, confidence: 95% }
`,
  "templates/hello.mjml": mail("Hello", { links: 0 }),
  "templates/again.mjml": mail("Again", { links: 3 }),
  "templates/last.mjml": mail("Last", { links: 2 }),
};

const FROM = parseInstant("2026-03-02")!;
const UNTIL = FROM + 90 * DAY;

describe("personas", () => {
  let folder: string;
  let lines: Happening[];
  let kinds: KindOfLife[];

  async function liveThrough(seed: number) {
    const config = join(folder, "config");
    const templates = join(folder, "templates");
    const opened = await openProgramme(config, templates);
    const world = await openWorld({ config, templates, opened, from: FROM, seed });
    const told: Happening[] = [];
    try {
      const options = { files: opened.files, each: 6, from: FROM, until: UNTIL, seed };
      return { told, lived: await livePersonas(world, options, (line) => told.push(line)) };
    } finally {
      await world.app.close();
    }
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kindling-personas-"));
    for (const [path, text] of Object.entries(SCHOOL)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    ({ told: lines, lived: kinds } = await liveThrough(1));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const kind = (persona: string) => kinds.find((one) => one.persona === persona)!;
  const happen = (persona: string, what: string) =>
    kind(persona).lives.flatMap(({ facts }) => facts.filter((fact) => fact.kind === what));

  test("do what one's own models score, and are the leads that each model is for", () => {
    const types = new Set(lines.filter(({ what }) => what === "event").map((line) => line["type"]));
    expect([...types]).toEqual(expect.arrayContaining(["lesson.finished", "exam.booked", "quote.opened"]));
    expect(types).not.toContain("demo.requested");
    const models = new Set(happen("keen", "crossing").map(({ line }) => line["model"]));
    expect(models).toEqual(new Set(["default", "firms"]));
    for (const { lives } of kinds) {
      for (const { lead } of lives) expect(Object.keys(lead.attributes)).not.toContain("employees");
    }
  });

  test("differ as their kinds do: the keen turn hot and reps hear of it, and a bot never warms up", () => {
    expect(happen("keen", "notice").length).toBeGreaterThan(0);
    expect(happen("keen", "dropped")).toEqual([]);
    expect(happen("gone", "dropped").map(({ line }) => line["reason"])).toContain("no_consent");
    expect(happen("keen", "mail").length).toBeGreaterThan(6);
    expect(happen("bot", "mail").length).toBeGreaterThan(4);
    expect(happen("bot", "crossing")).toEqual([]);
    const acts = (persona: string) => kind(persona).lives.reduce((sum, life) => sum + life.acts.length, 0);
    expect(acts("gone")).toBeLessThan(acts("keen") / 3);
  });

  test("click no link that their mail does not have: that would make machines of people", () => {
    const people = kinds.filter(({ persona }) => persona !== "bot").flatMap(({ lives }) => lives);
    const links = people.flatMap(({ acts }) => acts.flatMap((line) => line["link"] ?? []));
    expect(links.length).toBeGreaterThan(3);
    expect(Math.max(...links.map(Number))).toBeLessThanOrEqual(2);
  });

  test("are told as a calendar, a curve and where each leaves; the same for the same seed", async () => {
    const text = describeLives(kinds, FROM, UNTIL).join("\n");
    expect(text).toContain("KEEN: fits well");
    expect(text).toMatch(/ {2}6 leads: \d+ turn warm, \d+ hot; \d+ to \d+ mails each/);
    expect(text).toMatch(/lessons: 6 enter, .*\d (goal|finished)/);
    expect(text).toMatch(
      /day +\d+ {2}2026-03-0\d +\d\d:\d\d {2}comes in\n +\d\d:\d\d {2}mail {5}hello {2}“Hello”/,
    );
    expect(text).toMatch(/(default|firms) {2}[▁▂▃▄▅▆▇█ ]{60} {2}highest \d+, in the end \d+/);
    const span = { title: "90 days", from: FROM, until: UNTIL };
    const page = await personasPage(kinds, span);
    expect(page).toContain("<svg");
    expect(page).not.toMatch(/<script|(?:src|href)="(?!#)/);
    const again = await liveThrough(1);
    expect(again.told).toEqual(lines);
    expect(await personasPage(again.lived, span)).toBe(page);
    expect((await liveThrough(2)).told).not.toEqual(lines);
  });
});
