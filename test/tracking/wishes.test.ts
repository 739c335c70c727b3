import { describe, expect, test } from "vitest";
import { DAY, formatInstant } from "../../src/instant.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { findSuppressed } from "../../src/leads/suppression.store.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { ADA, BASE, NOON, openHouse, withSettings, type House } from "./house.ts";

async function withMail(attributes: Readonly<Record<string, unknown>> = {}) {
  const house = await openHouse();
  await house.lead(ADA, attributes);
  const message = await house.mail();
  return {
    house,
    message,
    stopPath: `/t/u/${house.token("unsubscribe", { message })}`,
    preferencesPath: `/t/p/${house.token("preferences", { message })}`,
    viewPath: `/t/v/${house.token("view", { message })}`,
  };
}

async function ada(house: House) {
  await drain(house.spine);
  return (await findLead(house.db.kysely, ADA))!;
}

/** Nothing from elsewhere, no script, not framed, not kept; its address stays with us. */
function expectSafe(answer: Response) {
  const policy = answer.headers.get("content-security-policy")!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain("script-src");
  expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
  expect(answer.headers.get("cache-control")).toBe("no-store, private");
  expect(answer.headers.get("x-robots-tag")).toContain("noindex");
  expect(answer.headers.get("set-cookie")).toBeNull();
}

describe("unsubscribing", () => {
  test("asks first: a hundred visits by people and machines stop nobody's emails", async () => {
    const { house, stopPath } = await withMail();
    for (let visit = 0; visit < 100; visit++) {
      const answer = await house.ask(stopPath, {
        method: visit % 2 === 0 ? "GET" : "HEAD",
        agent: visit % 3 === 0 ? "curl/8.0" : undefined,
      });
      expect(answer.status).toBe(200);
    }
    expect(await house.log()).toEqual([]);
    expect((await ada(house)).suppressed).toBeNull();
    expect(house.hurried()).toBe(0);
  });

  test("has one page with one button", async () => {
    const { house, stopPath, preferencesPath } = await withMail();
    const answer = await house.ask(stopPath);
    const page = await answer.text();
    expectSafe(answer);
    expect(page).toMatch(/^<!doctype html><html lang="en">/);
    expect(page).toContain("<h1>Stop these emails?</h1>");
    expect(page.match(/<button/g)).toHaveLength(1);
    expect(page).toContain('<form method="post">');
    expect(page).toContain(`${BASE}${preferencesPath}`);
    expect(page).not.toContain(ADA);
  });

  test.each([
    ["a mailer's one click", () => new URLSearchParams({ "List-Unsubscribe": "One-Click" })],
    [
      "a mailer's one click, multipart",
      () => {
        const form = new FormData();
        form.set("List-Unsubscribe", "One-Click");
        return form;
      },
    ],
    ["the page's button", () => new URLSearchParams()],
    ["a body that is nothing", () => undefined],
    ["a body that is rubbish", () => "\u0000%%%".repeat(10_000)],
  ])("stops at once by %s", async (_, body) => {
    const { house, message, stopPath } = await withMail();
    // Gmail's own server asks in its reader's name.
    const answer = await house.ask(stopPath, {
      method: "POST",
      body: body(),
      agent: "Google-Mail-Unsubscribe-bot",
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("location")).toBeNull();
    expectSafe(answer);
    expect(await answer.text()).toContain("You will get no more emails");
    expect(house.hurried()).toBe(1);
    expect(await house.log()).toMatchObject([
      {
        type: "email.unsubscribed",
        verdict: "human",
        actor: "lead",
        message: String(message),
        properties: {},
      },
    ]);
    expect((await ada(house)).suppressed).toBe("unsubscribed");
    const list = await findSuppressed(house.db.kysely, house.spine.suppressionKeys, [ADA]);
    expect(list.get(ADA)).toBe("unsubscribed");
  });

  test("works still where the lead was forgotten", async () => {
    const { house, stopPath } = await withMail();
    await house.db.kysely.deleteFrom("leads").execute();
    expect((await house.ask(stopPath)).status).toBe(200);
    expect((await house.ask(stopPath, { method: "POST" })).status).toBe(200);
    expect(await drain(house.spine)).toBe(1);
  });

  test("speaks the lead's language, else the browser's, else the company's", async () => {
    const german = await withMail({ locale: "de-AT" });
    expect(await (await german.house.ask(german.stopPath)).text()).toContain("Keine E-Mails mehr?");
    const { house, stopPath } = await withMail();
    const ask = async (accepted: string) =>
      (await house.ask(stopPath, { headers: { "accept-language": accepted } })).text();
    expect(await ask("fr, de-CH;q=0.8, en;q=0.5")).toContain('lang="de"');
    expect(await ask("fr, en;q=0.5, de;q=0.4")).toContain('lang="en"');
    expect(await ask("fr;q=x,,;q")).toContain('lang="en"');
  });
});

describe("the preferences page", () => {
  const post = (house: House, path: string, fields: [string, string][]) =>
    house.ask(path, {
      method: "POST",
      body: new URLSearchParams(fields),
    });

  test("shows what the lead gets and changes nothing by being looked at", async () => {
    const { house, preferencesPath } = await withMail();
    const answer = await house.ask(preferencesPath);
    const page = await answer.text();
    expect(answer.status).toBe(200);
    expectSafe(answer);
    expect(page).toContain("<h1>Your emails from Acme</h1>");
    expect(page.match(/type="checkbox"[^>]* checked=""/g)).toHaveLength(2);
    expect(page).not.toContain(ADA);
    expect(await house.log()).toEqual([]);
  });

  test("a topic that is unticked is no longer consented to, in the words that stood there", async () => {
    const { house, message, preferencesPath } = await withMail();
    const answer = await post(house, preferencesPath, [
      ["do", "topics"],
      ["topic", "events"],
    ]);
    const page = await answer.text();
    expect(answer.status).toBe(200);
    expect(page).toContain('role="status"');
    expect(page.match(/checked=""/g)).toHaveLength(1);
    expect(await house.log()).toMatchObject([
      {
        type: "consent.withdrawn",
        actor: "lead",
        message: String(message),
        properties: {
          topic: "product",
          words: "Send me emails about: Product news",
          source: "preferences page",
        },
      },
    ]);
    await post(house, preferencesPath, [
      ["do", "topics"],
      ["topic", "events"],
      ["topic", "product"],
      ["topic", "made up"],
    ]);
    expect((await house.log()).map((event) => event.type)).toEqual(["consent.withdrawn", "consent.given"]);
  });

  test("where consent is asked for, only a topic that was ticked is on", async () => {
    const { house, preferencesPath } = await withMail();
    withSettings(house, { consent: { required: true, doubleOptIn: false } });
    expect(await (await house.ask(preferencesPath)).text()).not.toContain("checked");
    await post(house, preferencesPath, [
      ["do", "topics"],
      ["topic", "product"],
    ]);
    expect(await house.log()).toMatchObject([{ type: "consent.given", properties: { topic: "product" } }]);
    expect((await (await house.ask(preferencesPath)).text()).match(/checked=""/g)).toHaveLength(1);
  });

  test("gives a pause of 30 or 90 days, says until when, and ends it", async () => {
    const { house, preferencesPath } = await withMail({ locale: "de" });
    const page = await (await post(house, preferencesPath, [["do", "pause-30"]])).text();
    expect(page).toContain("Sie haben Pause bis 1. April 2026.");
    expect((await ada(house)).pausedUntil).toBe(NOON + 30 * DAY);
    await post(house, preferencesPath, [["do", "pause-90"]]);
    expect(await house.log()).toMatchObject([
      { type: "sequences.paused", actor: "lead", properties: { until: formatInstant(NOON + 30 * DAY) } },
      { type: "sequences.paused", properties: { until: formatInstant(NOON + 90 * DAY) } },
    ]);
    await post(house, preferencesPath, [["do", "resume"]]);
    expect((await ada(house)).pausedUntil).toBeNull();
  });

  test("switches everything off, and offers no way back that a forwarded mail could take", async () => {
    const { house, preferencesPath } = await withMail();
    const page = await (await post(house, preferencesPath, [["do", "off"]])).text();
    expect(page).toContain("You will get no more emails");
    expect((await ada(house)).suppressed).toBe("unsubscribed");
    expect(await (await house.ask(preferencesPath)).text()).not.toContain("<form");
    await post(house, preferencesPath, [["do", "off"]]);
    expect((await house.log()).map((event) => event.type)).toEqual(["email.unsubscribed"]);
  });

  test("refuses what is none of its buttons, and a body that is too long", async () => {
    const { house, preferencesPath } = await withMail();
    const wrong = await Promise.all([
      post(house, preferencesPath, []),
      post(house, preferencesPath, [["do", "forget"]]),
      house.ask(preferencesPath, {
        method: "POST",
        body: "%%%",
        headers: { "content-type": "multipart/form-data" },
      }),
    ]);
    expect(wrong.map((answer) => answer.status)).toEqual([400, 400, 400]);
    const long = await house.ask(preferencesPath, { method: "POST", body: "x".repeat(20_000) });
    expect(long.status).toBe(413);
    expect(await house.log()).toEqual([]);
  });

  test("of somebody who is gone leads nowhere", async () => {
    const { house, preferencesPath } = await withMail();
    await house.db.kysely.deleteFrom("leads").execute();
    expect((await house.ask(preferencesPath)).status).toBe(404);
  });
});

describe("the email in the browser", () => {
  test("is the mail as it was sent, in a sandbox without script", async () => {
    const { house, viewPath, stopPath, message } = await withMail();
    const answer = await house.ask(viewPath);
    const page = await answer.text();
    expect(answer.status).toBe(200);
    expectSafe(answer);
    expect(page).toContain("<title>The case for Ada &lt;b&gt;</title>");
    const frame = /<iframe [^>]*>/.exec(page)![0];
    expect(frame).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"');
    expect(frame).not.toContain("allow-scripts");
    const mail = frame
      .replaceAll("&quot;", '"')
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&amp;", "&");
    expect(mail).toContain('<base target="_blank">');
    expect(mail).toContain(`${BASE}${stopPath}`);
    expect(mail).toContain(`${BASE}${house.clickPath(message, 0)}`);
    expect(mail).not.toContain("/t/o/");
    expect(await house.log()).toEqual([]);
  });

  test("of a mail that has not left yet leads nowhere", async () => {
    const { house, viewPath } = await withMail();
    await house.db.kysely.updateTable("messages").set({ template_hash: null, variables: null }).execute();
    expect((await house.ask(viewPath)).status).toBe(404);
  });
});
