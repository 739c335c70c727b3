import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openDatabase } from "../../src/db/open.io.ts";
import { DAY, parseInstant, type Instant } from "../../src/instant.ts";
import { inOneView, planOf } from "../../src/planning/plan.run.ts";
import type { Plan } from "../../src/planning/plan.ts";
import { readScriptLine, type ScriptLine } from "../../src/planning/script.ts";
import { simulate } from "../../src/planning/simulate.run.ts";
import type { Happening } from "../../src/lifecycle/changes.ts";
import { openProgramme } from "../../src/programme/files.io.ts";
import type { InFlight } from "../../src/programme/programme.ts";
import { successor } from "../../src/programme/successor.ts";
import { parseLeadLine } from "../../src/scoring/lines.ts";
import { openWorld } from "../../src/world.ts";
import { compileOnce } from "../compile-once.ts";
import { temporaryFolder } from "../database.ts";
import { mail } from "../flows/world.ts";

const FROM = parseInstant("2026-03-02T00:00:00Z")!;
/** A Tuesday, after three weeks of life. */
export const CHANGE = parseInstant("2026-03-24T10:20:00Z")!;

/** Points that fade, two reps with regions, a window, caps, a track. */
export const COMPANY: Readonly<Record<string, string>> = {
  "config/kindling.yaml": `company: { name: Acme, address: 1 Main Street, timezone: UTC, country: PT }
mail: { from: ada@acme.example }
windows:
  hours: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00", zone: company }
caps: [ { emails: 2, in: 3d } ]
`,
  "config/reps.yaml": `reps:
  - { rep: maria, name: Maria, email: maria@acme.example, takes: { attribute: region, is: eu } }
  - { rep: sam, name: Sam, email: sam@acme.example }
  - { rep: kim, name: Kim, email: kim@acme.example }
routing: [owner, takes, round_robin]
notices:
  - { on: { temperature: hot }, cooldown: 7d, deal: open }
  - { on: { cooled: { from: hot } }, cooldown: 1d }
`,
  "config/segments.yaml": `segments:
  - { segment: readers, when: { did: page.viewed, within: 10d } }
`,
  "config/scoring/default.yaml": `model: default
thresholds: { warm: 15, hot: 40 }
engagement:
  half_life: 10d
  rules:
    - { rule: pages, on: page.viewed, points: 10 }
    - { rule: clicks, on: email.clicked, points: 12 }
`,
  "config/sequences/warming.yaml": `sequence: warming
title: Warming
track: nurture
enter: [ { temperature: [warm, cold] } ]
reenter: { after: 3d }
exit: [ { temperature: hot } ]
window: hours
steps:
  - wait: 2d
  - { id: first, send: first }
  - wait: 3d
  - branch:
      - when: { clicked: first }
        steps: [ { send: clicked } ]
      - otherwise: true
        steps: [ { send: again } ]
  - wait: 4d
  - { id: last, send: last }
`,
  "config/sequences/handover.yaml": `sequence: handover
title: Handover
track: nurture
enter: [ { temperature: hot } ]
reenter: always
priority: 5
steps:
  - send: hot
  - wait: 3d
  - { notify: owner, note: "Three days after" }
`,
  "templates/first.mjml": mail("First"),
  "templates/again.mjml": mail("Again"),
  "templates/clicked.mjml": mail("Clicked"),
  "templates/last.mjml": mail("Last"),
  "templates/hot.mjml": mail("Hot"),
};

type Files = Readonly<Record<string, string>>;

let folders = 0;

/** The company with these files in place of its own; `""` takes one away. */
export function company(files: Files = {}): { config: string; templates: string } {
  const folder = join(temporaryFolder(), `company-${++folders}`);
  for (const [path, text] of Object.entries({ ...COMPANY, ...files })) {
    if (text === "") continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { config: join(folder, "config"), templates: join(folder, "templates") };
}

async function opened(files: Files) {
  const { config, templates } = company(files);
  return openProgramme(config, templates, compileOnce);
}

async function worldOf(files: Files, from: Instant, databaseUrl: string) {
  const read = await opened(files);
  return openWorld({ config: "", templates: "", opened: read, from, seed: 1, databaseUrl });
}

/** Leads who look around, some of whom click, up to `CHANGE`. */
export async function populate(databaseUrl: string, count = 30): Promise<void> {
  const world = await worldOf({}, FROM, databaseUrl);
  const leads = [];
  const lines: ScriptLine[] = [];
  for (let n = 0; n < count; n++) {
    const email = `lead${n}@x.example`;
    const at = FROM + (n % 19) * DAY + n * 3_600_000;
    const attributes = { region: n % 3 === 0 ? "eu" : "us" };
    leads.push(parseLeadLine(JSON.stringify({ email, at: new Date(at).toISOString(), attributes })));
    for (let act = 0; act < n % 7; act++) {
      const seen = new Date(at + act * (n % 5) * 20 * 3_600_000 + 60_000).toISOString();
      lines.push(readScriptLine({ email, type: "page.viewed", at: seen }) as ScriptLine);
    }
    if (n % 2 === 0) {
      lines.push(
        readScriptLine({ email, on: "message.sent", after: "5h", type: "email.clicked" }) as ScriptLine,
      );
    }
  }
  await simulate(world, { leads, lines, from: FROM, until: CHANGE }, () => {});
  world.clock.jumpTo(CHANGE);
  await world.settle();
  await world.app.close();
}

/** What becomes of it in the seven days from `CHANGE` on, where these files are live. */
export async function week(databaseUrl: string, files: Files = {}): Promise<Happening[]> {
  const world = await worldOf(files, CHANGE, databaseUrl);
  const lines: Happening[] = [];
  await simulateOn(world, lines);
  await world.app.close();
  return lines;
}

async function simulateOn(world: Awaited<ReturnType<typeof openWorld>>, lines: Happening[]): Promise<void> {
  world.listen((happenings) => lines.push(...happenings));
  for (;;) {
    await world.settle();
    const next = await world.nextDue();
    if (next === null || next > CHANGE + 7 * DAY) return;
    world.clock.jumpTo(next);
  }
}

export async function plan(
  databaseUrl: string,
  files: Files,
  inFlight: InFlight = "migrate",
  now: Instant = CHANGE,
  enrolExisting = false,
): Promise<Plan> {
  const live = (await opened({})).programme;
  const { programme } = await opened(files);
  const proposed = successor(live, programme, { inFlight, enrolExisting });
  const db = await openDatabase(databaseUrl, { readonly: true });
  try {
    return await inOneView(db.kysely, (trx) => planOf(trx, { live, proposed, inFlight, now }));
  } finally {
    await db.close();
  }
}

/** Another database with the same rows. */
export function copyOf(databaseUrl: string): string {
  const path = databaseUrl.slice("sqlite:".length);
  const copy = join(temporaryFolder(), `copy-${++folders}.db`);
  copyFileSync(path, copy);
  return `sqlite:${copy}`;
}
