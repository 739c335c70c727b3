import { afterEach, describe, expect, test } from "vitest";
import { readLog } from "../../src/events/log.store.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { addKey } from "../../src/web/keys.store.ts";
import { inboundRoutes } from "../../src/web/inbound.routes.ts";
import { forEachDatabase } from "../database.ts";
import { ADA, FILES, openHouse } from "../tracking/house.ts";

const KEY = "key-of-this-test";
const LIMITED = {
  ...FILES,
  "config/kindling.yaml": FILES["config/kindling.yaml"]!.replace(
    "mail: { from: Ada at Acme <ada@acme.example> }",
    "mail: { from: Ada at Acme <ada@acme.example>, bounces: { domain: bounces.acme.example, soft_limit: 3 } }",
  ),
};

type Office = Awaited<ReturnType<typeof openOffice>>;
let office: Office | undefined;
afterEach(async () => {
  await office?.db.close();
  office = undefined;
});

const returnPathOf = (token: string) => `b-${token}@bounces.acme.example`;

async function openOffice(database?: string) {
  const house = await openHouse({ files: LIMITED, ...(database === undefined ? {} : { database }) });
  await house.lead();
  const message = await house.mail();
  const app = inboundRoutes({ ...house.deps, apiKey: KEY, patience: 30 });
  const token = house.token("verp", { message });
  return {
    ...house,
    message,
    app,
    own: token,
    leave: `u-${house.token("leave", { message })}@bounces.acme.example`,
    returnPath: returnPathOf(token),
    messageId: `<k.${token}@acme.example>`,
    async send(mail: string | ReadableStream<Uint8Array>, key = KEY): Promise<Response> {
      const init = {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "message/rfc822" },
        body: typeof mail === "string" ? mail.replaceAll("\n", "\r\n") : mail,
        duplex: "half",
      };
      return app.request("/hooks/inbound", init as RequestInit);
    },
    async told(email = ADA): Promise<string[]> {
      return (await house.log(email)).map(({ type, properties: { class: kind, reason, counts } }) =>
        [type, kind, reason, counts === false ? "blameless" : null].filter(Boolean).join(" "),
      );
    },
    suppressed: async (email = ADA) => {
      await house.log(email);
      return (await findLead(house.db.kysely, email))?.suppressed ?? null;
    },
  };
}

async function open(database?: string): Promise<Office> {
  office = await openOffice(database);
  return office;
}

let nth = 0;
const bounce = (to: string, said = "550 5.1.1 User unknown", returned = "") => `From: MAILER-DAEMON@mx.example
To: ${to}
Message-ID: <${nth++}@mx.example>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ${ADA}
Action: failed
Status: ${/[45]\.\d\.\d+/.exec(said)?.[0] ?? "5.0.0"}
Diagnostic-Code: smtp; ${said}

--b
Content-Type: message/rfc822

Message-ID: ${returned}
To: ${ADA}

Hello
--b--
`;

const complaint = (id: string) => `From: fbl@provider.example
To: abuse@acme.example
Message-ID: <${nth++}@provider.example>
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Test/1
Version: 1

--b
Content-Type: message/rfc822

Message-ID: ${id}
To: redacted@provider.example

Hello
--b--
`;

const reply = (headers: string, from = `Ada <${ADA}>`) => `From: ${from}
To: ada@acme.example
Message-ID: <${nth++}@customer.example>
Subject: Re: The case
${headers}
Yes, please call me.
`;

forEachDatabase("a mail that comes in", (_database, { url, open: fresh }) => {
  test("bounces hard, to the return path of a mail: its lead gets no more, and the same mail again changes nothing", async () => {
    const { send, told, suppressed, returnPath } = await open(url(await fresh()));
    const mail = bounce(returnPath);
    const answer = await send(mail);
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({
      accepted: 1,
      duplicates: 0,
      recipients: [{ recipient: ADA, status: "5.1.1", class: "hard", reason: "userunknown" }],
    });
    const again = await send(`Received: from elsewhere\n${mail}`);
    expect(await again.json()).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await told()).toEqual(["email.bounced hard userunknown"]);
    expect(await suppressed()).toBe("hard bounce");
  });

  test("complains of a mail by its Message-ID: all mail to the lead stops", async () => {
    const { send, told, suppressed, messageId } = await open(url(await fresh()));
    expect(await (await send(complaint(messageId))).json()).toMatchObject({ accepted: 1 });
    expect(await told()).toEqual(["email.complained"]);
    expect(await suppressed()).toBe("complained");
  });

  test("is a person's reply: an event with its subject, and the sequences pause", async () => {
    const { send, log, messageId, db } = await open(url(await fresh()));
    await send(reply(`In-Reply-To: ${messageId}\n`, "Somebody <other@elsewhere.example>"));
    const events = await log();
    expect(events[0]).toMatchObject({ type: "email.replied", properties: { subject: "Re: The case" } });
    expect((await findLead(db.kysely, ADA))!.pausedUntil).not.toBeNull();
  });
});

describe("a mail that comes in", () => {
  test("bounces softly three times in a row: suppressed; for policy or a full mailbox as often as it likes: not", async () => {
    const { send, suppressed, told, mail, token } = await open();
    const each = async (said: string) =>
      send(bounce(returnPathOf(token("verp", { message: await mail() })), said));
    for (const said of [
      "550 5.7.1 policy",
      "552 5.2.2 mailbox full",
      "550 5.7.1 spam",
      "552 5.3.4 too large",
    ])
      await each(said);
    expect(await told()).toEqual([
      "email.bounced soft policyviolation blameless",
      "email.bounced soft mailboxfull blameless",
      "email.bounced soft spamdetected blameless",
      "email.bounced soft mesgtoobig blameless",
    ]);
    for (let n = 0; n < 2; n++) await each("550 5.2.1 mailbox disabled");
    expect(await suppressed()).toBeNull();
    await each("550 5.2.1 mailbox disabled");
    expect(await suppressed()).toBe("too many soft bounces");
  });

  test("tells of a failed check, or that a mail is no spam: no complaint, and nothing changes", async () => {
    const { send, told, messageId } = await open();
    for (const kind of ["auth-failure", "not-spam"]) {
      const answer = await send(
        complaint(messageId).replace("Feedback-Type: abuse", `Feedback-Type: ${kind}`),
      );
      expect(await answer.json()).toMatchObject({
        accepted: 0,
        recipients: [{ class: `complaint:${kind}` }],
      });
    }
    expect(await told()).toEqual([]);
  });

  test("was passed on to several, of whom not all are bad for ever: the lead's address is not", async () => {
    const { send, told, returnPath } = await open();
    const [before, after] = bounce(returnPath).split(/(?<=User unknown\n)\n/) as [string, string];
    const other =
      "Final-Recipient: rfc822; bob@elsewhere.example\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 full\n";
    const passedOn = before.replace(`rfc822; ${ADA}`, "rfc822; eve@elsewhere.example");
    await send(`${passedOn}\n${other}\n${after}`);
    expect(await told()).toEqual(["email.bounced soft mailboxfull blameless"]);
    await send(`${before}\n${other}\n${after}`.replace(/Message-ID: <\d+@mx/, "Message-ID: <again@mx"));
    expect(await told()).toContain("email.bounced hard userunknown");
  });

  test("bounces to another address of ours, with our Message-ID in what it returns", async () => {
    const { send, told, messageId } = await open();
    await send(bounce("bounces@acme.example", "550 5.1.1 User unknown", messageId));
    expect(await told()).toEqual(["email.bounced hard userunknown"]);
  });

  test("bounces or complains without a token of ours, or with a forged one: nothing changes", async () => {
    const { send, told, own, suppressed, keys } = await open();
    const other = `${own.slice(0, -1)}${own.endsWith("0") ? "1" : "0"}`;
    expect(keys).toHaveLength(1);
    for (const mail of [
      bounce("bounces@acme.example"),
      `From: ${ADA}\nTo: b-${other}@bounces.acme.example\nSubject: hello\n\n`,
      bounce(`b-${other}@bounces.acme.example`),
      bounce("b-00@bounces.acme.example", "550 5.1.1 User unknown", `<k.${other}@acme.example>`),
      complaint(`<k.${other}@acme.example>`),
      complaint("<1@acme.example>"),
      `From: ${ADA}\nTo: u-${other}@bounces.acme.example\nSubject: unsubscribe\n\n`,
    ])
      expect(await (await send(mail)).json()).toMatchObject({ accepted: 0 });
    expect(await told()).toEqual([]);
    expect(await suppressed()).toBeNull();
  });

  test("to the unsubscribe address of a mail stops all mail; that address quoted in a reply does not", async () => {
    const { send, told, leave, suppressed, messageId } = await open();
    await send(`${reply(`In-Reply-To: ${messageId}\n`)}> List-Unsubscribe: <mailto:${leave}>\n`);
    expect((await told()).filter((type) => type.includes("unsub"))).toEqual([]);
    await send(`From: whoever@customer.example\nTo: ${leave.toUpperCase()}\nSubject: unsubscribe\n\n`);
    expect(await told()).toContain("email.unsubscribed");
    expect(await suppressed()).toBe("unsubscribed");
  });

  test("to an unsubscribe address made of what a Message-ID or a return path shows: nothing changes", async () => {
    const { send, told, own, leave, suppressed, messageId } = await open();
    const made = `u-${own}@bounces.acme.example`;
    await send(`From: ${ADA}\nTo: ${made}\nIn-Reply-To: ${messageId}\nSubject: unsubscribe\n\n`);
    // Nor does the address to leave by stand for a return path.
    await send(bounce(leave.replace("u-", "b-"), "550 5.1.1 User unknown", leave.replace("u-", "k.")));
    expect(await told()).toEqual([]);
    expect(await suppressed()).toBeNull();
  });

  test("is a reply without our Message-ID: it is the lead's who wrote it; a stranger makes no lead", async () => {
    const { send, told, db } = await open();
    await send(reply(""));
    expect(await told()).toContain("email.replied");
    await send(reply("", "new@stranger.example"));
    expect(await told("new@stranger.example")).toEqual([]);
    expect(await findLead(db.kysely, "new@stranger.example")).toBeNull();
  });

  test("is an automatic answer, or anything at our return path that is no bounce yet: nothing changes", async () => {
    const { send, told, messageId, returnPath } = await open();
    await send(reply(`In-Reply-To: ${messageId}\nAuto-Submitted: auto-replied\n`));
    await send(reply(`In-Reply-To: ${messageId}\nPrecedence: auto_reply\n`));
    await send(reply(`In-Reply-To: ${messageId}\nDelivered-To: ${returnPath}\n`));
    await send(bounce(returnPath, "450 4.4.1 no answer").replace("Action: failed", "Action: delayed"));
    expect(await told()).toEqual([]);
  });

  test("keeps line ends, NUL and half characters of its headers to itself", async () => {
    const { send, log, db, messageId } = await open();
    const subject = "=?utf-8?Q?a=0D=0ABcc:_x@y.example=00=ED=A0=80?=";
    await send(`From: ${ADA}\nTo: a@acme.example\nIn-Reply-To: ${messageId}\nSubject: ${subject}\n\nHi\n`);
    const [event] = await log();
    expect(event!.type).toBe("email.replied");
    expect(event!.properties["subject"]).toMatch(/^a Bcc: x@y\.example/);
    // oxlint-disable-next-line no-control-regex -- that is what must not be there
    expect(event!.properties["subject"]).not.toMatch(/[\u0000-\u001f]/);
    const lead = (await findLead(db.kysely, ADA))!;
    expect((await readLog(db.kysely, [lead.id])).get(lead.id)!.length).toBeGreaterThan(0);
  });

  test("needs a key, and one that may", async () => {
    const { app, send, db, clock } = await open();
    for (const [role, status] of [
      ["ingest", 202],
      ["rep", 403],
    ] as const) {
      const { key } = await addKey(db.kysely, { name: role, role, rep: null }, clock.now());
      expect((await send(bounce("x@acme.example"), key)).status).toBe(status);
    }
    expect((await app.request("/hooks/inbound", { method: "POST", body: "x" })).status).toBe(401);
    expect((await send("x", "another")).status).toBe(401);
    expect((await send("")).status).toBe(400);
  });

  test("may be 10 MB long: its first megabyte is read; an endless one is cut off, a slow one given up", async () => {
    const { send, told, returnPath } = await open();
    expect((await send(`${bounce(returnPath)}${"x".repeat(10 * 1024 * 1024)}`)).status).toBe(202);
    expect(await told()).toEqual(["email.bounced hard userunknown"]);
    const block = new Uint8Array(1024 * 1024);
    const endless = new ReadableStream({ pull: (to) => to.enqueue(block) });
    expect((await send(endless)).status).toBe(413);
    const silent = new ReadableStream({ start: (to) => to.enqueue(new Uint8Array(3)) });
    expect((await send(silent)).status).toBe(400);
  });

  test("is asked for again while the database is away", async () => {
    const { send, db, returnPath } = await open();
    await db.kysely.schema.dropTable("event_keys").execute();
    expect((await send(bounce(returnPath))).status).toBeGreaterThanOrEqual(500);
  });
});
