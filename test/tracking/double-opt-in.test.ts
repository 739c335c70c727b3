import { describe, expect, test } from "vitest";
import { appendToInbox } from "../../src/events/inbox.store.ts";
import { eventInput, type Input } from "../../src/events/input.ts";
import { DAY } from "../../src/instant.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { wholeRecord } from "../../src/lifecycle/export-lead.run.ts";
import { sendDue } from "../../src/sending/deliver.run.ts";
import { lintingCarrier } from "../email/linted.ts";
import { bring, counts, fileOf } from "../lifecycle/import-house.ts";
import { ADA, BASE, FILES, NOON, openHouse, type House } from "./house.ts";

const files = (consent: string) => ({
  ...FILES,
  "config/kindling.yaml": `${FILES["config/kindling.yaml"]!}consent: ${consent}\n`,
  "templates/system/confirm.mjml": `---
subject: Please confirm
---
<mj-section><mj-column><mj-button href="{{confirm_url}}">Yes</mj-button></mj-column></mj-section>
`,
  // Of the topic "product"; it may begin anew each time.
  "config/sequences/news.yaml":
    "sequence: news\nreenter: always\nenter: [{ event: go }]\nsteps: [{ send: warm/case-study }]\n",
  "config/sequences/welcome.yaml":
    "sequence: welcome\nenter: [{ event: consent.given }]\nsteps: [{ send: warm/no-links }]\n",
});
const ON = files("{ double_opt_in: true }");
const REQUIRED = files("{ required: true, double_opt_in: true }");
const OFF = files("{ required: true }");

const arrive = async (house: House, ...inputs: Input[]) => {
  const arrival = { to: { email: ADA }, at: house.clock.now(), live: true, create: "yes" as const, inputs };
  await house.db.unit((trx) => appendToInbox(trx, [arrival]));
  await send(house);
};

const send = async ({ spine, keys: tokenKeys }: House) => {
  await drain(spine);
  const sender = { spine, tokenKeys, baseUrl: BASE };
  await sendDue({ ...sender, carrier: lintingCarrier(sender) });
  await drain(spine);
};

/** What the API's `consent` becomes. */
const given = (topic?: string) =>
  eventInput("consent.given", "lead", { ...(topic ? { topic } : {}), words: "I want news", source: "crm" });
const go = () => eventInput("go", "lead", {});

/** `warm/case-study sent`, in order. */
const mails = async (house: House) => {
  const rows = await house.db.kysely.selectFrom("messages").selectAll().orderBy("id").execute();
  return rows.map(
    ({ template, state, reason }) => `${template} ${state}${reason === null ? "" : ` (${reason})`}`,
  );
};

const linkOf = async (house: House, at = house.clock.now()) => {
  const lead = (await findLead(house.db.kysely, ADA))!;
  return `/t/f/${house.token("confirm", { lead: lead.id, at })}`;
};

const confirm = async (house: House, at?: number) => {
  const path = await linkOf(house, at);
  expect((await house.ask(path, { method: "POST" })).status).toBe(200);
  await send(house);
};

const consents = async (house: House) =>
  (await house.log())
    .filter(({ type }) => type.startsWith("consent."))
    .map(({ type, properties }) => [type, properties["topic"] ?? "*"]);

describe("under double opt-in a consent that somebody told us of", () => {
  test.each([
    ["where consent is required", REQUIRED],
    ["where it is not", ON],
  ])("counts only once the lead confirms it, %s", async (_, config) => {
    const house = await openHouse({ files: config });
    await arrive(house, given(), go());
    expect(await mails(house)).toEqual(["warm/case-study dropped (unconfirmed)", "system/confirm sent"]);
    const path = await linkOf(house);
    for (let visit = 0; visit < 6; visit++)
      await house.ask(path, { method: visit % 2 === 0 ? "GET" : "HEAD" });
    await arrive(house, go());
    expect((await mails(house)).at(-1)).toBe("warm/case-study dropped (unconfirmed)");
    await confirm(house);
    await arrive(house, go());
    expect((await mails(house)).slice(3)).toEqual(["warm/no-links sent", "warm/case-study sent"]);
    expect(await consents(house)).toEqual([
      ["consent.asked", "*"],
      ["consent.given", "*"],
    ]);
    const record = (await wholeRecord(house.spine, ADA)) as {
      consents: { type: string; properties: object }[];
    };
    expect(record.consents.map(({ type, properties }) => ({ type, ...properties }))).toEqual([
      { type: "consent.asked", words: "I want news", source: "crm" },
      {
        type: "consent.given",
        words: "Yes, this is my address, and Acme may email me",
        source: "double opt-in",
        confirmed: true,
      },
    ]);
  });

  test("is confirmed for what was asked, and for nothing else", async () => {
    const house = await openHouse({ files: REQUIRED });
    await arrive(house, given("events"));
    const page = await (await house.ask(await linkOf(house))).text();
    expect(page).toContain("<li>Webinars</li>");
    expect(page).not.toContain("Product news");
    await confirm(house);
    await arrive(house, go());
    expect((await mails(house)).at(-1)).toBe("warm/case-study dropped (no_consent)");
    const [, said] = (await house.log()).filter(({ type }) => type.startsWith("consent."));
    expect(said!.properties).toEqual({
      topic: "events",
      words: "Yes, this is my address, and Acme may email me: Webinars",
      source: "double opt-in",
      confirmed: true,
    });
  });

  test("is asked about once in seven days, however often it comes, and never again once it counts", async () => {
    const house = await openHouse({ files: ON });
    for (let again = 0; again < 3; again++) await arrive(house, given());
    expect(await mails(house)).toEqual(["system/confirm sent"]);
    house.clock.jumpTo(NOON + 7 * DAY - 1);
    await arrive(house, given("events"));
    expect(await mails(house)).toHaveLength(1);
    house.clock.jumpTo(NOON + 7 * DAY);
    await arrive(house, given());
    expect(await mails(house)).toHaveLength(2);
    await confirm(house);
    house.clock.jumpTo(NOON + 30 * DAY);
    await arrive(house, given(), given("events"), go());
    expect((await mails(house)).slice(2)).toEqual(["warm/no-links sent", "warm/case-study sent"]);
  });

  test("is not asked about where the address is suppressed, and brings nobody back", async () => {
    const house = await openHouse({ files: ON });
    await arrive(house, eventInput("email.unsubscribed", "lead", {}));
    await arrive(house, given(), go());
    expect(await mails(house)).toEqual([]);
    expect((await findLead(house.db.kysely, ADA))!.suppressed).toBe("unsubscribed");
  });

  test("does not give back a topic that the lead has left", async () => {
    const house = await openHouse({ files: ON });
    await arrive(house, eventInput("consent.withdrawn", "lead", { topic: "product" }));
    await arrive(house, given("product"), go());
    expect(await mails(house)).toEqual(["warm/case-study dropped (unconfirmed)", "system/confirm sent"]);
    await confirm(house);
    await arrive(house, go());
    expect((await mails(house)).at(-1)).toBe("warm/case-study sent");
  });
});

test("without double opt-in a consent counts as it is told", async () => {
  const house = await openHouse({ files: OFF });
  await arrive(house, given(), go());
  expect(await mails(house)).toEqual(["warm/case-study sent", "warm/no-links sent"]);
  expect(await consents(house)).toEqual([["consent.given", "*"]]);
});

test("who left comes back by the link mailed to them, and by nothing that others tell of", async () => {
  const house = await openHouse({ files: ON });
  await arrive(house, given());
  await arrive(house, eventInput("email.unsubscribed", "lead", {}));
  const forged = eventInput("consent.given", "lead", {
    words: "Yes",
    source: "double opt-in",
    confirmed: true,
  });
  await arrive(house, forged, go());
  expect((await findLead(house.db.kysely, ADA))!.suppressed).toBe("unsubscribed");
  await confirm(house);
  expect((await findLead(house.db.kysely, ADA))!.suppressed).toBeNull();
  await arrive(house, eventInput("email.complained", "lead", {}));
  await confirm(house);
  expect((await findLead(house.db.kysely, ADA))!.suppressed).toBe("complained");
});

test("a topic that is ticked again on the preferences page waits for the link, and says so", async () => {
  const house = await openHouse({ files: ON });
  await house.lead(ADA, { locale: "de" });
  const message = await house.mail();
  const path = `/t/p/${house.token("preferences", { message })}`;
  const tick = async (...topics: string[]) => {
    const body = new URLSearchParams({ do: "topics" });
    for (const topic of topics) body.append("topic", topic);
    const page = await (await house.ask(path, { method: "POST", body })).text();
    await send(house);
    return page;
  };
  await tick("events");
  const page = await tick("events", "product");
  expect(page).toContain("Bitte bestätigen Sie es noch");
  expect(page).toMatch(/Product news<small>wartet auf den Link/);
  expect(page.match(/checked/g)).toHaveLength(1);
  await confirm(house);
  const after = await (await house.ask(path)).text();
  expect(after.match(/checked/g)).toHaveLength(2);
  expect(after).not.toContain("<small>");
});

test("an imported consent counts where the file says that it was confirmed; without that it asks nobody, unless told to live", async () => {
  const house = await openHouse({ files: REQUIRED });
  const rows =
    "email,consent,confirmed\n" +
    "a@x.example,yes,2025-11-05\nb@x.example,yes,yes\nc@x.example,product,\nd@x.example,yes,no\n";
  const file = await fileOf(rows);
  expect(counts(await bring(house.spine, file))).toEqual({ created: 4 });
  const words = async (name: string) =>
    (await house.log(`${name}@x.example`)).map(({ type, properties }) => [
      type,
      properties["confirmed_at"] ?? null,
    ]);
  expect(await words("a")).toEqual([["consent.given", "2025-11-05T00:00:00.000Z"]]);
  expect(await words("b")).toEqual([["consent.given", null]]);
  expect(await words("c")).toEqual([["consent.asked", null]]);
  expect(await words("d")).toEqual([["consent.asked", null]]);
  expect(counts(await bring(house.spine, file))).toEqual({ unchanged: 4 });
  expect(await mails(house)).toEqual([]);
  const again = await fileOf("email,consent,confirmed\nd@x.example,yes,2025-11-06\n");
  expect(counts(await bring(house.spine, again))).toEqual({ changed: 1 });
  expect((await words("d")).at(-1)).toEqual(["consent.given", "2025-11-06T00:00:00.000Z"]);
  await bring(house.spine, await fileOf("email,consent\ne@x.example,yes\n"), { live: true });
  expect(await mails(house)).toEqual(["system/confirm queued"]);
  const bad = await bring(house.spine, await fileOf("email,consent,confirmed\nf@x.example,yes,perhaps\n"));
  expect(bad.problems.map(({ reason }) => reason)).toEqual([
    'confirmed must be a date like 2026-01-31 or an instant like 2026-01-31T10:00:00Z, not "perhaps"',
  ]);
});
