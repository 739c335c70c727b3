import { expect, test } from "vitest";
import { DAY, HOUR } from "../../../src/instant.ts";
import { forgetOld, nextForgetting } from "../../../src/web/upkeep.run.ts";
import { forEachDatabase } from "../../database.ts";
import { openHouse, START } from "./house.ts";

const ANA = "ana@acme.example";
const EVENT = { email: ANA, type: "page.viewed", properties: { path: "/pricing" } };
const KEY = { "idempotency-key": "k-1" };

forEachDatabase("an Idempotency-Key", (open) => {
  test("gives the stored answer and has its effect once", async () => {
    const { call, clock } = await openHouse(await open());
    const first = await call("PUT", `/api/leads/${ANA}`, { body: { stage: "mql" }, headers: KEY });
    clock.jumpTo(START + DAY);
    await call("POST", "/api/events", { body: EVENT });
    const again = await call("PUT", `/api/leads/${ANA}`, { body: { stage: "mql" }, headers: KEY });
    expect(again).toEqual(first);
    expect(again.status).toBe(201);

    const event = { body: EVENT, headers: { "idempotency-key": "k-2" } };
    expect((await call("POST", "/api/events", event)).body).toEqual({ accepted: 1, duplicates: 0 });
    expect((await call("POST", "/api/events", event)).body).toEqual({ accepted: 1, duplicates: 0 });
    expect((await call("GET", `/api/leads/${ANA}`)).body.scores[0].total).toBe(40);
  });

  test("is refused with another body and at another place, and belongs to its caller", async () => {
    const { call } = await openHouse(await open());
    await call("POST", "/api/events", { body: EVENT, headers: KEY });
    const other = await call("POST", "/api/events", {
      body: { ...EVENT, email: "b@acme.example" },
      headers: KEY,
    });
    expect(other).toMatchObject({ status: 422, body: { type: "/api/docs#key-reused" } });
    expect((await call("PUT", `/api/leads/${ANA}`, { body: {}, headers: KEY })).status).toBe(422);
    expect((await call("POST", "/api/events", { as: "ingest", body: EVENT, headers: KEY })).status).toBe(202);
    expect((await call("GET", `/api/leads/${ANA}`)).body.scores[0].total).toBe(40);
  });

  test("has one effect where many come at once", async () => {
    const { call } = await openHouse(await open());
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => call("POST", "/api/events", { body: EVENT, headers: KEY })),
    );
    for (const { status, body } of answers) {
      expect({ status, body }).toEqual({ status: 202, body: { accepted: 1, duplicates: 0 } });
    }
    expect((await call("GET", `/api/leads/${ANA}`)).body.scores[0].total).toBe(20);
  });

  test("is not used up by what was refused", async () => {
    const { call } = await openHouse(await open());
    const wrong = await call("POST", "/api/events", { body: { ...EVENT, type: "X" }, headers: KEY });
    expect(wrong.status).toBe(422);
    await call("POST", "/api/deals", { body: { email: ANA }, headers: KEY });
    expect((await call("POST", "/api/events", { body: EVENT, headers: KEY })).status).toBe(202);
  });

  test("has its answer made anew where the process ended before it was written", async () => {
    const { call, spine } = await openHouse(await open());
    const request = { body: { attributes: { authority: "owner" } }, headers: KEY };
    await call("PUT", `/api/leads/${ANA}`, request);
    await spine.db.kysely.updateTable("idempotency").set({ status: 0, answer: '{"created":true}' }).execute();
    expect(await call("PUT", `/api/leads/${ANA}`, request)).toMatchObject({
      status: 201,
      body: { email: ANA, attributes: { authority: "owner" } },
    });
  });

  test("is forgotten after a while", async () => {
    const { call, spine, clock } = await openHouse(await open());
    expect(await nextForgetting(spine)).toBeNull();
    for (const [index, later] of [0, HOUR / 2, DAY].entries()) {
      clock.jumpTo(START + later);
      const headers = { "idempotency-key": `request ${index}` };
      expect((await call("POST", "/api/events", { body: EVENT, headers })).status).toBe(202);
    }
    const due = (await nextForgetting(spine))!;
    expect(due).toBe(START + 7 * DAY + HOUR);
    expect(await forgetOld(spine)).toBe(0);
    clock.jumpTo(due);
    expect(await forgetOld(spine)).toBe(2);
    expect(await nextForgetting(spine)).toBe(due + DAY);
  });

  test("must be readable", async () => {
    const { call } = await openHouse(await open());
    const long = await call("POST", "/api/events", {
      body: EVENT,
      headers: { "idempotency-key": "k".repeat(256) },
    });
    expect(long).toMatchObject({ status: 400, body: { errors: [{ field: "Idempotency-Key" }] } });
  });
});
