import { expect, test } from "vitest";
import { DAY, formatInstant } from "../../../src/instant.ts";
import { drain } from "../../../src/lifecycle/drain.run.ts";
import { forEachDatabase } from "../../database.ts";
import { openHouse, START, type House } from "./house.ts";

const ANA = "ana@acme.example";
const AT = formatInstant(START);

forEachDatabase("deals", (open) => {
  test("a deal is opened, moved and won, and the lead's stage follows", async () => {
    const { call, clock } = await openHouse(await open());
    await call("PUT", `/api/leads/${ANA}`, { body: { owner: "maria" } });
    const opened = await call("POST", "/api/deals", { body: { email: ANA, id: "crm-1", value: 900 } });
    expect(opened).toMatchObject({ status: 201 });
    expect(opened.body).toEqual({
      id: "crm-1",
      email: ANA,
      stage: "open",
      value: 900,
      owner: "maria",
      opened_at: AT,
      changed_at: AT,
      closed_at: null,
      outcome: null,
      reason: null,
    });
    expect((await call("GET", `/api/leads/${ANA}`)).body.stage).toBe("opportunity");
    clock.jumpTo(START + DAY);
    const moved = await call("POST", "/api/deals/crm-1", { body: { stage: "proposal" } });
    expect(moved).toMatchObject({ status: 200, body: { stage: "proposal", value: 900, outcome: null } });
    const won = await call("POST", "/api/deals/crm-1", {
      body: { stage: "won", value: 1000.5, reason: "price" },
    });
    expect(won.body).toMatchObject({
      stage: "won",
      value: 1000.5,
      outcome: "won",
      reason: "price",
      closed_at: formatInstant(START + DAY),
    });
    expect((await call("GET", `/api/leads/${ANA}`)).body.stage).toBe("customer");
    const after = await call("POST", "/api/deals/crm-1", { body: { stage: "lost" } });
    expect(after).toMatchObject({ status: 409, body: { detail: "the deal is won already" } });
  });

  test("another system's history comes in with its instants", async () => {
    const { call } = await openHouse(await open());
    await call("PUT", `/api/leads/${ANA}`, { body: {} });
    const at = formatInstant(START - 90 * DAY);
    const body = { email: ANA, stage: "lost", at, value: 10, reason: "no budget" };
    const { status, body: deal } = await call("POST", "/api/deals", { body });
    expect(status).toBe(201);
    expect(deal).toMatchObject({ opened_at: at, closed_at: at, outcome: "lost", reason: "no budget" });
    expect(deal.id).toMatch(/^d[0-9a-f]{18}$/);
  });

  test("what is wrong is named, and an id belongs to one deal", async () => {
    const { call } = await openHouse(await open());
    await call("PUT", `/api/leads/${ANA}`, { body: {} });
    await call("POST", "/api/deals", { body: { email: ANA, id: "crm-1" } });
    const fields = async (path: string, body: unknown) => {
      const answer = await call("POST", path, { body });
      return [answer.status, answer.body.errors?.[0]?.field];
    };
    expect(await fields("/api/deals", { email: ANA, id: "crm-1" })).toEqual([409, undefined]);
    expect(await fields("/api/deals", { email: ANA, id: "1-1" })).toEqual([422, "id"]);
    expect(await fields("/api/deals", { email: "x@acme.example" })).toEqual([422, "email"]);
    expect(await fields("/api/deals", { email: ANA, value: "5" })).toEqual([422, "value"]);
    expect(await fields("/api/deals", { email: ANA, at: formatInstant(START + DAY) })).toEqual([422, "at"]);
    expect(await fields("/api/deals/crm-1", {})).toEqual([422, ""]);
    expect(await fields("/api/deals/crm-1", { at: formatInstant(START - DAY) })).toEqual([422, "at"]);
    expect(await fields("/api/deals/crm-2", { value: 1 })).toEqual([404, undefined]);
  });

  test("are listed latest first, by lead, owner and whether they are open", async () => {
    const { call, clock } = await openHouse(await open());
    await call("PUT", `/api/leads/${ANA}`, { body: { owner: "maria" } });
    await call("PUT", "/api/leads/ben@acme.example", { body: {} });
    for (const [index, email] of [ANA, ANA, "ben@acme.example"].entries()) {
      clock.jumpTo(START + index * DAY);
      await call("POST", "/api/deals", { body: { email, id: `crm-${index}` } });
    }
    await call("POST", "/api/deals/crm-0", { body: { stage: "won" } });
    const list = async (query: string) => {
      const { body } = await call("GET", `/api/deals?${query}`);
      return body.deals.map((deal: { id: string }) => deal.id);
    };
    expect(await list("")).toEqual(["crm-2", "crm-1", "crm-0"]);
    expect(await list("open=true")).toEqual(["crm-2", "crm-1"]);
    expect(await list(`email=${ANA}`)).toEqual(["crm-1", "crm-0"]);
    expect(await list("owner=maria&open=false")).toEqual(["crm-0"]);
    expect(await list("email=nobody@acme.example")).toEqual([]);
    const first = (await call("GET", "/api/deals?limit=2")).body;
    expect(await list(`cursor=${first.next_cursor}`)).toEqual(["crm-0"]);
  });
});

forEachDatabase("notices", (open) => {
  async function hot({ call, spine }: House): Promise<number> {
    await call("POST", "/api/events", { body: { email: ANA, type: "demo.requested" } });
    await drain(spine);
    await spine.db.kysely
      .updateTable("notices")
      .set({ rep: "maria", state: "sent", sent_at: START })
      .execute();
    return (await spine.db.kysely.selectFrom("notices").select("id").executeTakeFirstOrThrow()).id;
  }

  test("a rep's notices say who and why", async () => {
    const house = await openHouse(await open());
    const id = await hot(house);
    const { status, body } = await house.call("GET", "/api/reps/maria/notices", { as: "rep" });
    expect(status).toBe(200);
    expect(body).toEqual({
      notices: [
        {
          id,
          email: ANA,
          rep: "maria",
          kind: "hot",
          state: "sent",
          reason: expect.objectContaining({ from: "cold", now: "hot", total: 60, event: "demo.requested" }),
          at: AT,
          sent_at: AT,
          escalations: 0,
          answer: null,
          answer_reason: null,
          answered_at: null,
        },
      ],
      next_cursor: null,
    });
    expect((await house.call("GET", "/api/reps/maria/notices?state=answered")).body.notices).toEqual([]);
    expect((await house.call("GET", "/api/reps/mario/notices")).body.detail).toBe(
      'there is no rep "mario" (did you mean "maria"?)',
    );
  });

  test("the first answer stands; the same one again is no mistake", async () => {
    const house = await openHouse(await open());
    const id = await hot(house);
    const answer = (body: unknown) => house.call("POST", `/api/notices/${id}/answer`, { as: "rep", body });
    const mine = await answer({ answer: "mine" });
    expect(mine).toMatchObject({ status: 200, body: { state: "answered", answer: "mine", rep: "maria" } });
    expect((await house.call("GET", `/api/leads/${ANA}`)).body.owner).toBe("maria");
    expect((await answer({ answer: "mine" })).status).toBe(200);
    expect(await answer({ answer: "not_a_fit" })).toMatchObject({
      status: 409,
      body: { detail: 'maria has answered "mine" already' },
    });
    expect((await answer({ answer: "maybe" })).body.errors[0].field).toBe("answer");
    expect((await answer({ answer: "mine", rep: "sam" })).status).toBe(403);
  });
});
