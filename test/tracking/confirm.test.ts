import { expect, test } from "vitest";
import { DAY } from "../../src/instant.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { suppressAddresses } from "../../src/leads/suppression.store.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { sendDue } from "../../src/sending/deliver.run.ts";
import { lintingCarrier } from "../email/linted.ts";
import { ADA, BASE, FILES, NOON, openHouse, type House } from "./house.ts";

const CONFIRM = `---
subject: Please confirm
---
<mj-section><mj-column><mj-button href="{{confirm_url}}">Yes</mj-button></mj-column></mj-section>
`;

const WELCOME = `
sequence: welcome
enter: [{ event: consent.given }]
steps: [{ send: warm/no-links }]
`;

const WITH_CONFIRM = {
  ...FILES,
  "templates/system/confirm.mjml": CONFIRM,
  "config/sequences/welcome.yaml": WELCOME,
};

const fillIn = (house: House, email = ADA) =>
  house.ask("/t/e", {
    method: "POST",
    body: JSON.stringify({ type: "form.submitted", form: "signup", email, fields: {} }),
  });

const mails = (house: House) => house.db.kysely.selectFrom("messages").selectAll().orderBy("id").execute();

const send = async (house: House) => {
  await drain(house.spine);
  const sender = { spine: house.spine, tokenKeys: house.keys, baseUrl: BASE };
  await sendDue({ ...sender, carrier: lintingCarrier(sender) });
  await drain(house.spine);
};

const pathOf = (house: House, lead: number) => `/t/f/${house.token("confirm", { lead, at: NOON })}`;

test("a form is answered by one mail that asks, and nothing else comes before the lead says yes", async () => {
  const house = await openHouse({ files: WITH_CONFIRM });
  for (let again = 0; again < 3; again++) expect((await fillIn(house)).status).toBe(200);
  await send(house);
  expect(await mails(house)).toMatchObject([
    {
      kind: "confirmation",
      recipient: ADA,
      template: "system/confirm",
      state: "sent",
      subject: "Please confirm",
    },
  ]);
  const lead = (await findLead(house.db.kysely, ADA))!;
  expect(lead.confirmed).toBe(false);
  const path = pathOf(house, lead.id);
  for (let visit = 0; visit < 100; visit++) {
    const answer = await house.ask(path, { method: visit % 2 === 0 ? "GET" : "HEAD" });
    expect(answer.status).toBe(200);
  }
  expect((await (await house.ask(path)).text()).match(/<button/g)).toHaveLength(1);
  const message = (await mails(house))[0]!.id;
  const view = await (await house.ask(`/t/v/${house.token("view", { message })}`)).text();
  expect(view).toContain("/t/f/only-in-the-mail");
  expect((await findLead(house.db.kysely, ADA))!.confirmed).toBe(false);

  const page = await (await house.ask(path, { method: "POST" })).text();
  expect(page).toContain("Your address is confirmed.");
  await house.ask(path, { method: "POST" });
  await send(house);
  expect((await findLead(house.db.kysely, ADA))!.confirmed).toBe(true);
  const log = (await house.log()).filter(({ type }) => type === "consent.given");
  expect(log).toMatchObject([
    {
      actor: "lead",
      properties: {
        words: "Yes, this is my address, and Acme may email me",
        source: "double opt-in",
        confirmed: true,
      },
    },
  ]);
  expect((await mails(house)).map(({ template, state }) => [template, state])).toEqual([
    ["system/confirm", "sent"],
    ["warm/no-links", "sent"],
  ]);
  expect(house.warnings).toEqual([]);
});

test("what a form earned leaves with the lead's yes, and not at all where that does not come within three days", async () => {
  const house = await openHouse({
    files: {
      ...WITH_CONFIRM,
      "config/sequences/welcome.yaml": WELCOME.replace("consent.given", "form.submitted"),
    },
  });
  await fillIn(house);
  await fillIn(house, "bob@customer.example");
  await send(house);
  const story = async () =>
    (await mails(house))
      .filter(({ template }) => template === "warm/no-links")
      .map(({ recipient, state, reason }) => `${recipient} ${state} ${reason ?? ""}`.trim());
  expect(await story()).toEqual([`${ADA} queued unconfirmed`, "bob@customer.example queued unconfirmed"]);
  const ada = (await findLead(house.db.kysely, ADA))!;
  await house.ask(pathOf(house, ada.id), { method: "POST" });
  await send(house);
  expect(await story()).toEqual([`${ADA} sent`, "bob@customer.example queued unconfirmed"]);
  house.clock.jumpTo(NOON + 3 * DAY);
  await send(house);
  expect(await story()).toEqual([`${ADA} sent`, "bob@customer.example dropped unconfirmed"]);
});

test("the suppressed are not asked, an old link is none, and neither is one to an address that is another's now", async () => {
  const house = await openHouse({ files: WITH_CONFIRM });
  const entry = { email: ADA, reason: "hard bounce", source: "test", at: NOON };
  await house.db.unit((trx) => suppressAddresses(trx, house.spine.suppressionKeys, [entry]));
  await fillIn(house);
  await drain(house.spine);
  expect(await mails(house)).toEqual([]);
  await fillIn(house, "bob@customer.example");
  await send(house);
  const bob = (await findLead(house.db.kysely, "bob@customer.example"))!;
  const path = pathOf(house, bob.id);
  expect((await house.ask(path)).status).toBe(200);
  await house.db.kysely.updateTable("leads").set({ email: "b@x.example" }).where("id", "=", bob.id).execute();
  expect((await house.ask(path)).status).toBe(404);
  await house.db.kysely.updateTable("leads").set({ email: bob.email }).where("id", "=", bob.id).execute();
  house.clock.jumpTo(NOON + 31 * DAY);
  expect((await house.ask(path)).status).toBe(404);
});
