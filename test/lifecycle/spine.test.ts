import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { eventInput, type EventInput } from "../../src/events/input.ts";
import { appendToInbox } from "../../src/events/inbox.store.ts";
import { readLog } from "../../src/events/log.store.ts";
import { HIDDEN } from "../../src/events/verdict.ts";
import { DAY, formatInstant, HOUR, MINUTE, parseInstant } from "../../src/instant.ts";
import { advanceDue } from "../../src/lifecycle/advance.run.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { wholeRecord } from "../../src/lifecycle/export-lead.run.ts";
import { openWorld } from "../../src/world.ts";
import { openModels } from "../../src/programme/files.io.ts";
import { explain } from "../../src/scoring/explain.ts";
import { otherEntries } from "../../src/web/api/timeline.ts";
import { besidesEvents } from "../../src/web/api/timeline.store.ts";
import { viewLead } from "../../src/web/dashboard/lead.run.ts";
import { timelineOf } from "../../src/web/dashboard/timeline.ts";
import { forEachDatabase } from "../database.ts";
import { writeFiles } from "./files.ts";

const FROM = parseInstant("2026-02-02T08:00:00Z")!;
const EMAIL = "ana@acme.example";

const folder = mkdtempSync(join(tmpdir(), "kindling-spine-"));
writeFiles(folder, {
  "config/kindling.yaml": `
company: { name: Acme, address: 1 Main Street }
mail: { from: Ada <ada@acme.example> }
`,
  "config/scoring/default.yaml": `
model: default
thresholds: { warm: 20, hot: 40, cooling: 5 }
marks: { keen: 60 }
fit:
  - criterion: Size
    attribute: employees
    bands: [ { over: 100, points: 8 }, { otherwise: true, points: -2 } ]
engagement:
  half_life: 10d
  rules:
    - { rule: pricing, on: page.viewed, where: { property: path, matches: "/pricing*" }, points: 12, cap: 30 }
    - { rule: demo, on: demo.requested, points: 25, half_life: 20d }
    - { rule: careers, on: page.viewed, where: { property: path, is: /careers }, points: -6 }
    - { rule: clicked, on: email.clicked, points: 5, once_per: day }
inactivity: [ { after: 15d, points: -10 }, { after: 30d, points: -20 } ]
`,
  "config/scoring/large.yaml": `
model: large
applies_to: { attribute: employees, over: 50 }
thresholds: { warm: 10, hot: 30 }
engagement: { rules: [ { rule: any, on: page.viewed, points: 4, half_life: 5d } ] }
`,
  "config/segments.yaml": `
segments:
  - segment: browsing
    title: Looked at pages lately
    when: { did: page.viewed, within: 3d, at_least: 2 }
`,
});

const worlds: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

/** In memory, or in a database of its own. */
async function openIn(databaseUrl: string | null): ReturnType<typeof openWorld> {
  const opened = await openWorld({
    config: join(folder, "config"),
    templates: join(folder, "templates"),
    from: FROM,
    seed: 1,
    ...(databaseUrl === null ? {} : { databaseUrl }),
  });
  worlds.push({ close: () => opened.app.close() });
  return opened;
}

type World = Awaited<ReturnType<typeof openIn>>;

/** Hands events over as one call and folds them. */
async function happen({ spine }: World, at: number, ...inputs: EventInput[]): Promise<void> {
  await spine.db.unit((trx) =>
    appendToInbox(trx, [{ to: { email: EMAIL }, at, live: true, create: "yes", inputs }]),
  );
  await drain(spine);
}

/** All that stands about the one lead, in a form that can be compared. */
async function standing({ spine }: World) {
  const db = spine.db.kysely;
  const [state] = await db.selectFrom("lead_state").selectAll().execute();
  const scores = await db.selectFrom("scores").selectAll().orderBy("model").execute();
  const history = await db
    .selectFrom("score_history")
    .select(["model", "at", "kind", "mark", "from_state", "to_state", "cause", "event", "total"])
    .where("kind", "in", ["temperature", "mark"])
    .orderBy("model")
    .orderBy("at")
    .orderBy("place")
    .execute();
  const segments = await db.selectFrom("segment_members").select("segment").execute();
  const [lead] = await db.selectFrom("leads").select(["attributes", "stage"]).execute();
  const { models, acted, acts, segments: remembered } = JSON.parse(state!.state) as Record<string, unknown>;
  return { models, acted, acts, remembered, dueAt: state!.due_at, scores, history, segments, lead };
}

// Of one instant the log's order is that of arrival, so that two acts share none.
const acts = fc.uniqueArray(
  fc.record({
    after: fc.integer({ min: 0, max: 40 * DAY }),
    what: fc.constantFrom("pricing", "careers", "demo", "grow", "shrink"),
    counted: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12, selector: (act) => act.after },
);

function inputOf(act: { what: string; counted: boolean }, at: number): EventInput {
  const verdict = act.counted ? "human" : "scanner";
  switch (act.what) {
    case "demo":
      return eventInput("demo.requested", "lead", {}, { at, verdict });
    case "grow":
    case "shrink":
      return eventInput(
        "lead.updated",
        "system",
        { attributes: { employees: act.what === "grow" ? 200 : 10 } },
        { at },
      );
    default:
      return eventInput("page.viewed", "lead", { path: `/${act.what}` }, { at, verdict });
  }
}

function created(at: number): EventInput {
  return eventInput("lead.created", "system", { attributes: { employees: 120 } }, { at });
}

const END = FROM + 60 * DAY;

forEachDatabase("what a lead has become", (open, { kind, url }) => {
  const world = async () => openIn(kind === "sqlite" ? null : url(await open()));
  // A PostgreSQL of its own for every world takes its time.
  const numRuns = kind === "sqlite" ? 12 : 3;

  test("is the same however often the jobs ran in between", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(acts, fc.integer({ min: 1, max: 9 }), async (script, every) => {
        const timeline = script.map((act) => ({ ...act, at: FROM + act.after })).sort((a, b) => a.at - b.at);
        const often = await world();
        const seldom = await world();
        for (const one of [often, seldom]) {
          await happen(one, FROM, created(FROM));
          let looked = FROM;
          for (const act of timeline) {
            for (; one === often && looked < act.at; looked += every * 7 * HOUR) {
              one.clock.jumpTo(looked);
              await advanceDue(one.spine);
            }
            one.clock.jumpTo(act.at);
            await happen(one, act.at, inputOf(act, act.at));
          }
          one.clock.jumpTo(END);
          await advanceDue(one.spine);
        }
        expect(await history(often)).toEqual(await history(seldom));
      }),
      { numRuns },
    );
  });

  test("is the same whether its events came in time or late, and has the score that the log alone gives", async () => {
    await fc.assert(
      fc.asyncProperty(acts, fc.infiniteStream(fc.nat(1000)), async (script, shuffle) => {
        const timeline = script.map((act) => ({ ...act, at: FROM + act.after })).sort((a, b) => a.at - b.at);
        const inTime = await world();
        await happen(inTime, FROM, created(FROM));
        for (const act of timeline) {
          inTime.clock.jumpTo(act.at);
          await happen(inTime, act.at, inputOf(act, act.at));
        }
        const late = await world();
        await happen(late, FROM, created(FROM));
        late.clock.jumpTo(END - DAY);
        const keyed = timeline.map((act) => ({ act, key: shuffle.next().value as number }));
        for (const { act } of keyed.sort((a, b) => a.key - b.key)) {
          await happen(late, late.clock.now(), inputOf(act, act.at));
        }
        for (const one of [inTime, late]) {
          one.clock.jumpTo(END);
          await advanceDue(one.spine);
        }
        expect(await history(late)).toEqual(await history(inTime));
        await agreesWithTheLog(late);
      }),
      { numRuns },
    );
  }, 60_000);

  test("forgets a burst: three links within two seconds end as if nobody had clicked", async () => {
    const one = await world();
    await happen(one, FROM, created(FROM));
    const before = await standing(one);
    const message = await sentMail(one, 3);
    for (const link of [0, 1, 2]) {
      one.clock.jumpTo(FROM + MINUTE + link * 700);
      await happen(one, one.clock.now(), clickOn(message, link));
    }
    const log = await readLog(one.spine.db.kysely, [1]);
    const clicks = log.get(1)!.filter(({ type }) => type === "email.clicked" || type === "email.opened");
    expect(clicks.map(({ type, verdict }) => [type, verdict])).toEqual([
      ["email.clicked", "scanner"],
      ["email.opened", "scanner"],
      ["email.clicked", "scanner"],
      ["email.clicked", "scanner"],
    ]);
    expect((await standing(one)).scores.map(({ total }) => total)).toEqual(
      before.scores.map(({ total }) => total),
    );
    await agreesWithTheLog(one);
  });

  test("shows what a machine made of the score and that it was taken back, and counts it no more", async () => {
    const one = await world();
    await happen(one, FROM, created(FROM));
    const acts = ["demo", "careers", "pricing"].map((what) => inputOf({ what, counted: true }, FROM + 1));
    await happen(one, FROM + 1, ...acts);
    const before = await history(one);
    const message = await sentMail(one, 2);
    const [clicked, trapped] = [FROM + MINUTE, FROM + 8 * MINUTE];
    one.clock.jumpTo(clicked);
    await happen(one, clicked, clickOn(message, 0));
    expect((await standing(one)).scores).toMatchObject([{ temperature: "hot" }, {}]);
    one.clock.jumpTo(trapped);
    await happen(one, trapped, clickOn(message, HIDDEN));
    expect(await history(one)).toEqual(before);

    const taken = { model: "default", from: "warm", to: "hot", event: "email.clicked", revised: true };
    const back = { model: "default", from: "hot", to: "warm", cause: "event", revised: true };
    const timeline = async () =>
      otherEntries(await besidesEvents(one.spine.db.kysely, 1))
        .map(({ line }) => line)
        .filter(({ model, revised }) => model === "default" && revised);
    expect(await timeline()).toMatchObject([
      { ...taken, at: formatInstant(clicked), what: "score.withdrawn" },
      { ...back, at: formatInstant(trapped), what: "score.revised" },
    ]);
    expect((await wholeRecord(one.spine, EMAIL))!["score_history"]).toMatchObject([
      ...before.rows
        .filter(({ at }) => at < clicked)
        .map(({ at }) => ({ at: formatInstant(at), revised: 0 })),
      { kind: "withdrawn", at: formatInstant(clicked), to_state: "hot", revised: 1 },
      { kind: "revision", at: formatInstant(trapped), to_state: "warm", revised: 1 },
    ]);
    const page = timelineOf((await viewLead(one.spine, EMAIL))!, formatInstant).map(({ words, detail }) => [
      words,
      detail,
    ]);
    expect(page).toContainEqual([
      "Turned hot at 43",
      "by email.clicked · default · taken back later: by what is known now it was not so",
    ]);
    expect(page).toContainEqual(["Turned warm at 38", "as the past was computed again · default"]);

    // What comes late afterwards neither loses these lines nor tells them twice.
    await happen(one, trapped, eventInput("page.viewed", "lead", { path: "/" }, { at: FROM + 2 }));
    expect(await timeline()).toHaveLength(2);
  });
});

/** Crossings and scores, without what depends on when a pass looked. */
async function history(one: World) {
  const { history: rows, scores, segments, lead } = await standing(one);
  return {
    rows: rows.map(({ total: _total, ...row }) => row),
    temperatures: scores.map(({ model, temperature }) => [model, temperature]),
    segments,
    lead: lead!.attributes,
  };
}

/** The state that was folded event by event is the score that `kindling score` gives for the same log. */
async function agreesWithTheLog(one: World): Promise<void> {
  const { models } = await openModels(join(folder, "config"));
  const log = (await readLog(one.spine.db.kysely, [1])).get(1)!;
  const first = log.find(({ type }) => type === "lead.created")!;
  const attributes = first.properties["attributes"] as Record<string, number>;
  const rows = await one.spine.db.kysely.selectFrom("scores").selectAll().execute();
  for (const model of models) {
    const row = rows.find((candidate) => candidate.model === model.name);
    const told = explain(
      model,
      { created: { at: first.at, attributes }, events: log },
      row?.at ?? one.clock.now(),
    );
    expect(row && { total: row.total, temperature: row.temperature }).toEqual(
      told ? { total: told.total, temperature: told.temperature } : undefined,
    );
  }
}

/** A mail that has gone out, as tracking finds it. */
async function sentMail({ spine }: World, links: number): Promise<number> {
  await spine.db.kysely
    .insertInto("messages")
    .values({
      id: 900,
      message_key: "by hand",
      kind: "sequence",
      lead_id: 1,
      recipient: EMAIL,
      template: "by-hand",
      state: "sent",
      queued_at: FROM,
      due_at: FROM,
      sent_at: FROM,
      done_at: FROM,
      priority: 0,
      domain: "acme.example",
      attempt: 1,
      tries: 0,
      hits: JSON.stringify({ links, list: [] }),
      programme: "",
    })
    .execute();
  return 900;
}

function clickOn(message: number, link: number): EventInput {
  return eventInput("email.clicked", "lead", { link }, { message, hit: { kind: "click", link, from: null } });
}
