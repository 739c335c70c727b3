import { beforeAll, describe, expect, test } from "vitest";
import { DAY, formatInstant, MINUTE } from "../../../src/instant.ts";
import { forEachDatabase } from "../../database.ts";
import { openHouse, START, type House } from "./house.ts";

const ANA = "ana@acme.example";

forEachDatabase("events", (open) => {
  test("one event makes its lead, and is seen by whoever reads the lead next", async () => {
    const { call } = await openHouse(await open());
    const { status, body } = await call("POST", "/api/events", {
      as: "ingest",
      body: { email: " Ana@ACME.example ", type: "demo.requested" },
    });
    expect({ status, body }).toEqual({ status: 202, body: { accepted: 1, duplicates: 0 } });
    const lead = (await call("GET", `/api/leads/${ANA}`)).body;
    expect(lead).toMatchObject({ created_at: formatInstant(START), stage: "opportunity" });
    expect(lead.scores[0]).toMatchObject({ total: 60, temperature: "hot" });
  });

  test("an id seen before is a duplicate: in the same list, in a later call, at any address", async () => {
    const { call, spine } = await openHouse(await open());
    const event = { email: ANA, type: "page.viewed", properties: { path: "/pricing" } };
    const first = await call("POST", "/api/events", {
      body: [{ ...event, id: "e1" }, { ...event, id: "e1" }, { ...event, id: "e2" }, event],
    });
    expect(first.body).toEqual({ accepted: 3, duplicates: 1 });
    const second = await call("POST", "/api/events", {
      body: [
        { ...event, id: "e2", email: "b@acme.example" },
        { ...event, id: "e3" },
      ],
    });
    expect(second.body).toEqual({ accepted: 1, duplicates: 1 });
    expect((await call("GET", "/api/leads/b@acme.example")).status).toBe(404);
    expect((await call("GET", `/api/leads/${ANA}`)).body.scores[0].total).toBe(80);
    // Ids go with the person.
    const keys = await spine.db.kysely.selectFrom("event_keys").selectAll().orderBy("event_key").execute();
    const { id } = await spine.db.kysely.selectFrom("leads").select("id").executeTakeFirstOrThrow();
    expect(keys.map((row) => [row.event_key, row.lead_id])).toEqual([
      ["e1", id],
      ["e2", id],
      ["e3", id],
    ]);
  });

  test("a past event counts from when it happened", async () => {
    const { call } = await openHouse(await open());
    await call("PUT", `/api/leads/${ANA}`, { body: {} });
    const at = formatInstant(START - 30 * DAY);
    await call("POST", "/api/events", {
      body: { email: ANA, type: "page.viewed", at, properties: { path: "/pricing" } },
    });
    expect((await call("GET", `/api/leads/${ANA}`)).body.scores[0].total).toBe(10);
  });

  test("a list is taken whole or not at all, and each mistake is named with its place", async () => {
    const { call } = await openHouse(await open());
    const good = { email: ANA, type: "page.viewed" };
    const { status, body } = await call("POST", "/api/events", {
      body: [
        good,
        { ...good, type: "Page Viewed" },
        { ...good, email: "ana" },
        { ...good, at: "yesterday" },
        { ...good, actor: "robot" },
        { ...good, tpye: "x" },
        { type: "page.viewed" },
        "nonsense",
      ],
    });
    expect(status).toBe(422);
    expect(body.errors).toEqual([
      { field: "[1].type", message: 'must be lower case with dots between words, like "page.viewed"' },
      { field: "[2].email", message: "must be one email address, like ana@acme.example" },
      { field: "[3].at", message: "must be an instant with a zone, like 2026-01-03T10:00:00Z" },
      { field: "[4].actor", message: 'must be one of "lead"|"rep"|"system"' },
      { field: "[5].tpye", message: 'there is no "tpye" here (did you mean "type"?)' },
      { field: "[6].email", message: "is missing" },
      { field: "[7]", message: "must be an object, not text" },
    ]);
    expect((await call("GET", `/api/leads/${ANA}`)).status).toBe(404);
  });

  describe("where an event is wrong", () => {
    let house: House;
    beforeAll(async () => {
      house = await openHouse(await open());
    });

    test.each([
      ["more than 5 minutes ahead", { at: formatInstant(START + 5 * MINUTE + 1) }, "at"],
      [
        "an undeclared attribute",
        { type: "lead.updated", properties: { attributes: { budgt: 1 } } },
        "properties.attributes.budgt",
      ],
      [
        "an attribute that is a list",
        { type: "lead.updated", properties: { attributes: { budget: [1] } } },
        "properties.attributes.budget",
      ],
      [
        "attributes that are none",
        { type: "lead.created", properties: { attributes: "x" } },
        "properties.attributes",
      ],
      [
        "a pause until nobody knows when",
        { type: "sequences.paused", properties: { until: "friday" } },
        "properties.until",
      ],
      [
        "a deal's value in words",
        { type: "deal.won", properties: { deal: "d", value: "much" } },
        "properties.value",
      ],
      [
        "a confirmation that is not the lead's",
        { type: "consent.given", properties: { confirmed: true } },
        "properties.confirmed",
      ],
      [
        "an unknown topic",
        { type: "email.unsubscribed", properties: { topic: "produce" } },
        "properties.topic",
      ],
      [
        "an answer of nobody",
        { type: "notice.answered", properties: { answer: "mine", rep: "x" } },
        "properties.rep",
      ],
      ["properties that are no object", { properties: [] }, "properties"],
    ])("%s is refused by its name", async (_, change, field) => {
      const { call } = house;
      const { status, body } = await call("POST", "/api/events", {
        body: { email: ANA, type: "page.viewed", ...change },
      });
      expect({ status, field: body.errors?.[0]?.field }).toEqual({ status: 422, field });
    });
  });

  test("just 5 minutes ahead is taken", async () => {
    const { call } = await openHouse(await open());
    const at = formatInstant(START + 5 * MINUTE);
    const body = { email: ANA, type: "page.viewed", at };
    expect((await call("POST", "/api/events", { body })).status).toBe(202);
    expect((await call("GET", `/api/leads/${ANA}`)).status).toBe(200);
  });

  test("a thousand events are one call; one more is too many; none is none", async () => {
    const { call } = await openHouse(await open());
    const many = Array.from({ length: 1001 }, (_, index) => ({
      email: `lead${index % 10}@acme.example`,
      type: "page.viewed",
      id: `e${index}`,
    }));
    expect((await call("POST", "/api/events", { body: many })).body.errors).toEqual([
      { field: "", message: "may have 1000 events at most" },
    ]);
    expect((await call("POST", "/api/events", { body: many.slice(1) })).body).toEqual({
      accepted: 1000,
      duplicates: 0,
    });
    expect((await call("POST", "/api/events", { body: [] })).body).toEqual({ accepted: 0, duplicates: 0 });
  });

  test("an event can't take a deal from another lead", async () => {
    const { call } = await openHouse(await open());
    await call("PUT", `/api/leads/${ANA}`, { body: {} });
    await call("POST", "/api/deals", { body: { email: ANA, id: "crm-1" } });
    const { status, body } = await call("POST", "/api/events", {
      body: [{ email: "eve@acme.example", type: "deal.lost", properties: { deal: "crm-1" } }],
    });
    expect(status).toBe(422);
    expect(body.errors).toEqual([
      { field: "[0].properties.deal", message: 'the deal "crm-1" is another lead\'s' },
    ]);
  });

  test("a rep records what their own leads did, and nobody else's", async () => {
    const { call } = await openHouse(await open());
    await call("PUT", `/api/leads/${ANA}`, { body: { owner: "maria" } });
    const noted = { email: ANA, type: "rep.noted", properties: { rep: "maria", feeling: "good" } };
    expect((await call("POST", "/api/events", { as: "rep", body: noted })).status).toBe(202);
    expect((await call("POST", "/api/events", { as: "sam", body: noted })).status).toBe(403);
    const stranger = { ...noted, email: "new@acme.example" };
    expect((await call("POST", "/api/events", { as: "rep", body: [noted, stranger] })).status).toBe(403);
    const { timeline } = (await call("GET", `/api/leads/${ANA}/timeline`, { as: "rep" })).body;
    expect(timeline.filter((line: { type: string }) => line.type === "rep.noted")).toMatchObject([
      { actor: "rep" },
    ]);
  });
});
