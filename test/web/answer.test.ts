import type { Hono } from "hono";
import { beforeEach, expect, test } from "vitest";
import { HOUR } from "../../src/instant.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { escalateDue, notifyDue } from "../../src/lifecycle/notify.run.ts";
import { answerRoutes } from "../../src/web/answer.routes.tsx";
import { forEachDatabase } from "../database.ts";
import { act, created, MONDAY, openHouse, type House } from "../reps/house.ts";

forEachDatabase("the page of a notice", (open) => {
  let house: House;
  let app: Hono;

  beforeEach(async () => {
    house = await openHouse(await open());
    app = answerRoutes({ spine: house.spine, ...house.links });
    const attributes = { employees: 500, country: "PT", first_name: "Ana", company: "<b>Acme</b>" };
    await house.arrive("ana@x.example", created(attributes), act("demo.requested"));
    await notifyDue(house.spine, house.links);
  });

  /** The path in the button of a mail: the first one, the second one. */
  async function pathIn(mail: number, answer = "mine"): Promise<string> {
    const { text } = (await house.mails())[mail]!;
    return new RegExp(`https://k\\.example(/r/[\\w-]+)\\?answer=${answer}`).exec(text)![1]!;
  }

  function answer(path: string, form: Record<string, string>): Promise<Response> {
    return Promise.resolve(app.request(path, { method: "POST", body: new URLSearchParams(form) }));
  }

  async function state(): Promise<string> {
    const row = await house.spine.db.kysely
      .selectFrom("notices")
      .select(["state", "answer", "rep"])
      .executeTakeFirstOrThrow();
    return `${row.state} ${row.answer} ${row.rep}`;
  }

  test("says who and why, with a button for each answer, and asking changes nothing", async () => {
    const path = await pathIn(0);
    const page = await app.request(path);
    expect(page.status).toBe(200);
    expect(page.headers.get("cache-control")).toBe("no-store, private");
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    const text = await page.text();
    expect(text).toContain("<h1>Ana</h1>");
    expect(text).toContain("&lt;b&gt;Acme&lt;/b&gt;");
    expect(text).toContain("Turned from cold to hot, score 55");
    expect([...text.matchAll(/name="answer" value="(\w+)"/g)].map(([, value]) => value)).toEqual([
      "mine",
      "not_a_fit",
      "later",
    ]);
    expect((await app.request(path, { method: "HEAD" })).status).toBe(200);
    expect(await state()).toBe("sent null maria");
  });

  test("has one button where the mail's button was for one answer", async () => {
    const text = await (await app.request(`${await pathIn(0)}?answer=not_a_fit`)).text();
    expect([...text.matchAll(/name="answer" value="(\w+)"/g)].map(([, value]) => value)).toEqual([
      "not_a_fit",
    ]);
    expect(text).toContain('name="reason"');
  });

  test("takes the answer once and says ever after what was answered", async () => {
    const path = await pathIn(0);
    const done = await answer(path, { answer: "not_a_fit", reason: "A student <3" });
    expect(done.status).toBe(200);
    const text = await done.text();
    expect(text).toContain("You answered “Not a fit” just now.");
    expect(text).toContain("A student &lt;3");
    expect(text).not.toContain("<form");
    const again = await (await answer(path, { answer: "mine" })).text();
    expect(again).toContain("You answered “Not a fit” just now.");
    await drain(house.spine);
    expect(await findLead(house.spine.db.kysely, "ana@x.example")).toMatchObject({
      stage: "lost",
      owner: null,
    });
    const events = await house.spine.db.kysely
      .selectFrom("events")
      .select("type")
      .where("type", "=", "notice.answered")
      .execute();
    expect(events).toHaveLength(1);
  });

  test("answers as whoever's mail the link was in, also after the notice has gone on", async () => {
    house.clock.jumpTo(MONDAY + 4 * HOUR);
    await escalateDue(house.spine, house.links);
    expect(await state()).toBe("sent null sam");
    const maria = await pathIn(0);
    expect(maria).not.toBe(await pathIn(1));
    expect(await (await app.request(maria)).text()).toContain("Sam Lee was told since.");
    await answer(maria, { answer: "mine" });
    expect(await state()).toBe("answered mine maria");
    expect(await (await app.request(await pathIn(1))).text()).toContain(
      "Maria Silva answered “Mine” just now.",
    );
    await drain(house.spine);
    expect(await findLead(house.spine.db.kysely, "ana@x.example")).toMatchObject({ owner: "maria" });
  });

  test("refuses what is no answer, and is not there for a token that is none", async () => {
    const path = await pathIn(0);
    expect((await answer(path, {})).status).toBe(400);
    expect((await answer(path, { answer: "maybe" })).status).toBe(400);
    const long = await answer(path, { answer: "later", reason: "x".repeat(20_000) });
    expect(long.status).toBe(413);
    expect(await state()).toBe("sent null maria");
    for (const token of ["x", path.slice(3, -1), `${path.slice(3)}A`]) {
      expect((await app.request(`/r/${token}`)).status).toBe(404);
      expect((await answer(`/r/${token}`, { answer: "mine" })).status).toBe(404);
    }
  });

  test("is gone with the lead", async () => {
    const path = await pathIn(0);
    await house.spine.db.kysely.deleteFrom("leads").execute();
    expect((await app.request(path)).status).toBe(404);
    expect((await answer(path, { answer: "mine" })).status).toBe(404);
  });
});
