import { Script } from "node:vm";
import { describe, expect, test } from "vitest";
import { findLead } from "../../src/leads/leads.store.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { ADA, openHouse, withSettings, type House } from "./house.ts";

const PAGE = {
  type: "page.viewed",
  url: "https://www.acme.example/pricing?x=1",
  title: "Pricing",
  seconds: 12,
};
const FORM = {
  type: "form.submitted",
  form: "demo",
  email: "Grace@Other.example",
  fields: { name: "Grace" },
};

function tell(house: House, body: unknown, more: Parameters<House["ask"]>[1] = {}): Promise<Response> {
  return house.ask("/t/e", { method: "POST", body: JSON.stringify(body), ...more });
}

async function withVisitor() {
  const house = await openHouse({ sites: ["www.acme.example"] });
  await house.lead();
  const message = await house.mail();
  return { house, message, visitor: house.token("visitor", { message, lead: 0 }) };
}

describe("the page script", () => {
  test("is less than 2 KB of valid script that any page may load", async () => {
    const house = await openHouse();
    const answer = await house.ask("/t/k.js");
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/javascript; charset=UTF-8");
    expect(answer.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    expect(Buffer.byteLength(text)).toBeLessThan(2048);
    expect(() => new Script(text)).not.toThrow();
  });

  test("waits for consent only where the configuration asks for it", async () => {
    const house = await openHouse();
    expect(await (await house.ask("/t/k.js")).text()).toContain("on=!false");
    withSettings(house, { consent: { required: true, doubleOptIn: false } });
    expect(await (await house.ask("/t/k.js")).text()).toContain("on=!true");
  });
});

describe("what a page tells", () => {
  test("is kept for the lead whose click led there", async () => {
    const { house, visitor } = await withVisitor();
    const answer = await tell(house, { ...PAGE, visitor, referrer: "" });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(await house.log()).toMatchObject([
      {
        type: "page.viewed",
        actor: "lead",
        verdict: "human",
        message: null,
        properties: { path: "/pricing", url: PAGE.url, title: "Pricing", seconds: 12 },
      },
    ]);
    expect(await house.score()).toBe(3);
  });

  test("a click hands a token to the company's own pages alone, and to nobody who asks not to be tracked", async () => {
    const { house, message, visitor } = await withVisitor();
    const location = async (headers = {}) =>
      (await house.ask(house.clickPath(message, 1), { headers })).headers.get("location")!;
    expect(await location()).toMatch(/&utm_content=warm%2Fcase-study&kdl=[\w-]{39}#top$/);
    expect(await location()).toContain(`kdl=${visitor}#`);
    expect(await location({ dnt: "1" })).not.toContain("kdl");
    expect(await location({ "sec-gpc": "1" })).not.toContain("kdl");
    const elsewhere = await openHouse({ sites: ["acme.example", "shop.acme.example"] });
    await elsewhere.lead();
    const answer = await elsewhere.ask(elsewhere.clickPath(await elsewhere.mail(), 0));
    expect(answer.headers.get("location")).not.toContain("kdl");
  });

  test("a token is never kept with the page's address", async () => {
    const { house, visitor } = await withVisitor();
    await tell(house, { ...PAGE, visitor, url: `https://www.acme.example/?a=1&kdl=${visitor}` });
    expect((await house.log())[0]!.properties["url"]).toBe("https://www.acme.example/?a=1");
  });

  test("of somebody unknown is not kept, and a token that is none is answered like one that is", async () => {
    const { house, message } = await withVisitor();
    const wrong = [
      undefined,
      "",
      "x",
      house.token("view", { message }),
      house.token("click", { message, template: "ab".repeat(6), link: 0 }),
    ];
    for (const visitor of wrong) {
      const answer = await tell(house, { ...PAGE, visitor });
      expect([answer.status, await answer.text()]).toEqual([204, ""]);
    }
    expect(await drain(house.spine)).toBe(0);
  });

  test("is not kept for those who ask not to be tracked", async () => {
    const { house, visitor } = await withVisitor();
    for (const header of ["dnt", "sec-gpc"]) {
      const headers = { [header]: "1" };
      expect((await tell(house, { ...PAGE, visitor }, { headers })).status).toBe(204);
      expect((await tell(house, FORM, { headers })).status).toBe(204);
    }
    expect(await drain(house.spine)).toBe(0);
  });

  test("may be anything that a lead does on a page, and nothing that is not theirs to say", async () => {
    const { house, visitor } = await withVisitor();
    const say = async (type: string) =>
      (await tell(house, { type, visitor, properties: { title: "Planning", minutes: 5 } })).status;
    expect(await say("webinar.registered")).toBe(204);
    expect(await say("course.finished")).toBe(204);
    for (const type of [
      "email.opened",
      "email.unsubscribed",
      "consent.given",
      "sequences.paused",
      "lead.updated",
      "deal.won",
      "notice.answered",
      "rep.noted",
      "Nonsense",
      "",
    ])
      expect(await say(type)).toBe(400);
    expect((await house.log()).map((event) => event.type)).toEqual(["webinar.registered", "course.finished"]);
  });

  test("that is not what the script sends is refused", async () => {
    const { house, visitor } = await withVisitor();
    const wrong: unknown[] = [
      null,
      [],
      "text",
      {},
      { type: "page.viewed", visitor },
      { ...PAGE, visitor, url: "javascript:alert(1)" },
      { ...PAGE, visitor, url: "/pricing" },
      { ...PAGE, visitor, seconds: -1 },
      { ...PAGE, visitor, seconds: "12" },
      { ...PAGE, visitor, extra: true },
      { ...PAGE, visitor: { message: 1 } },
      { ...FORM, form: "" },
      { ...FORM, fields: { nested: {} } },
      { type: "webinar.registered", visitor, properties: { nested: [] } },
    ];
    for (const body of wrong) expect((await tell(house, body)).status).toBe(400);
    for (const body of ["", "{", "\u0000"])
      expect((await house.ask("/t/e", { method: "POST", body })).status).toBe(400);
    expect((await tell(house, { ...PAGE, visitor, title: "x".repeat(9000) })).status).toBe(413);
    expect((await house.ask("/t/e")).status).toBe(404);
    expect(await drain(house.spine)).toBe(0);
  });

  test("by a bot is kept and counts for nothing", async () => {
    const { house, visitor } = await withVisitor();
    await tell(house, { ...PAGE, visitor }, { agent: "Mozilla/5.0 HeadlessChrome/120" });
    expect(await house.log()).toMatchObject([{ type: "page.viewed", verdict: "scanner" }]);
    expect(await house.score()).toBe(0);
  });

  test("is heard 120 times a minute from one address", async () => {
    const { house, visitor } = await withVisitor();
    for (let page = 0; page < 120; page++) expect((await tell(house, { ...PAGE, visitor })).status).toBe(204);
    expect((await tell(house, { ...PAGE, visitor })).status).toBe(429);
    expect((await tell(house, { ...PAGE, visitor }, { ip: "192.0.2.2" })).status).toBe(204);
    house.clock.jumpTo(house.clock.now() + 60_000);
    expect((await tell(house, { ...PAGE, visitor })).status).toBe(204);
  });

  test("may be asked for beforehand by browsers", async () => {
    const house = await openHouse();
    const answer = await house.ask("/t/e", {
      method: "OPTIONS",
      headers: { origin: "https://www.acme.example" },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-methods")).toBe("POST");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });
});

describe("a form", () => {
  test("makes a lead that is mailed nothing until it is confirmed, and names its later pages", async () => {
    const { house } = await withVisitor();
    const answer = await tell(house, { ...FORM, url: "https://www.acme.example/demo" });
    expect(answer.status).toBe(200);
    const { visitor } = (await answer.json()) as { visitor: string };
    expect(visitor).toMatch(/^[\w-]{39}$/);
    const grace = (await findLead(house.db.kysely, "grace@other.example"))!;
    expect(grace.confirmed).toBe(false);
    await tell(house, { ...PAGE, visitor });
    expect(await house.log("grace@other.example")).toMatchObject([
      {
        type: "form.submitted",
        properties: { form: "demo", fields: { name: "Grace" }, path: "/demo" },
      },
      { type: "page.viewed" },
    ]);
  });

  test("of a known lead changes nothing about who they are", async () => {
    const { house } = await withVisitor();
    const answer = await tell(house, { ...FORM, email: ADA });
    expect(answer.status).toBe(200);
    expect((await findLead(house.db.kysely, ADA))!.confirmed).toBe(true);
    expect(await house.log()).toMatchObject([{ type: "form.submitted" }]);
  });

  test("without an address that can be mailed belongs to the visitor, if there is one", async () => {
    const { house, visitor } = await withVisitor();
    expect((await tell(house, { ...FORM, email: "not an address" })).status).toBe(204);
    expect((await tell(house, { ...FORM, email: "not an address", visitor })).status).toBe(204);
    expect(await house.log()).toMatchObject([{ type: "form.submitted" }]);
    expect(await house.db.kysely.selectFrom("leads").select("email").execute()).toEqual([{ email: ADA }]);
  });

  test("that a machine fills in makes no lead, and does not say who is one", async () => {
    const { house } = await withVisitor();
    for (const email of [FORM.email, ADA]) {
      const answer = await tell(house, { ...FORM, email }, { agent: "python-requests/2.31" });
      expect([answer.status, await answer.text()]).toEqual([204, ""]);
    }
    expect(await house.log()).toMatchObject([{ type: "form.submitted", verdict: "scanner" }]);
    expect(await findLead(house.db.kysely, "grace@other.example")).toBeNull();
  });

  test("can make ten leads a minute from one address", async () => {
    const { house } = await withVisitor();
    const statuses: number[] = [];
    for (let form = 0; form < 12; form++)
      statuses.push((await tell(house, { ...FORM, email: `g${form}@other.example` })).status);
    expect(statuses).toEqual([...Array(10).fill(200), 429, 429]);
  });
});
