import { describe, expect, test } from "vitest";
import { notifyDue } from "../../src/lifecycle/notify.run.ts";
import { isHeld } from "../../src/email/hold.store.ts";
import { ACCESS } from "../../src/web/dashboard/access.ts";
import { forEachDatabase } from "../database.ts";
import { act, created } from "../reps/house.ts";
import { seen } from "./dashboard-house.ts";
import { emailOf, openEntrance, openInMemory, type Browser, type Entrance } from "./visitors.ts";

const ROLES = ["admin", "marketer", "rep", "sam", "nobody"] as const;
type Caller = (typeof ROLES)[number];
type Statuses = Readonly<Record<Caller, number>>;

/** admin, marketer, whose leads they are, another rep; who is not logged in is led to the login. */
function as(admin: number, marketer: number, rep: number, sam: number, nobody = 303): Statuses {
  return { admin, marketer, rep, sam, nobody };
}

/** The mail is in doubt, and hers's; the version is one that there is not. */
const ROUTES: readonly [call: string, statuses: Statuses, form?: Record<string, string>][] = [
  ["GET /", as(200, 200, 200, 200)],
  ["GET /leads/hers%40x.example", as(200, 200, 200, 404)],
  ["GET /leads/asked%40x.example", as(200, 200, 404, 200)],
  ["GET /leads/nobodys%40x.example", as(200, 200, 404, 404)],
  ["GET /leads/hers%40x.example/forget", as(200, 200, 403, 403)],
  ["POST /leads/none%40x.example/forget", as(404, 404, 403, 403)],
  ["GET /segments", as(200, 200, 403, 403)],
  ["GET /segments/big", as(200, 200, 403, 403)],
  ["GET /sequences", as(200, 200, 403, 403)],
  ["GET /sequences/after-demo", as(200, 200, 403, 403)],
  ["GET /scoring", as(200, 200, 403, 403)],
  ["GET /notices", as(200, 200, 200, 200)],
  ["GET /versions", as(200, 200, 403, 403)],
  ["GET /versions/abc", as(404, 404, 403, 403)],
  ["GET /mailbox", as(200, 200, 200, 200)],
  ["GET /mailbox/MAIL", as(200, 200, 200, 404)],
  ["GET /mailbox/MAIL/mail", as(200, 200, 200, 404)],
  ["POST /mailbox/MAIL/send-again", as(303, 303, 303, 404)],
  ["POST /hold", as(303, 303, 403, 403)],
  ["POST /release", as(303, 303, 403, 403)],
  ["GET /account", as(200, 200, 200, 200)],
  ["POST /account", as(422, 422, 422, 422), { new: "short" }],
  ["GET /nothing", as(404, 404, 404, 404)],
  ["GET /dashboard.css", as(200, 200, 200, 200, 200)],
  ["GET /login", as(303, 303, 303, 303, 200)],
  ["POST /login", as(401, 401, 401, 401, 401)],
  ["POST /logout", as(303, 303, 303, 303)],
];

/** Maria's lead, sam's to answer for, and nobody's; each with a mail, and the mail to maria's is in doubt. */
async function furnish(house: Entrance): Promise<number> {
  const ask = act("demo.requested");
  await house.arrive("hers@x.example", created({ first_name: "Hera", country: "PT", employees: 500 }), ask);
  await house.arrive("hers@x.example", { kind: "set", owner: "maria", stage: "mql" });
  await house.arrive("asked@x.example", created({ first_name: "Asta", country: "US", employees: 500 }), ask);
  await house.arrive("nobodys@x.example", created({ first_name: "Nora" }), act("page.viewed"));
  await notifyDue(house.spine, house.links);
  await house.send();
  const db = house.spine.db.kysely;
  const { id } = await db
    .selectFrom("messages")
    .select("id")
    .where("recipient", "=", "hers@x.example")
    .executeTakeFirstOrThrow();
  await db.updateTable("messages").set({ state: "in_doubt" }).where("id", "=", id).execute();
  return id;
}

async function callers(house: Entrance): Promise<Record<Caller, Browser>> {
  await house.user("admin");
  await house.user("marketer", "marketer");
  await house.user("rep", "rep", "maria");
  await house.user("sam", "rep", "sam");
  return {
    admin: await house.entered("admin"),
    marketer: await house.entered("marketer"),
    rep: await house.entered("rep"),
    sam: await house.entered("sam"),
    nobody: house.browser("192.0.2.8"),
  };
}

forEachDatabase("the dashboard", (open) => {
  test("each role opens what the table says, and nothing else", async () => {
    const house = await openEntrance(await open());
    const mail = String(await furnish(house));
    const browsers = await callers(house);
    for (const role of ROLES) {
      const found: [string, number][] = [];
      for (const [text, , form] of ROUTES) {
        const [method, path] = text.replace("MAIL", mail).split(" ") as [string, string];
        const { get, post } = browsers[role];
        const answer = await (method === "GET" ? get(path) : post(path, form));
        found.push([text, answer.status]);
        if (answer.status === 303 && role === "nobody") expect(answer.to).toMatch(/^\/login/);
      }
      expect(found).toEqual(ROUTES.map(([text, statuses]) => [text, statuses[role]]));
    }
    expect(house.warnings).toEqual([]);
    expect(await isHeld(house.spine.db.kysely)).toBe(false);
  });

  test("a rep's lists, counts and links show nothing of other leads", async () => {
    const house = await openEntrance(await open());
    await furnish(house);
    const { admin, rep, sam } = await callers(house);
    const page = async (browser: Browser, path: string) => (await browser.get(path)).text;
    const names = (text: string) => ["Hera", "Asta", "Nora"].filter((name) => text.includes(name));
    expect(names(await page(admin, "/"))).toEqual(["Hera", "Asta", "Nora"]);
    expect(names(await page(rep, "/"))).toEqual(["Hera"]);
    expect(names(await page(rep, "/?owner=sam&q=a"))).toEqual([]);
    expect(names(await page(rep, `/?where=${encodeURIComponent("{ not: { segment: big } }")}`))).toEqual([]);
    expect(seen(await page(rep, "/"))).toMatch(/Hot 1 .*Warm 0 .*Cold 0 /);
    expect(await page(rep, "/")).not.toContain("Not scored");
    // Told of it, and to answer.
    expect(names(await page(sam, "/"))).toEqual(["Asta"]);
    expect(names(await page(sam, "/notices?rep=maria"))).toEqual(["Asta"]);
    expect(names(await page(rep, "/notices"))).toEqual(["Hera"]);
    const recipients = async (browser: Browser) =>
      [...(await page(browser, "/mailbox")).matchAll(/data-name="to">(.*?)<\/td>/g)]
        .map(([, to]) => seen(to!).trim())
        .toSorted();
    expect(await recipients(rep)).toEqual(["hers@x.example", "maria@acme.example"]);
    expect(await recipients(sam)).toEqual(["asked@x.example", "sam@acme.example"]);
    expect((await recipients(admin)).length).toBe(4);
    // Whatever a rep's pages lead to opens.
    for (const path of ["/", "/leads/hers%40x.example", "/mailbox", "/notices", "/account"]) {
      const links = [...(await page(rep, path)).matchAll(/(?:href|src)="(\/[^"#]*)/g)].map(([, to]) => to!);
      expect(links.length).toBeGreaterThan(4);
      for (const to of new Set(links))
        expect([to, (await rep.get(to.replaceAll("&amp;", "&"))).status]).toEqual([to, 200]);
    }
  });

  test("a rep sees neither the mail by which a lead says yes nor what another rep was sent", async () => {
    const house = await openEntrance(await open());
    const mail = await furnish(house);
    const { rep, admin } = await callers(house);
    const db = house.spine.db.kysely;
    await db.updateTable("messages").set({ kind: "confirmation" }).where("id", "=", mail).execute();
    expect((await rep.get(`/mailbox/${mail}`)).text).toContain("not shown to reps");
    expect((await rep.get(`/mailbox/${mail}/mail`)).status).toBe(404);
    expect((await admin.get(`/mailbox/${mail}/mail`)).status).toBe(200);
    // The lead becomes hers; what sam was told of it holds sam's own buttons.
    await house.arrive("asked@x.example", { kind: "set", owner: "maria", stage: "mql" });
    const told = await db
      .selectFrom("messages")
      .select("id")
      .where("recipient", "=", emailOf("sam"))
      .executeTakeFirstOrThrow();
    expect((await rep.get("/leads/asked%40x.example")).status).toBe(200);
    expect((await rep.get(`/mailbox/${told.id}`)).status).toBe(404);
    expect((await rep.get(`/mailbox/${told.id}/mail`)).status).toBe(404);
  });
});

describe("a page", () => {
  test("without a rule of its own there is not, and none has a rule that these tests leave out", async () => {
    const house = await openInMemory();
    const routes = house.app.routes.map(({ method, path }) => `${method} ${path.replace(/^\/\*$/, "*")}`);
    expect(new Set(routes)).toEqual(new Set(Object.keys(ACCESS)));
    const tested = ROUTES.map(([call]) =>
      call
        .replace(/leads\/[^/]*/, "leads/:email")
        .replace("MAIL", ":id{[0-9]+}")
        .replace(/(segments|sequences)\/.*/, "$1/:name")
        .replace("versions/abc", "versions/:version{[0-9a-f]+}")
        .replace("/nothing", "*"),
    );
    expect(new Set(tested)).toEqual(new Set(Object.keys(ACCESS)));
  });

  test("shows each role the places that it may open, and no button that it may not press", async () => {
    const house = await openInMemory();
    const { admin, marketer, rep } = await callers(house);
    const shown = async (browser: Browser) => {
      const { text } = await browser.get("/");
      const nav = /<nav aria-label="Main">(.*?)<\/nav>/s.exec(text)![1]!;
      return `${seen(nav).trim()}${text.includes('action="/hold"') ? ", hold" : ""}`;
    };
    const all = "Leads Segments Sequences Scoring Notices Mailbox Versions";
    expect(await shown(admin)).toBe(`${all}, hold`);
    expect(await shown(marketer)).toBe(`${all}, hold`);
    expect(await shown(rep)).toBe("Leads Notices Mailbox");
  });

  test("takes a form from no other page", async () => {
    const house = await openInMemory();
    const { admin } = await callers(house);
    const paths = Object.keys(ACCESS)
      .filter((entry) => entry.startsWith("POST "))
      .map((entry) => entry.slice("POST ".length).replace(/:id{.*}/, "1"));
    const others: Record<string, string>[] = [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://elsewhere.example" },
      { origin: "null" },
    ];
    for (const path of paths) {
      for (const headers of others)
        expect([path, (await admin.post(path, {}, headers)).status]).toEqual([path, 403]);
      // No browser: it may log in, and then has to say where a form comes from.
      expect([path, (await admin.post(path, {}, {})).status]).toEqual([path, path === "/login" ? 401 : 403]);
    }
    expect((await admin.post("/hold", { back: "x".repeat(20_000) })).status).toBe(413);
    expect((await admin.get("/")).status).toBe(200);
  });
});
