import { expect, test } from "vitest";
import { ONLY_IN_THE_MAIL } from "../../src/email/own-link.ts";
import { queueOwnMails } from "../../src/email/own-mails.store.ts";
import { eventInput } from "../../src/events/input.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { findSuppressed } from "../../src/leads/suppression.store.ts";
import { act, created } from "../reps/house.ts";
import { seen } from "./dashboard-house.ts";
import { openInMemory } from "./visitors.ts";

const ANA = "ana@x.example";
const PAGE = `/leads/${encodeURIComponent(ANA)}`;

async function withAna() {
  const house = await openInMemory();
  await house.user("mark", "marketer");
  await house.user("maria", "rep", "maria");
  await house.arrive(ANA, created({ first_name: "Ana" }), { kind: "set", owner: "maria" });
  const browser = house.browser();
  await browser.logIn("mark");
  return { house, browser };
}

test("a lead's page says what was said of consent, when, in what words and from where, and why no mail goes out since when", async () => {
  const { house, browser } = await withAna();
  expect((await browser.get(PAGE)).text).not.toContain('id="consent"');
  const given = { words: "Send me <news>", source: "shop" };
  await house.arrive(ANA, act("consent.given", given), act("consent.given", { ...given, confirmed: true }));
  await house.arrive(ANA, eventInput("consent.asked", "lead", { topic: "x", words: "Yes", source: "crm" }));
  await house.arrive(ANA, act("email.unsubscribed"));
  const { text } = await browser.get(PAGE);
  const section = seen(/<section[^>]*aria-labelledby="consent".*?<\/section>/s.exec(text)![0]);
  expect(section).toContain("On the suppression list unsubscribed since");
  expect(section).toContain("by lead");
  expect(section).toContain("All mail given");
  const record = [
    "unsubscribed, all mail",
    "asked for, x, “Yes”, by crm",
    "given and confirmed, all mail",
    "given, all mail, “Send me",
  ];
  const places = record.map((line) => section.indexOf(line));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test("a marketer has somebody forgotten: asked once more, by a form of our own page, and not by a visit", async () => {
  const { house, browser } = await withAna();
  const db = house.spine.db.kysely;
  const { text } = await browser.get(PAGE);
  expect(text).toContain(`href="${PAGE}/forget"`);
  const asked = await browser.get(`${PAGE}/forget`);
  expect(seen(asked.text)).toContain("Forget Ana for good?");
  expect(asked.text).toContain(`action="${PAGE}/forget"`);
  const elsewhere = await browser.post(`${PAGE}/forget`, {}, { "sec-fetch-site": "cross-site" });
  expect(elsewhere.status).toBe(403);
  expect(await findLead(db, ANA)).toBeTruthy();
  expect(seen((await browser.post(`${PAGE}/forget`)).text)).toContain("They are forgotten");
  expect(await findLead(db, ANA)).toBeFalsy();
  expect((await findSuppressed(db, house.spine.suppressionKeys, [ANA])).get(ANA)).toBe("erased");
  expect((await browser.post(`${PAGE}/forget`)).status).toBe(404);
});

test("the mailbox shows a mail that was asked for as it left: nothing to unsubscribe from, and no link that acts", async () => {
  const { house, browser } = await withAna();
  const lead = (await findLead(house.spine.db.kysely, ANA))!;
  const body = {
    subject: "Your data",
    html: `<p>https://k.example/t/d/${ONLY_IN_THE_MAIL}</p>`,
    text: "Here",
  };
  const at = house.clock.now();
  await queueOwnMails(house.spine.db.kysely, [
    {
      id: 7,
      kind: "confirmation",
      key: "k",
      recipient: ANA,
      lead: lead.id,
      template: "system:my-data",
      body,
      at,
      programme: "p",
    },
  ]);
  await house.send();
  const { text } = await browser.get("/mailbox/7?show=facts");
  expect(seen(text)).toContain("Auto-Submitted auto-generated");
  expect(text).not.toContain("List-Unsubscribe");
  const mail = await browser.get("/mailbox/7/mail");
  expect(mail.text).toContain(`/t/d/${ONLY_IN_THE_MAIL}`);
});

test("a rep sees no way to have their lead forgotten", async () => {
  const { house } = await withAna();
  const browser = house.browser();
  await browser.logIn("maria");
  expect((await browser.get(PAGE)).text).not.toContain("/forget");
});
