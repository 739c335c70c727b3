import PostalMime from "postal-mime";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { DAY, HOUR } from "../../src/instant.ts";
import { loadProgramme } from "../../src/programme/load.ts";
import { compileOnce } from "../compile-once.ts";
import { forEachDatabase } from "../database.ts";
import type { ReceivedMail } from "../flows/sending-sink.ts";
import { bring, fileOf } from "../lifecycle/import-house.ts";
import { COMPANY } from "./company.ts";
import { NASTY } from "./nasty.ts";
import {
  act,
  ADA,
  created,
  FORM,
  MONDAY,
  openServer,
  readable,
  type Answer,
  type Caller,
  type Server,
} from "./server.ts";

/** All that a mail of ours may have, each once. */
const HEADERS = [
  "auto-submitted",
  "content-type",
  "date",
  "feedback-id",
  "from",
  "list-id",
  "list-unsubscribe",
  "list-unsubscribe-post",
  "message-id",
  "mime-version",
  "reply-to",
  "subject",
  "to",
];

const TEXTS = ["first_name", "last_name", "company", "job_title", "phone", "plan"];

/** What a database may choke on; all else is the same with both. */
// oxlint-disable-next-line no-control-regex -- they are what it is about
const BREAKING = /\u0000|[\ud800-\udfff]|\r\n\r\n|drop table/;

forEachDatabase("line breaks, NUL and their like", (_open, databases) => {
  const payloads = databases.kind === "sqlite" ? NASTY : NASTY.filter((text) => BREAKING.test(text));
  const people = payloads.map((_nasty, place) => `lead${place}@customer.example`);
  const answers: Answer[] = [];
  let server: Server;

  beforeAll(async () => {
    server = await openServer({ databaseUrl: databases.url(await databases.open()) });
  });
  afterAll(() => server.close());

  /** Whatever is sent, the fault is never ours. */
  const ask = async (method: string, path: string, body?: unknown, as: Caller = "admin") => {
    const answer = await server.ask(path, { method, as, ...(body === undefined ? {} : { body }) });
    const told = () => `${method} ${path} ${JSON.stringify(body)} → ${answer.text} ${server.log.at(-1)}`;
    if (answer.status >= 500) throw new Error(told());
    answers.push(answer);
  };

  test("in every field of the API are text: in a lead's mails, in their reps' and in the digest", async () => {
    for (const [place, nasty] of payloads.entries()) {
      const email = people[place]!;
      const lead = `/api/leads/${email}`;
      const path = encodeURIComponent(nasty.toWellFormed().slice(0, 2000));
      const acts = ["lead.created", "welcome.asked", "demo.requested"].map((type) => ({ email, type }));
      await ask("POST", "/api/events", acts);
      const texts = Object.fromEntries(TEXTS.map((name) => [name, nasty]));
      await ask("PUT", lead, { attributes: texts }, "ingest");
      await ask("PUT", lead, { attributes: { country: nasty, timezone: nasty, locale: nasty } }, "ingest");
      await ask("PUT", lead, { attributes: { [nasty]: nasty } }, "ingest");
      await ask("PUT", lead, { owner: nasty, stage: nasty });
      await ask("PUT", lead, { consent: { topic: nasty, words: nasty, source: nasty } });
      await ask("PUT", lead, { consent: { words: nasty, source: nasty } });
      await ask("PUT", `/api/leads/${path}@customer.example`, {});
      const event = { email, type: "page.viewed", properties: { url: nasty, path: nasty, title: [nasty] } };
      for (const change of [
        {},
        { id: nasty },
        { type: nasty },
        { actor: nasty },
        { at: nasty },
        { email: nasty },
        { properties: { [nasty]: nasty } },
        { type: "form.submitted", properties: { form: nasty, fields: { [nasty]: nasty } } },
        { type: "rep.noted", actor: "rep", properties: { rep: "maria", text: nasty } },
      ])
        await ask("POST", "/api/events", { ...event, ...change });
      await ask("POST", "/api/deals", { email, id: nasty });
      await ask("POST", "/api/deals", { email, id: `d${place}`, stage: nasty, reason: nasty });
      await ask("POST", `/api/deals/d${place}`, { stage: nasty, reason: nasty });
      await ask("POST", `${lead}/enrol`, { sequence: nasty });
      await ask("POST", `${lead}/rename`, { to: nasty });
      await ask("POST", `${lead}/pause`, { until: "2026-03-02T12:30:00Z", reason: nasty });
      for (const place of ["leads?q=", "leads?where=", "leads?cursor=", "messages?email=", "deals/", "reps/"])
        await ask("GET", `/api/${place}${path}`);
      for (const place of ["/leads/", "/?q="]) await ask("GET", place + path);
    }
    await server.until(MONDAY + DAY);
    const to = server.mails.map((mail) => mail.to);
    expect(to).toEqual(expect.arrayContaining(people));
    expect(to.filter((address) => address.endsWith("@acme.example")).length).toBeGreaterThan(people.length);
    for (const mail of server.mails) await expectOneMail(mail);
  });

  test("at the doors that are open to strangers", async () => {
    await server.arrive(ADA, created(), act("welcome.asked"), act("demo.requested"));
    await server.settle();
    const link = (path: string) =>
      server.mails.map(({ raw }) => new RegExp(`${path}[\\w-]+`).exec(readable(raw))?.[0]).find(Boolean)!;
    const [preferences, notice] = [link("/t/p/"), link("/r/")];
    for (const [place, nasty] of payloads.entries()) {
      // Strangers are held to some forms a minute.
      server.clock.jumpTo(server.clock.now() + HOUR);
      const email = `form${place}@customer.example`;
      const form = { type: "form.submitted", form: "signup", email, fields: {} };
      for (const beacon of [
        { ...form, fields: { name: nasty.slice(0, 2000) } },
        { ...form, form: nasty, fields: { [nasty]: nasty } },
        { ...form, email: nasty },
        { type: "page.viewed", url: `https://acme.example/${nasty}`, title: nasty, referrer: nasty },
        { type: nasty, visitor: nasty, properties: { [nasty]: nasty } },
      ])
        await ask("POST", "/t/e", beacon, null);
      for (const [path, fields] of [
        [preferences, { do: "topics", topic: nasty }],
        [preferences, { do: nasty }],
        [notice, { answer: nasty, reason: nasty }],
        [notice, { answer: "not_a_fit", reason: nasty }],
      ] as const) {
        const body = new URLSearchParams(fields).toString();
        const answer = await server.ask(path, { method: "POST", headers: FORM, body });
        expect(answer.status, `${path} ${body} ${answer.text}`).toBeLessThan(500);
        answers.push(answer);
      }
      const reply = `From: "${nasty}" <${ADA}>\r\nSubject: Re: ${nasty}\r\nMessage-ID: <m${place}@x>\r\n\r\n${nasty}`;
      const bounce =
        `To: x\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; ${nasty}\r\n` +
        `Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 ${nasty}\r\n`;
      for (const mail of [reply, bounce]) await ask("POST", "/hooks/inbound", Buffer.from(mail), "ingest");
    }
    await server.until(server.clock.now() + DAY);
    const confirmations = server.mails.filter(({ to }) => to.startsWith("form"));
    expect(confirmations).toHaveLength(payloads.length);
    for (const mail of server.mails) await expectOneMail(mail);
  });

  test("in a request's own headers", async () => {
    const names = ["User-Agent", "Accept-Language", "X-Forwarded-For", "Authorization", "Cookie", "Host"];
    for (const bytes of ["\0", "\u0001", "\u007f", "\u0080\u00ff", "\u001b[2J", "x".repeat(100_000)]) {
      for (const name of names) {
        const head = `GET /t/u/x HTTP/1.1\r\nHost: x\r\n${name}: ${bytes}\r\nConnection: close\r\n\r\n`;
        expect(await server.raw(Buffer.from(head, "latin1")), name).toMatch(/^HTTP\/1\.1 4/);
      }
    }
    for (const nasty of payloads) {
      const key = nasty.replaceAll(/[^\x20-\x7e\x80-\xff]/g, "").slice(0, 10_000);
      const headers = { "idempotency-key": key, "user-agent": key };
      const answer = await server.ask(`/api/leads/${ADA}`, { method: "PUT", as: "admin", headers, body: {} });
      expect(answer.status, answer.text).toBeLessThan(500);
    }
  });

  test("in a file of leads, events or opt-outs", async () => {
    const { spine } = server.app;
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const lines = payloads.map((nasty, place) => `csv${place}@customer.example,${quoted(nasty)},5\n`);
    const csv = await fileOf(`email,first_name,${quoted(payloads[0]!)}\n${lines.join("")}`);
    expect((await bring(spine, csv, { live: true })).created).toBeGreaterThan(0);
    const of = (place: number) => `jsonl${place}@customer.example`;
    const leads = payloads.map((nasty, place) => ({
      email: of(place),
      attributes: { first_name: nasty, [nasty]: nasty, plan: nasty },
    }));
    await bring(spine, await fileOf(leads, "jsonl"), { live: true });
    const at = "2026-03-01T12:00:00Z";
    const events = payloads.flatMap((nasty, place) => [
      { email: of(place), type: "welcome.asked", at, id: nasty, properties: { [nasty]: nasty } },
      { email: nasty, type: nasty, at: nasty, properties: nasty },
    ]);
    await bring(spine, await fileOf(events, "jsonl"), { kind: "events", live: true });
    const optOuts = payloads.map((nasty, place) => ({ email: `out${place}@x.example`, reason: nasty }));
    await bring(spine, await fileOf(optOuts, "jsonl"), { kind: "suppressions" });
    await server.settle();
    for (const mail of server.mails) await expectOneMail(mail);
  });

  test("leave nothing behind that can't be folded, told or shown", async () => {
    await server.until(server.clock.now() + 4 * DAY);
    const db = server.app.db.kysely;
    const stuck = await db.selectFrom("inbox").selectAll().where("failed", "is not", null).execute();
    expect(stuck).toEqual([]);
    for (const { email } of await db.selectFrom("leads").select("email").execute()) {
      const path = encodeURIComponent(email);
      await ask("GET", `/leads/${path}?timeline=all`);
      for (const part of ["", "/timeline", "/export"]) await ask("GET", `/api/leads/${path}${part}`);
    }
    for (const { id } of await db.selectFrom("messages").select("id").orderBy("id").limit(40).execute()) {
      for (const view of ["/mail", "?show=facts"]) await ask("GET", `/mailbox/${id}${view}`);
    }
    for (const page of ["", "segments/visitors", "sequences/welcome", "scoring", "notices", "mailbox"])
      await ask("GET", `/${page}`);
    expect(server.log).toEqual([]);
    for (const { headers } of answers) expect(JSON.stringify(headers)).not.toMatch(/attacker|\\[rn]/);
  });
});

describe("a line break and a header behind it, in a file of the configuration", () => {
  // As YAML writes them between double quotes.
  const more = String.raw`\r\nBcc: evil@attacker.example\0`;
  const changed = (path: string, from: string, to: string) => {
    expect(COMPANY[path]).toContain(from);
    return { [path]: COMPANY[path]!.replace(from, to) };
  };
  const KINDLING = "config/kindling.yaml";

  test.each([
    ["the sender", changed(KINDLING, "Ada at Acme <ada@acme.example>", `"Ada${more} <ada@acme.example>"`)],
    [
      "the address for replies",
      changed(KINDLING, "reply_to: ada@acme.example", `reply_to: "ada@acme.example${more}"`),
    ],
    ["the domain for bounces", changed(KINDLING, "bounces.acme.example", `"bounces.acme.example${more}"`)],
    ["who hears of changes", changed(KINDLING, "team@acme.example", `"team@acme.example${more}"`)],
    [
      "a rep's address",
      changed("config/reps.yaml", "email: maria@acme.example", `email: "maria@acme.example${more}"`),
    ],
    [
      "a sequence's name",
      changed("config/sequences/welcome.yaml", "sequence: welcome", `sequence: "welcome${more}"`),
    ],
    [
      "a template's sender",
      changed("templates/welcome/hello.mjml", "topic: product", `from: "Eve${more} <eve@acme.example>"`),
    ],
  ] as const)("is refused in %s", async (_what, change) => {
    expect(await loadProgramme(files(change), compileOnce)).toHaveProperty("problems");
  });

  test("is one line of text elsewhere", async () => {
    const server = await openServer({
      files: {
        [KINDLING]: COMPANY[KINDLING]!.replace("name: Acme,", `name: "Acme${more}",`)
          .replace("title: Product news", `title: "News${more}"`)
          .replace("1 Main Street, Lisbon", `1 Main Street${more}`),
        ...changed("config/reps.yaml", "name: Maria Silva", `name: "Maria${more}"`),
        ...changed("config/sequences/welcome.yaml", "title: Welcome", `title: "Welcome${more}"`),
        "templates/welcome/hello.mjml": `---\nsubject: "Hi${more.replace(String.raw`\0`, "")}"\n---\n<mj-section></mj-section>\n`,
      },
    });
    onTestFinished(() => server.close());
    await server.arrive(ADA, created(), act("welcome.asked"), act("demo.requested"));
    await server.until(MONDAY + DAY);
    expect(server.mails.length).toBeGreaterThan(2);
    for (const mail of server.mails) await expectOneMail(mail);
  });

  function files(change: Readonly<Record<string, string>>): Map<string, string> {
    return new Map(Object.entries({ ...COMPANY, ...change }));
  }
});

/** One mail for one person, in lines as mail has them, with headers of ours alone. */
async function expectOneMail({ raw, to }: ReceivedMail): Promise<void> {
  expect(to).not.toContain("attacker");
  expect(raw).not.toMatch(/\0|[^\r]\n|\r[^\n]/);
  expect(Math.max(...raw.split("\r\n").map(({ length }) => length))).toBeLessThanOrEqual(998);
  const head = raw.slice(0, raw.indexOf("\r\n\r\n")).replaceAll(/\r\n[ \t]/g, " ");
  const names = head.split("\r\n").map((line) => /^([!-9;-~]+): /.exec(line)?.[1]!.toLowerCase() ?? line);
  expect(names.toSorted()).toEqual(HEADERS.filter((name) => names.includes(name)));
  const mail = await PostalMime.parse(raw);
  expect(mail.to).toEqual([{ address: to, name: "" }]);
  expect([mail.cc, mail.bcc, mail.from?.address]).toEqual([undefined, undefined, "ada@acme.example"]);
  expect(mail.subject).not.toMatch(/[\r\n\0]/);
}
