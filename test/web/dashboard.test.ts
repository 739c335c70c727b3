import { beforeEach, expect, test } from "vitest";
import type { KyselyPlugin } from "kysely";
import { DAY, HOUR, MINUTE } from "../../src/instant.ts";
import { eventInput } from "../../src/events/input.ts";
import { advanceDue } from "../../src/lifecycle/advance.run.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { notifyDue } from "../../src/lifecycle/notify.run.ts";
import type { Spine } from "../../src/lifecycle/spine.ts";
import { forEachDatabase } from "../database.ts";
import { act, created, MONDAY } from "../reps/house.ts";
import { openDashboard, seen, type DashboardHouse } from "./dashboard-house.ts";

forEachDatabase("the dashboard", (open) => {
  let house: DashboardHouse;

  beforeEach(async () => {
    house = await openDashboard(await open());
  });

  /** Hot (55), warm (30), cold (0). */
  async function threeLeads(): Promise<void> {
    const ana = { first_name: "Ana", last_name: "Reis", company: "Acme", employees: 500, country: "PT" };
    await house.arrive("ana@x.example", created(ana), act("demo.requested"));
    const views = [act("page.viewed", { path: "/pricing" }), act("page.viewed", { path: "/times" })];
    await house.arrive("carl@x.example", created({ first_name: "Carl", employees: 200 }), ...views);
    await house.arrive("bob@x.example", created({}));
  }

  test("says how to get leads while there are none", async () => {
    const page = await house.get("/");
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toBe("text/html; charset=UTF-8");
    expect(page.text).toContain("No leads yet");
    expect(page.text).toContain("import leads.csv");
    expect(page.text).toContain("http://localhost:3000/api/leads/ana@example.com");
    expect(page.text).toContain("npm run demo");
    for (const path of ["/sequences", "/notices", "/mailbox"])
      expect((await house.get(path)).status).toBe(200);
  });

  test("leads by temperature: how many of each, and the hottest first with what they did and what comes", async () => {
    await threeLeads();
    house.clock.jumpTo(MONDAY + HOUR);
    const { text } = await house.get("/");
    const words = seen(text);
    for (const count of ["Hot 1 Ready to talk · 33 %", "Warm 1 Getting interested", "Cold 1 Not yet"])
      expect(words).toContain(count);
    const places = ["Ana Reis", "Carl", "bob@x.example"].map((name) => words.indexOf(name));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(words).toContain("Asked for a demo an hour ago");
    expect(words).toContain("Viewed /times an hour ago");
    expect(words).toMatch(/Fades to warm in \d+ days MQL|Fades to warm in \d+ days Opportunity/);
  });

  test("shows a score rounded down", async () => {
    await threeLeads();
    expect((await house.get("/")).text).toContain("Hot<b>55</b>");
    house.clock.jumpTo(MONDAY + MINUTE);
    expect((await house.get("/")).text).toContain("Hot<b>54</b>");
  });

  test("finds leads by temperature, segment, stage, owner and letters of what is known of them", async () => {
    await threeLeads();
    await house.arrive("carl@x.example", { kind: "set", owner: "maria", stage: "mql" });
    await house.arrive("eva@x.example", created({ last_name: "Ölçer_x" }));
    const found = async (query: string) =>
      [...(await house.get(`/?${query}`)).text.matchAll(/href="\/leads\/([^"]+)"/g)].map(([, name]) =>
        decodeURIComponent(name!).replace("@x.example", ""),
      );
    expect(await found("temperature=warm")).toEqual(["carl"]);
    expect(await found("temperature=cold")).toEqual(["eva", "bob"]);
    expect((await found("segment=big")).toSorted()).toEqual(["ana", "carl"]);
    expect(await found("stage=mql&owner=maria")).toEqual(["carl"]);
    expect(await found("q=ÖLÇER_")).toEqual(["eva"]);
    expect(await found("q=ACME")).toEqual(["ana"]);
    expect(await found("q=100%25")).toEqual([]);
    expect(seen((await house.get("/?q=nobody")).text)).toContain("No lead fits these filters. Show all 4");
    // What the address line gets wrong is as if it were not there.
    expect(await found("temperature=tepid&segment=none&after=x_y_z")).toHaveLength(4);
  });

  test("goes from page to page and shows everybody once", async () => {
    for (let n = 0; n < 60; n++)
      await house.arrive(`lead${n}@x.example`, created({ employees: 100 + (n % 7) }));
    await house.arrive("hot@x.example", created({}), act("demo.requested"), act("page.viewed"));
    const emails: string[] = [];
    for (let path: string | undefined = "/"; path;) {
      const { text } = await house.get(path);
      emails.push(...[...text.matchAll(/href="\/leads\/([^"]+)"/g)].map(([, email]) => email!));
      path = /rel="next" href="([^"]+)"/.exec(text)?.[1]?.replaceAll("&amp;", "&");
    }
    expect(emails).toHaveLength(61);
    expect(new Set(emails).size).toBe(61);
    expect(emails[0]).toBe("hot%40x.example");
  });

  test("explains one lead: its score part by part, the curve, what comes next and all that happened", async () => {
    await threeLeads();
    await house.send();
    await notifyDue(house.spine, house.links);
    house.clock.jumpTo(MONDAY + 30 * DAY);
    await advanceDue(house.spine);
    const page = await house.get("/leads/ana%40x.example");
    expect(page.status).toBe(200);
    const words = seen(page.text);
    expect(words).toContain("<h1>Ana Reis</h1>".replaceAll(/<[^>]*>/g, ""));
    // 10 for the size, and half of 45 is left after a half-life.
    expect(words).toContain("Company size 500 (over 100) +10");
    expect(words).toMatch(
      /Demo 1 act, last 4 weeks ago; −22.5 faded .*Asked for a demo Mon 2 Mar, 10:00 \+45 \+22.5/,
    );
    expect(words).toContain("Total rounded down 32");
    expect(page.text).toMatch(
      /<svg class="chart wide"[^>]* role="img" aria-label="The score from Mon 2 Mar until now: 32, warm\."/,
    );
    expect(page.text).toContain("<title>Mon 2 Mar, 10:00: Turned hot at 55, by demo.requested</title>");
    expect(page.text).toMatch(/<title>[^<]*: Turned warm at 4\d, as time passed<\/title>/);
    expect(words).toContain("Fades to cold");
    expect(words).toContain("Thanks, Ana Asked for by “After the demo”, step thanks Sent");
    expect(words).toContain("Maria Silva was told");
    expect(words).toMatch(/Turned from cold to hot, score 55 \(hot begins at 50\)\./);
    expect(words).toContain("Became a lead");
    expect(words).toContain("Big companies");
  });

  test("tells a machine's hits from a person's, with the reason", async () => {
    await threeLeads();
    await house.send();
    const { id } = await house.spine.db.kysely
      .selectFrom("messages")
      .select("id")
      .where("kind", "=", "sequence")
      .executeTakeFirstOrThrow();
    const click = { verdict: "scanner", verdictReason: "asked with HEAD" } as const;
    await house.arrive(
      "ana@x.example",
      eventInput(
        "email.clicked",
        "lead",
        { link: 0, url: "https://acme.example/times" },
        { message: id, ...click },
      ),
    );
    const words = seen((await house.get("/leads/ana%40x.example")).text);
    expect(words).toMatch(
      /Clicked \/times in “Thanks, Ana” Machine not a person: a scanner, asked with HEAD/,
    );
    const sequence = seen((await house.get("/sequences/after-demo")).text);
    expect(sequence).toContain("Sent 1");
    expect(sequence).toMatch(/Clicked 0 0 % \+1/);
  });

  test("says why a mail waits and until when", async () => {
    house.clock.jumpTo(MONDAY + 10 * HOUR);
    await threeLeads();
    await house.send();
    const why = "Waits until Tue 3 Mar, 09:00: it is outside the sending window, or a holiday.";
    const words = seen((await house.get("/leads/ana%40x.example")).text);
    expect(words).toContain(
      "Not yet: it is outside the sending window, or a holiday (until Tue 3 Mar, 09:00).",
    );
    expect(words).toContain(
      "The mail “hot/thanks” goes out (After the demo) in 13 hours, Tue 3 Mar, 09:00; not yet: it is outside",
    );
    const box = await house.get("/mailbox?state=queued");
    expect(seen(box.text)).toContain(why);
    const path = /href="(\/mailbox\/\d+)"/.exec(box.text)![1]!;
    expect(seen((await house.get(path)).text)).toContain("It is not written yet");
    expect((await house.get(`${path}/mail`)).status).toBe(404);
  });

  test("shows a mail as it looks, in a frame that can do nothing, with links that are tracked and no pixel", async () => {
    await threeLeads();
    await house.send();
    const box = await house.get("/mailbox");
    expect(seen(box.text)).toContain("Thanks, Ana after-demo · thanks ana@x.example Sent");
    const path = /href="(\/mailbox\/\d+)"/.exec(box.text)![1]!;
    const page = await house.get(path);
    expect(page.text).toContain(`sandbox="allow-popups allow-popups-to-escape-sandbox" src="${path}/mail"`);
    const mail = await house.get(`${path}/mail`);
    expect(mail.status).toBe(200);
    expect(mail.headers.get("content-security-policy")).toMatch(/^sandbox allow-popups .*default-src 'none'/);
    expect(mail.headers.get("x-frame-options")).toBe("SAMEORIGIN");
    expect(mail.text).toContain('<base target="_blank">');
    expect(mail.text).toMatch(/href="http:\/\/localhost:3000\/t\/c\/[\w-]+"/);
    expect(mail.text).not.toContain("/t/o/");
    expect(seen((await house.get(`${path}?show=text`)).text)).toContain("Thanks See the times");
    const facts = seen((await house.get(`${path}?show=facts`)).text);
    expect(facts).toMatch(/To ana@x\.example/);
    expect(facts).toContain("List-Unsubscribe-Post List-Unsubscribe=One-Click");
    expect(facts).toContain("Sent: nothing stood against it.");
  });

  test("shows what reps got", async () => {
    await threeLeads();
    await notifyDue(house.spine, house.links);
    await house.send();
    const box = await house.get("/mailbox?to=reps");
    expect(seen(box.text)).toContain("Hot: Ana Reis, Acme Notice about Ana Reis maria@acme.example");
    expect(seen(box.text)).not.toContain("after-demo");
    const path = /href="(\/mailbox\/\d+)"/.exec(box.text)![1]!;
    expect((await house.get(`${path}/mail`)).text).toContain("Turned from cold to hot, score 55");
  });

  test("lists the notices of a rep, with why and what became of them", async () => {
    await threeLeads();
    await notifyDue(house.spine, house.links);
    const words = seen((await house.get("/notices?rep=maria")).text);
    expect(words).toContain("1 without an answer.");
    expect(words).toMatch(
      /Ana Reis Acme Turned from cold to hot, score 55 \(hot begins at 50\)\. After demo\.requested\. Unanswered Maria Silva was told just now/,
    );
    expect(seen((await house.get("/notices?rep=sam")).text)).toContain("No notice fits these filters.");
  });

  test("draws a sequence as a flow, with how many stand where and what became of the others", async () => {
    await threeLeads();
    await house.send();
    await drain(house.spine);
    const list = seen((await house.get("/sequences")).text);
    expect(list).toContain("After the demo When a lead does demo.requested 1 1 0 0");
    const words = seen((await house.get("/sequences/after-demo")).text);
    expect(words).toMatch(
      /Enters when a lead does demo\.requested Send hot\/thanks thanks .*?Sent 1 Opened 0 0 % Clicked 0/,
    );
    expect(words).toMatch(
      /Wait 3d 1 here now Branch clicked thanks Notify the owner “Call them” otherwise Send hot\/again/,
    );
    expect(words).toContain("Goal did trial.started");
  });

  test("escapes what leads are called, wherever it stands", async () => {
    const name = `<script>alert(1)</script>"'&`;
    const attributes = { first_name: name, company: name, employees: 500, odd: name };
    await house.arrive(
      "ana@x.example",
      created(attributes),
      act("demo.requested"),
      act("page.viewed", { path: name }),
    );
    await house.send();
    await notifyDue(house.spine, house.links);
    await house.send();
    for (const path of [
      "/",
      "/leads/ana%40x.example",
      "/notices",
      "/mailbox",
      `/?q=${encodeURIComponent(name)}`,
    ]) {
      const { status, text } = await house.get(path);
      expect([path, status]).toEqual([path, 200]);
      expect(text).toContain("&lt;script&gt;");
      expect(text).not.toContain("<script");
    }
  });

  test("loads nothing from elsewhere and runs no script", async () => {
    const page = await house.get("/");
    const policy = page.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    expect(page.headers.get("cache-control")).toBe("no-store, private");
    const style = /<link rel="stylesheet" href="([^"]+)"/.exec(page.text)![1]!;
    const sheet = await house.get(style);
    expect(sheet.headers.get("content-type")).toBe("text/css; charset=UTF-8");
    expect(sheet.headers.get("cache-control")).toContain("immutable");
    expect(sheet.text).not.toContain("url(");
    expect(page.text).not.toContain("style=");
  });

  test("answers 404 with a page for what is not there", async () => {
    for (const path of [
      "/leads/nobody%40x.example",
      "/leads/%00",
      "/sequences/none",
      "/mailbox/99999999999999999999",
      "/mailbox/99999999999999999999/mail",
      "/nothing/here",
    ]) {
      const { status, text } = await house.get(path);
      expect([path, status]).toEqual([path, 404]);
      expect(text).toContain("There is nothing here");
    }
  });

  test("stops all mail with a button, says so on every page, and lets it go again", async () => {
    const stopped = await house.post("/hold", { back: "/mailbox?state=queued" });
    expect(stopped.status).toBe(303);
    expect(stopped.headers.get("location")).toBe("/mailbox?state=queued");
    for (const path of ["/", "/sequences", "/notices", "/mailbox", "/leads/nobody%40x.example"])
      expect((await house.get(path)).text).toContain("All mail is on hold.");
    await threeLeads();
    await house.send();
    expect(seen((await house.get("/mailbox?state=queued")).text)).toContain(
      "Waits until it is released: all mail is on hold.",
    );
    expect((await house.post("/release")).headers.get("location")).toBe("/");
    expect((await house.get("/")).text).not.toContain("All mail is on hold.");
    await house.send();
    expect(seen((await house.get("/mailbox")).text)).toContain("Thanks, Ana");
  });

  test("takes a button only from its own pages, and never leads to another site", async () => {
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { origin: "https://evil.example" },
      { origin: "null" },
      {},
    ]) {
      expect((await house.post("/hold", {}, headers as Record<string, string>)).status).toBe(403);
    }
    expect((await house.get("/")).text).not.toContain("All mail is on hold.");
    expect((await house.post("/hold", {}, { origin: "http://localhost" })).status).toBe(303);
    for (const back of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "javascript:x",
      "/a\r\nb",
    ]) {
      expect((await house.post("/release", { back })).headers.get("location")).toBe("/");
    }
  });

  test("lists the mails in doubt and sends one again", async () => {
    await threeLeads();
    await house.send();
    const db = house.spine.db.kysely;
    await db
      .updateTable("messages")
      .set({ state: "in_doubt", reason: "the connection was lost", sent_at: null })
      .execute();
    const box = await house.get("/mailbox?state=in_doubt");
    expect(seen(box.text)).toContain("The connection was lost. ana@x.example In doubt Send again");
    const action = /action="(\/mailbox\/\d+\/send-again)"/.exec(box.text)![1]!;
    expect((await house.post(action, {}, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await house.post(action)).status).toBe(303);
    await house.send();
    expect(seen((await house.get("/mailbox?state=in_doubt")).text)).toContain("No mail is in doubt");
    expect(seen((await house.get("/mailbox")).text)).toContain("Thanks, Ana");
  });

  test("asks the database as often for many leads as for few", async () => {
    let asked = 0;
    const counter: KyselyPlugin = {
      transformQuery: ({ node }) => {
        asked++;
        return node;
      },
      transformResult: ({ result }) => Promise.resolve(result),
    };
    const watch = (spine: Spine): Spine => ({
      ...spine,
      db: { ...spine.db, kysely: spine.db.kysely.withPlugin(counter) },
    });
    house = await openDashboard(await open(), watch);
    const statements = async (path: string) => {
      asked = 0;
      await house.get(path);
      return asked;
    };
    await threeLeads();
    await house.send();
    await notifyDue(house.spine, house.links);
    const paths = ["/", "/?temperature=hot", "/leads/ana%40x.example", "/sequences", "/notices", "/mailbox"];
    const few = [];
    for (const path of paths) few.push(await statements(path));
    const visits = Array.from({ length: 20 }, (_, n) => act("page.viewed", { path: `/${n}` }));
    for (let n = 0; n < 20; n++)
      await house.arrive(`lead${n}@x.example`, created({ employees: 500 }), act("demo.requested"));
    await house.arrive("ana@x.example", ...visits);
    await house.send();
    await notifyDue(house.spine, house.links);
    for (const [index, path] of paths.entries())
      expect([path, await statements(path)]).toEqual([path, few[index]]);
    expect(Math.max(...few)).toBeLessThanOrEqual(12);
  });
});
