import { describe, expect, test } from "vitest";
import type { Database } from "../../src/db/open.io.ts";
import { eventInput } from "../../src/events/input.ts";
import { DAY, HOUR, MINUTE, formatInstant } from "../../src/instant.ts";
import { adoptAll } from "../../src/lifecycle/adoption.run.ts";
import type { Spine } from "../../src/lifecycle/spine.ts";
import { forEachDatabase } from "../database.ts";
import { act, created, MONDAY, openHouse, programmeOf, REPS } from "../reps/house.ts";

const EMAIL = "ana@acme.example";

const SEGMENTS = `
segments:
  - { segment: active, when: { did: page.viewed, within: 3d } }
  - { segment: keen, when: { did: page.viewed, where: { property: path, matches: "/pricing*" }, at_least: 2, within: 7d } }
  - { segment: quiet, when: { not: { did: page.viewed, within: 3d } } }
  - { segment: hot, when: { temperature: hot } }
  - { segment: big, when: { attribute: employees, over: 100 } }
  - { segment: marias, when: { owner: maria } }
  - { segment: mql, when: { stage: [mql, opportunity] } }
  - { segment: both, when: { all: [ { segment: active }, { segment: later } ] } }
  - { segment: later, when: { segment: keen } }
`;

/** Enters a lead as it grows quiet; so that the log of what happened has the instant. */
const SEQUENCE = `
sequence: wake-up
enter: [ { segment: quiet } ]
reenter: always
steps: [ { wait: 1h } ]
`;

async function programme(segments = SEGMENTS) {
  return programmeOf(REPS, {
    "config/segments.yaml": segments,
    "config/sequences/wake-up.yaml": SEQUENCE,
  });
}

async function house(db: Database) {
  return openHouse(db, await programme());
}

/** The rows of membership: name and since when. */
async function members(spine: Spine): Promise<Record<string, string>> {
  const rows = await spine.db.kysely
    .selectFrom("segment_members")
    .select(["segment", "joined_at"])
    .orderBy("segment")
    .execute();
  return Object.fromEntries(rows.map((row) => [row.segment, formatInstant(row.joined_at)]));
}

async function names(spine: Spine): Promise<string[]> {
  return Object.keys(await members(spine));
}

async function dueAt(spine: Spine): Promise<string | null> {
  const { due_at } = await spine.db.kysely
    .selectFrom("lead_state")
    .select("due_at")
    .executeTakeFirstOrThrow();
  return due_at === null ? null : formatInstant(due_at);
}

const view = (path = "/") => act("page.viewed", { path });
const at = formatInstant;

forEachDatabase("segments", (open) => {
  test("who did something within a time is a member from the act until exactly that time is over", async () => {
    const { arrive, until, spine } = await house(await open());
    await arrive(EMAIL, created({}));
    expect(await names(spine)).toEqual(["quiet"]);
    await until(MONDAY + HOUR);
    await arrive(EMAIL, view());
    expect(await members(spine)).toEqual({ active: at(MONDAY + HOUR) });
    expect(await dueAt(spine)).toBe(at(MONDAY + HOUR + 3 * DAY));
    await until(MONDAY + HOUR + 3 * DAY - 1);
    expect(await names(spine)).toEqual(["active"]);
    await until(MONDAY + HOUR + 3 * DAY);
    expect(await members(spine)).toEqual({ quiet: at(MONDAY + HOUR + 3 * DAY) });
  });

  test("a membership changes at its own instant however late a pass comes by", async () => {
    const { arrive, until, spine, happenings } = await house(await open());
    await arrive(EMAIL, created({}), view());
    await until(MONDAY + 20 * DAY);
    expect(await members(spine)).toEqual({ quiet: at(MONDAY + 3 * DAY) });
    expect(happenings.filter(({ what }) => what === "sequence.entered")).toMatchObject([
      { at: MONDAY + 3 * DAY, sequence: "wake-up" },
    ]);
  });

  test("the second-latest act decides how long at least two lie within the time", async () => {
    const { arrive, until, spine } = await house(await open());
    await arrive(EMAIL, created({}), view("/pricing"));
    await until(MONDAY + 2 * DAY);
    await arrive(EMAIL, view("/pricing/teams"), view("/careers"));
    expect((await members(spine))["keen"]).toBe(at(MONDAY + 2 * DAY));
    await until(MONDAY + 7 * DAY - 1);
    expect(await names(spine)).toContain("keen");
    await until(MONDAY + 7 * DAY);
    expect(await names(spine)).toEqual(["quiet"]);
  });

  test("segments that name segments follow them, whatever their order in the file", async () => {
    const { arrive, until, spine } = await house(await open());
    await arrive(EMAIL, created({}), view("/pricing"), view("/pricing"));
    expect(await names(spine)).toEqual(["active", "both", "keen", "later"]);
    await until(MONDAY + 3 * DAY);
    expect(await names(spine)).toEqual(["keen", "later", "quiet"]);
    await until(MONDAY + 7 * DAY);
    expect(await names(spine)).toEqual(["quiet"]);
  });

  test("attributes, owner, stage and temperature move a lead in and out at once", async () => {
    const { arrive, until, spine } = await house(await open());
    await arrive(EMAIL, created({ employees: 50 }));
    await arrive(EMAIL, eventInput("lead.updated", "system", { attributes: { employees: 500 } }));
    await arrive(EMAIL, { kind: "set", owner: "maria" });
    expect(await names(spine)).toEqual(["big", "marias", "quiet"]);
    await arrive(EMAIL, { kind: "set", owner: null, stage: "mql" });
    expect(await names(spine)).toEqual(["big", "mql", "quiet"]);
    await arrive(EMAIL, act("demo.requested"));
    expect(await names(spine)).toEqual(["big", "hot", "mql", "quiet"]);
    await arrive(EMAIL, eventInput("lead.updated", "system", { attributes: { employees: null } }));
    await until(MONDAY + 60 * DAY);
    expect(await names(spine)).toEqual(["mql", "quiet"]);
  });

  test("a page view that arrives late counts from when it happened", async () => {
    const { arrive, until, spine } = await house(await open());
    await arrive(EMAIL, created({}));
    await until(MONDAY + 2 * DAY);
    await arrive(EMAIL, eventInput("page.viewed", "lead", { path: "/" }, { at: MONDAY + MINUTE }));
    expect(await names(spine)).toEqual(["active"]);
    await until(MONDAY + MINUTE + 3 * DAY);
    expect(await names(spine)).toEqual(["quiet"]);
  });

  describe("after another programme was applied", () => {
    test("a new segment is filled, a changed one decided anew, and a removed one has no members", async () => {
      const first = await house(await open());
      await first.arrive(EMAIL, created({ employees: 120 }), view("/careers"));
      expect(await names(first.spine)).toEqual(["active", "big"]);
      const changed = await programme(`
segments:
  - { segment: quiet, when: { attribute: quiet, is: true } }
  - { segment: big, when: { attribute: employees, over: 200 } }
  - { segment: looked-for-work, when: { did: page.viewed, where: { property: path, is: /careers }, within: 1d } }
`);
      const spine: Spine = { ...first.spine, programme: () => changed };
      const lines: unknown[] = [];
      const told = (message: string, details: object) => lines.push([message, details]);
      expect(await adoptAll(spine, told)).toBe(1);
      expect(lines).toEqual([["leads are taken over to the applied version", { taken: 1, total: 1 }]]);
      expect(await adoptAll(spine, told)).toBe(0);
      expect(await names(spine)).toEqual(["looked-for-work"]);
      expect(await dueAt(spine)).toBe(at(MONDAY + DAY));
    });
  });
});
