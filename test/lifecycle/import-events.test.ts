import { beforeEach, expect, test } from "vitest";
import { findLead } from "../../src/leads/leads.store.ts";
import { DAY, formatInstant } from "../../src/instant.ts";
import { forEachDatabase } from "../database.ts";
import { act, created, MONDAY, openHouse, type House } from "../reps/house.ts";
import { bring, countOf, counts, fileOf, logOf } from "./import-house.ts";

const EVENTS = { kind: "events" } as const;

function day(days: number): string {
  return formatInstant(MONDAY - days * DAY);
}

forEachDatabase("importing events", (open) => {
  let house: House;

  beforeEach(async () => {
    house = await openHouse(await open());
  });

  async function temperature(email: string) {
    const { id } = (await findLead(house.spine.db.kysely, email))!;
    const row = await house.spine.db.kysely
      .selectFrom("scores")
      .select(["temperature"])
      .where("lead_id", "=", id)
      .executeTakeFirst();
    return row?.temperature;
  }

  test("makes leads that begin with their first event, and scores them as if they had been here", async () => {
    const file = await fileOf(
      [
        { email: "a@x.example", type: "page.viewed", at: day(20), properties: { path: "/pricing" } },
        { email: "a@x.example", type: "demo.requested", at: day(1) },
        { email: "A@x.example", type: "page.viewed", at: day(30) },
      ],
      "jsonl",
    );
    expect(counts(await bring(house.spine, file, EVENTS))).toEqual({ created: 1, recorded: 3 });
    expect(await logOf(house.spine, "a@x.example")).toEqual([
      `${day(30)} lead.created`,
      `${day(30)} page.viewed`,
      `${day(20)} page.viewed`,
      `${day(1)} demo.requested`,
    ]);
    expect((await findLead(house.spine.db.kysely, "a@x.example"))!.createdAt).toBe(MONDAY - 30 * DAY);
    expect(await temperature("a@x.example")).toBe("hot");
    expect(await countOf(house.spine, "notices")).toBe(0);
    expect(await countOf(house.spine, "deals")).toBe(0);
  });

  test("records an event once, by its id or by its line", async () => {
    const lines = [
      { email: "a@x.example", type: "page.viewed", at: day(2), id: "crm-1" },
      { email: "a@x.example", type: "page.viewed", at: day(1) },
    ];
    const file = await fileOf(lines, "jsonl");
    await bring(house.spine, file, EVENTS);
    expect(counts(await bring(house.spine, file, EVENTS))).toEqual({ unchanged: 2 });
    const more = await fileOf(
      [...lines, { ...lines[0], at: day(5) }, { ...lines[1], at: day(3) }, { ...lines[1], at: day(3) }],
      "jsonl",
    );
    expect(counts(await bring(house.spine, more, EVENTS))).toEqual({ recorded: 1, unchanged: 4 });
    expect(await countOf(house.spine, "events")).toBe(4);
    const keys = await house.spine.db.kysely.selectFrom("event_keys").select("lead_id").distinct().execute();
    expect(keys).toEqual([{ lead_id: (await findLead(house.spine.db.kysely, "a@x.example"))!.id }]);
  });

  test("folds what is older than all we know in its place", async () => {
    await house.arrive("a@x.example", created({ employees: 200 }), act("page.viewed"));
    const file = await fileOf([{ email: "a@x.example", type: "page.viewed", at: day(10) }], "jsonl");
    expect(counts(await bring(house.spine, file, EVENTS))).toEqual({ recorded: 1 });
    expect((await logOf(house.spine, "a@x.example"))[0]).toBe(`${day(10)} page.viewed`);
  });

  test("reacts with --live, once, to all that a lead did", async () => {
    const now = formatInstant(MONDAY);
    const rows = ["page.viewed", "demo.requested"].map((type) => ({ email: "a@x.example", type, at: now }));
    await bring(house.spine, await fileOf(rows, "jsonl"), { ...EVENTS, live: true });
    expect(await countOf(house.spine, "notices")).toBe(1);
    expect(await countOf(house.spine, "deals")).toBe(1);
  });

  test("reads CSV with a column for each property, or all of them as JSON", async () => {
    const file = await fileOf(
      "Email,Event,Timestamp,properties.path,properties.seconds,properties,Source\n" +
        `a@x.example,page.viewed,2026-02-01 10:00,/pricing,30,"{""title"":""Prices""}",web\n` +
        `a@x.example,page.viewed,2026-02-02,/a,,,\n`,
    );
    const report = await bring(house.spine, file, EVENTS);
    expect(counts(report)).toEqual({ created: 1, recorded: 2 });
    expect(report.columns.filter(({ to }) => to === null)).toEqual([{ column: "Source", to: null }]);
    const rows = await house.spine.db.kysely
      .selectFrom("events")
      .select(["at", "actor", "properties"])
      .where("type", "=", "page.viewed")
      .orderBy("at")
      .execute();
    expect(
      rows.map(({ at, actor, properties }) => [formatInstant(at), actor, JSON.parse(properties)]),
    ).toEqual([
      ["2026-02-01T10:00:00.000Z", "lead", { path: "/pricing", seconds: 30, title: "Prices" }],
      ["2026-02-02T00:00:00.000Z", "lead", { path: "/a" }],
    ]);
  });

  test("names what is wrong with a line", async () => {
    const good = { email: "a@x.example", type: "page.viewed", at: day(1) };
    const file = await fileOf(
      [
        { ...good, type: "Page Viewed" },
        { ...good, type: undefined },
        { ...good, at: "yesterday" },
        { ...good, at: day(-1) },
        { ...good, email: "a@x.example, b@x.example" },
        { ...good, actor: "robot" },
        { ...good, properties: [1] },
        { ...good, properties: { deep: { "a\u0000": 1 } } },
        { ...good, type: "lead.updated", properties: { attributes: { a: {} } } },
        good,
      ],
      "jsonl",
    );
    const report = await bring(house.spine, file, EVENTS);
    expect(report.problems.map(({ line, reason }) => `${line}: ${reason}`)).toEqual([
      '1: type must be lower case with dots between words, like page.viewed, not "Page Viewed" (did you mean "page.viewed"?)',
      "2: has no type",
      '3: at must be a date like 2026-01-31 or an instant like 2026-01-31T10:00:00Z, not "yesterday"',
      `4: at lies in the future: ${day(-1)}`,
      '5: "a@x.example, b@x.example" is no email address',
      '6: actor must be one of lead, rep, system, not "robot"',
      "7: properties must be an object, not [1]",
      "8: properties.deep holds a NUL character",
      '9: attributes must be an object of single values, not {"a":{}}',
    ]);
    expect(counts(report)).toEqual({ created: 1, recorded: 1, bad: 9 });
  });

  test("keeps other systems' messages apart from each other and from ours", async () => {
    const opened = { email: "a@x.example", type: "email.opened", at: day(1) };
    const rows = ["1", "1", "m2"].map((message, index) => ({ ...opened, message, id: String(index) }));
    await bring(house.spine, await fileOf(rows, "jsonl"), EVENTS);
    const events = await house.spine.db.kysely
      .selectFrom("events")
      .select("message_id")
      .where("type", "=", "email.opened")
      .orderBy("seq")
      .execute();
    const [one, other, second] = events.map((row) => row.message_id!);
    expect(one).toBe(other);
    expect(second).not.toBe(one);
    expect(Math.max(one!, second!)).toBeLessThan(0);
  });

  test("takes opt-outs of the past at their word", async () => {
    const file = await fileOf([{ email: "a@x.example", type: "email.unsubscribed", at: day(9) }], "jsonl");
    await bring(house.spine, file, EVENTS);
    expect((await findLead(house.spine.db.kysely, "a@x.example"))!.suppressed).toBe("unsubscribed");
    const back = {
      email: "a@x.example",
      type: "consent.given",
      at: day(12),
      properties: { confirmed: true },
    };
    await bring(house.spine, await fileOf([back], "jsonl"), EVENTS);
    expect((await findLead(house.spine.db.kysely, "a@x.example"))!.suppressed).toBe("unsubscribed");
  });

  test("says in a dry run how many would go in, and records nothing", async () => {
    const rows = Array.from({ length: 900 }, (_, index) => ({
      email: `a${index % 3}@x.example`,
      type: "page.viewed",
      at: day(index % 450),
    }));
    const file = await fileOf(rows, "jsonl");
    expect(counts(await bring(house.spine, file, { ...EVENTS, dryRun: true }))).toEqual({
      created: 3,
      recorded: 450,
      unchanged: 450,
    });
    expect(await countOf(house.spine, "leads")).toBe(0);
    expect(counts(await bring(house.spine, file, EVENTS))).toEqual({
      created: 3,
      recorded: 450,
      unchanged: 450,
    });
  });

  test("refuses a file without the columns that an event needs", async () => {
    const file = await fileOf("email,at\na@x.example,2026-01-01\n");
    await expect(bring(house.spine, file, EVENTS)).rejects.toThrow(
      ':1:1: no column is "type": there is email, at (name it with --map "COLUMN=type")',
    );
    expect(await countOf(house.spine, "leads")).toBe(0);
  });
});
