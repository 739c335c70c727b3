import { expect, test } from "vitest";
import { DAY, formatInstant } from "../../src/instant.ts";
import { appendToInbox } from "../../src/events/inbox.store.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { findSuppressed } from "../../src/leads/suppression.store.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { sendDue } from "../../src/sending/deliver.run.ts";
import type { Outgoing } from "../../src/sending/outbox.ts";
import { lintingCarrier } from "../email/linted.ts";
import { ADA, BASE, NOON, openHouse, type House } from "./house.ts";

async function withMail(attributes: Readonly<Record<string, unknown>> = {}) {
  const house = await openHouse();
  await house.lead(ADA, attributes);
  const message = await house.mail();
  return { house, preferencesPath: `/t/p/${house.token("preferences", { message })}` };
}

const post = (house: House, path: string, wish: string) =>
  house.ask(path, { method: "POST", body: new URLSearchParams({ do: wish }) });

const outboxOf = ({ spine, keys: tokenKeys }: House) => {
  const sender = { spine, tokenKeys, baseUrl: BASE };
  return { ...sender, carrier: lintingCarrier(sender) };
};

const mails = (house: House) =>
  house.db.kysely.selectFrom("messages").selectAll().where("kind", "=", "confirmation").execute();

/** Asks for the link, has it sent, and reads it in the mail. */
async function linkOf(house: House, preferencesPath: string): Promise<string> {
  await post(house, preferencesPath, "data");
  const outbox = outboxOf(house);
  const sent: Outgoing[] = [];
  const send = (mail: Outgoing) => {
    sent.push(mail);
    return outbox.carrier.send(mail);
  };
  await sendDue({ ...outbox, carrier: { ...outbox.carrier, send } });
  const { text, html } = sent.find(({ row }) => row.template === "system:my-data")!;
  const [, path] = new RegExp(`${BASE}(/t/d/\\S+)`).exec(text)!;
  expect(html).toContain(`href="${BASE}${path}"`);
  return path!;
}

test("fewer emails: at most one a week or a month, on the page and at the gate, and back", async () => {
  const { house, preferencesPath } = await withMail({ locale: "de" });
  const page = await (await post(house, preferencesPath, "fewer-week")).text();
  expect(page).toContain("Sie bekommen höchstens eine E-Mail in der Woche.");
  await post(house, preferencesPath, "fewer-week");
  expect(await house.log()).toMatchObject([
    { type: "preferences.changed", actor: "lead", properties: { fewer: "week" } },
  ]);
  const lead = (await findLead(house.db.kysely, ADA))!;
  const [sent] = await house.db.kysely.selectFrom("messages").selectAll().execute();
  const next = {
    ...sent!,
    id: sent!.id + 1,
    message_key: "next",
    state: "queued",
    sent_at: null,
    done_at: null,
  };
  await house.db.kysely
    .insertInto("messages")
    .values({ ...next, gated_at: null, due_at: NOON })
    .execute();
  const outbox = outboxOf(house);
  const decision = async () =>
    house.db.kysely
      .selectFrom("messages")
      .select(["state", "reason", "until"])
      .where("id", "=", next.id)
      .executeTakeFirst();
  await sendDue(outbox);
  expect(await decision()).toEqual({ state: "queued", reason: "cap", until: NOON + 7 * DAY });
  await post(house, preferencesPath, "fewer-month");
  await drain(house.spine);
  await sendDue(outbox);
  expect((await decision())!.until).toBe(NOON + 30 * DAY);
  await post(house, preferencesPath, "fewer-none");
  await drain(house.spine);
  await sendDue(outbox);
  expect(await decision()).toMatchObject({ state: "sent" });
  expect(lead.suppressed).toBeNull();
});

test("my data comes by a link to the lead's own address, once a day, and is the whole record", async () => {
  const { house, preferencesPath } = await withMail({ first_name: "Ada" });
  const page = await (await post(house, preferencesPath, "data")).text();
  expect(page).toContain("A link is on its way to your address.");
  expect(page).not.toContain("/t/d/");
  const path = await linkOf(house, preferencesPath);
  const [mail] = await mails(house);
  expect(mail).toMatchObject({ recipient: ADA, state: "sent", template: "system:my-data" });
  // What is kept of the mail, and shown to whoever may see mails, opens nothing.
  const kept = /\/t\/d\/([\w-]+)/.exec(mail!.variables!)![1];
  expect((await house.ask(`/t/d/${kept}`)).status).toBe(404);
  expect(mail!.variables).not.toContain(path.slice("/t/d/".length));
  const answer = await post(house, path, "data");
  expect(answer.headers.get("content-disposition")).toContain("my-data.json");
  expect(await answer.json()).toMatchObject({
    email: ADA,
    exported_at: formatInstant(NOON),
    attributes: { first_name: "Ada" },
    messages: [{ template: "warm/case-study" }, { template: "system:my-data" }],
  });
  house.clock.jumpTo(NOON + 8 * DAY);
  expect((await house.ask(path)).status).toBe(404);
  expect((await post(house, path, "data")).status).toBe(404);
});

test("a link to one's data is worth nothing once the address is another", async () => {
  const { house, preferencesPath } = await withMail();
  const path = await linkOf(house, preferencesPath);
  await house.db.kysely.updateTable("messages").set({ state: "sent" }).execute();
  const rename = { to: { email: ADA }, at: NOON, live: true, create: "no" as const };
  const inputs = [{ kind: "rename" as const, to: "new@customer.example" }];
  await house.db.unit((trx) => appendToInbox(trx, [{ ...rename, inputs }]));
  expect((await house.ask(path)).status).toBe(404);
});

test("forget me asks once more, then forgets; a hundred visits by scanners forget, tell and unsubscribe nobody", async () => {
  const { house, preferencesPath } = await withMail();
  const path = await linkOf(house, preferencesPath);
  for (let visit = 0; visit < 100; visit++) {
    const method = visit % 2 === 0 ? "GET" : "HEAD";
    for (const asked of [path, preferencesPath])
      expect(
        (await house.ask(asked, { method, agent: visit % 3 === 0 ? "curl/8.0" : undefined })).status,
      ).toBe(200);
  }
  expect(await house.log()).toEqual([]);
  expect(await mails(house)).toHaveLength(1);
  const asked = await (await post(house, path, "forget")).text();
  expect(asked).toContain("Forget you for good?");
  expect(await findLead(house.db.kysely, ADA)).not.toBeNull();
  expect((await post(house, path, "rubbish")).status).toBe(400);
  expect(await (await post(house, path, "back")).text()).toContain("Download my data");
  expect(await (await post(house, path, "forget-me")).text()).toContain("You are forgotten");
  expect(await findLead(house.db.kysely, ADA)).toBeNull();
  expect((await findSuppressed(house.db.kysely, house.spine.suppressionKeys, [ADA])).get(ADA)).toBe("erased");
  expect((await post(house, path, "data")).status).toBe(404);
  expect((await house.ask(preferencesPath)).status).toBe(404);
  expect(house.warnings).toEqual([]);
});

test("who has left is sent no link", async () => {
  const { house, preferencesPath } = await withMail();
  await post(house, preferencesPath, "off");
  await post(house, preferencesPath, "data");
  expect(await mails(house)).toEqual([]);
});
