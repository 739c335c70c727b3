import { beforeAll, describe, expect, test } from "vitest";
import { DAY } from "../../../src/instant.ts";
import { forEachDatabase } from "../../database.ts";
import { openHouse, START, type House } from "./house.ts";

/** Five leads, made a day after another, with 0, 20, 40, 60 and 80 points and more. */
async function fiveLeads({ call, clock }: House): Promise<void> {
  for (const [index, name] of ["eva", "ana", "ben", "cem", "dan"].entries()) {
    clock.jumpTo(START + index * DAY);
    const email = `${name}@acme.example`;
    const owner = index % 2 === 0 ? "maria" : "sam";
    await call("PUT", `/api/leads/${email}`, {
      body: { attributes: { first_name: `Ümit_${index}`, employees: index * 50 }, owner },
    });
    const views = Array.from({ length: index }, () => ({
      email,
      type: "page.viewed",
      properties: { path: "/pricing" },
    }));
    await call("POST", "/api/events", { body: views });
  }
}

async function names(house: House, query: string, as?: "rep" | "sam"): Promise<string[]> {
  const { status, body } = await house.call("GET", `/api/leads?${query}`, { as });
  expect(status).toBe(200);
  return body.leads.map((lead: { email: string }) => lead.email.slice(0, 3));
}

async function pages(house: House, query: string): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const { body } = await house.call(
      "GET",
      `/api/leads?limit=2&${query}${cursor === "" ? "" : `&cursor=${cursor}`}`,
    );
    expect(body.leads.length).toBeLessThanOrEqual(2);
    found.push(...body.leads.map((lead: { email: string }) => lead.email.slice(0, 3)));
    cursor = body.next_cursor;
  }
  return found;
}

forEachDatabase("the list of leads", (open) => {
  test("is sorted, and pages through each lead once", async () => {
    const house = await openHouse(await open());
    await fiveLeads(house);
    const byName = ["ana", "ben", "cem", "dan", "eva"];
    const byAge = ["eva", "ana", "ben", "cem", "dan"];
    expect(await pages(house, "")).toEqual(byName);
    expect(await pages(house, "sort=-email")).toEqual(byName.toReversed());
    expect(await pages(house, "sort=created_at")).toEqual(byAge);
    expect(await pages(house, "sort=-created_at")).toEqual(byAge.toReversed());
    expect(await pages(house, "sort=score")).toEqual(byAge);
    expect(await pages(house, "sort=-score")).toEqual(byAge.toReversed());
  });

  test("finds by temperature, segment, owner, stage and letters, alone and together", async () => {
    const house = await openHouse(await open());
    await fiveLeads(house);
    expect(await names(house, "temperature=warm")).toEqual(["ben"]);
    expect(await names(house, "temperature=warm,hot")).toEqual(["ben", "cem", "dan"]);
    expect(await names(house, "segment=big")).toEqual(["cem", "dan"]);
    expect(await names(house, "owner=sam")).toEqual(["ana", "cem"]);
    // A lead that crosses into hot is an MQL, and its deal makes it an opportunity.
    expect(await names(house, "stage=opportunity")).toEqual(["cem", "dan"]);
    expect(await names(house, "q=DAN%40")).toEqual(["dan"]);
    expect(await names(house, "q=%C3%BCMIT_3")).toEqual(["cem"]);
    expect(await names(house, "q=_")).toEqual(["ana", "ben", "cem", "dan", "eva"]);
    expect(await names(house, "q=%25")).toEqual([]);
    expect(await names(house, "q=employees")).toEqual([]);
    expect(await names(house, "segment=big&owner=maria&sort=-score")).toEqual(["dan"]);
  });

  test("finds by any condition, in every order, and pages through each lead once", async () => {
    const house = await openHouse(await open());
    await fiveLeads(house);
    const where = (condition: unknown) => `where=${encodeURIComponent(JSON.stringify(condition))}`;
    const lookers = where({ did: "page.viewed", where: { property: "path", matches: "/PRI*" }, at_least: 2 });
    expect(await pages(house, lookers)).toEqual(["ben", "cem", "dan"]);
    expect(await pages(house, `${lookers}&sort=-created_at`)).toEqual(["dan", "cem", "ben"]);
    expect(await pages(house, `${lookers}&sort=-score`)).toEqual(["dan", "cem", "ben"]);
    expect(await pages(house, `${lookers}&owner=sam&q=CEM`)).toEqual(["cem"]);
    expect(await names(house, lookers, "rep")).toEqual(["ben", "dan"]);
    expect(await names(house, where({ attribute: "employees", from: "50", to: 150 }))).toEqual([
      "ana",
      "ben",
      "cem",
    ]);
    const recent = { all: [{ did: "page.viewed", within: "2d" }, { score: { over: 50 } }] };
    expect(await names(house, where(recent))).toEqual(["cem", "dan"]);
    expect(
      await names(house, where({ not: { any: [{ segment: "big" }, { temperature: "warm" }] } })),
    ).toEqual(["ana", "eva"]);
    const inOneLine = "{ any: [ { attribute: first_name, is: ümit_0 }, { owner: sam } ] }";
    expect(await names(house, `where=${encodeURIComponent(inOneLine)}`)).toEqual(["ana", "cem", "eva"]);
  });

  test("shows the totals of now, the same as the lead itself", async () => {
    const house = await openHouse(await open());
    await fiveLeads(house);
    house.clock.jumpTo(START + 60 * DAY);
    const { body } = await house.call("GET", "/api/leads?sort=-score");
    for (const { email, scores } of body.leads) {
      const [whole] = (await house.call("GET", `/api/leads/${email}`)).body.scores;
      expect(scores).toHaveLength(1);
      expect(scores[0]).toMatchObject({
        temperature: whole.temperature,
        next_crossing_at: whole.next_crossing_at,
      });
      expect(scores[0].total).toBeCloseTo(whole.total, 9);
    }
  });

  test("goes on where it was though scores fade between two pages", async () => {
    const house = await openHouse(await open());
    await fiveLeads(house);
    const first = (await house.call("GET", "/api/leads?sort=-score&limit=2")).body;
    house.clock.jumpTo(START + 200 * DAY);
    const second = (await house.call("GET", `/api/leads?sort=-score&cursor=${first.next_cursor}`)).body;
    expect(second.leads.map((lead: { email: string }) => lead.email.slice(0, 3))).toEqual([
      "ben",
      "ana",
      "eva",
    ]);
  });

  test("a rep's has their own leads only", async () => {
    const house = await openHouse(await open());
    await fiveLeads(house);
    expect(await names(house, "", "rep")).toEqual(["ben", "dan", "eva"]);
    expect(await names(house, "owner=sam", "rep")).toEqual([]);
    expect(await names(house, "", "sam")).toEqual(["ana", "cem"]);
  });

  describe("with a wrong query", () => {
    let house: House;
    beforeAll(async () => {
      house = await openHouse(await open());
    });

    test.each([
      ["sort=name", "sort", 'must be one of "email"'],
      ["colour=red", "colour"],
      ["owner[gt]=maria", "owner[gt]"],
      ["temperature=tepid", "temperature", 'there is no temperature "tepid" (there is cold, warm, hot)'],
      ["temperature=hot,wram", "temperature", 'there is no temperature "wram" (did you mean "warm"?)'],
      ["stage=won", "stage"],
      ["segment=bigg", "segment", 'there is no segment "bigg" (did you mean "big"?)'],
      ["owner=mria", "owner", 'there is no rep "mria" (did you mean "maria"?)'],
      [`q=${"a".repeat(201)}`, "q", "must have 200 characters at most"],
      ["limit=0", "limit", "must be a whole number from 1 to 200"],
      ["limit=1e3", "limit", "must be a whole number from 1 to 200"],
      ["limit=201", "limit", "must be a whole number from 1 to 200"],
      ["limit=100000", "limit", "must be a whole number from 1 to 200"],
      ["limit=1&limit=2", "limit"],
      ["cursor=abc", "cursor"],
      [`cursor=${Buffer.from('["email","a\\u0000",1]').toString("base64url")}`, "cursor"],
      [`cursor=${Buffer.from('["email","a",1.5]').toString("base64url")}`, "cursor"],
      ["q=%00", "q"],
    ])("%s is refused by its name", async (query, field, says = "") => {
      const { call } = house;
      const { status, body } = await call("GET", `/api/leads?${query}`);
      expect({ status, type: body.type, field: body.errors?.[0]?.field }).toEqual({
        status: 400,
        type: "/api/docs#parameter",
        field,
      });
      expect(body.errors[0].message).toContain(says);
    });

    test("the owner of no lead is refused in the list of deals too; one who has left is not", async () => {
      const { call, spine } = house;
      const asked = async (path: string) => {
        const { status, body } = await call("GET", path);
        return [status, body.errors?.[0].field];
      };
      expect(await asked("/api/deals?owner=zz")).toEqual([400, "owner"]);
      expect(await asked("/api/messages?sequence=nope")).toEqual([400, "sequence"]);
      await call("PUT", "/api/leads/left@acme.example", { body: {} });
      await spine.db.kysely.updateTable("leads").set({ owner: "zz" }).execute();
      expect(await asked("/api/deals?owner=zz")).toEqual([200, undefined]);
      expect(await asked("/api/leads?owner=zz")).toEqual([200, undefined]);
    });

    test.each([
      ["country: PT", "column 1: expected one of attribute, property, temperature"],
      ["{ atribute: country, is: PT }", 'column 3: unknown key "atribute" (did you mean "attribute"?)'],
      ["{ attribute: country }", "column 1: says nothing yet"],
      ['{"did": "page.viewed", "within": "7 days"}', "column 34: "],
      ["{ segment: bigg }", 'column 12: there is no segment "bigg" (did you mean "big"?)'],
      ["{ attribute: employees, over: many }", 'column 31: "employees" is a number and "many" is none'],
      ["{ clicked: hello }", "column 3: only a sequence has steps"],
      ["{ property: path, is: / }", "column 3: only an event has properties"],
      ["{ all: [", "a list or mapping above is not closed"],
      ["", "column 1: "],
      [`{ all: [${"{ stage: lead }, ".repeat(250)}] }`, "has 251 conditions in it; 200 are the most"],
    ])("a condition %s is refused with the place in it", async (text, says) => {
      const { call } = house;
      const { status, body } = await call("GET", `/api/leads?where=${encodeURIComponent(text)}`);
      expect({ status, type: body.type, field: body.errors[0].field }).toEqual({
        status: 400,
        type: "/api/docs#parameter",
        field: "where",
      });
      expect(body.errors[0].message).toContain(says);
    });

    test("a condition that is right and likely not what was meant is answered with a warning; none where all is well", async () => {
      const { call } = house;
      const asked = (where: string) => call("GET", `/api/leads?where=${encodeURIComponent(where)}`);
      const odd = await asked('{"did":"page.viewd"}');
      expect([odd.status, odd.body]).toEqual([
        200,
        {
          leads: [],
          next_cursor: null,
          warnings: ['column 8: "page.viewd" is no event of the catalogue (did you mean "page.viewed"?)'],
        },
      ]);
      for (const fine of ['{"did":"page.viewed"}', '{"did":"webinar.attended"}'])
        expect((await asked(fine)).body).not.toHaveProperty("warnings");
    });
  });
});
