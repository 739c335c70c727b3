import { expect, onTestFinished, test } from "vitest";
import { addKey } from "../../src/web/keys.store.ts";
import { inboundRoutes } from "../../src/web/inbound.routes.ts";
import { forEachDatabase } from "../database.ts";
import { ADA } from "./house.ts";
import { fromPostmark, openDesk } from "./providers/desk.ts";

async function open(database: string) {
  const desk = await openDesk(database);
  onTestFinished(() => desk.db.close());
  const { key } = await addKey(desk.db.kysely, { name: "mx", role: "ingest", rep: null }, desk.clock.now());
  const app = inboundRoutes({ ...desk.deps, apiKey: null, patience: 30 });
  let nth = 0;
  const returnPathOf = (message: number) => `b-${desk.token("verp", { message })}@bounces.acme.example`;
  return {
    ...desk,
    /** A report by mail, each with a Message-ID of its own. */
    async byMail(message: number, said: string): Promise<void> {
      const mail = `From: MAILER-DAEMON@mx.example
To: ${returnPathOf(message)}
Message-ID: <${nth++}@mx.example>
Subject: Undelivered Mail Returned to Sender

<${ADA}>: host mx.customer.example said: ${said} (in reply to RCPT TO command)
`;
      const headers = { authorization: `Bearer ${key}` };
      const answer = await app.request("/hooks/inbound", { method: "POST", headers, body: mail });
      expect(answer.status).toBe(202);
    },
    async byProvider(message: number, type: "HardBounce" | "SoftBounce", said: string): Promise<void> {
      const bounce = {
        RecordType: "Bounce",
        ID: 1000 + nth++,
        Type: type,
        MessageID: "883953f4-6105-42a2-a16a-77a8eac79483",
        Email: ADA,
        Details: `smtp;${said}`,
        BouncedAt: "2026-03-02T11:59:00Z",
        Metadata: { kindling: desk.token("verp", { message }) },
      };
      expect(await desk.post(fromPostmark(bounce))).toBe(200);
    },
  };
}

forEachDatabase("a mail that is told to have bounced more than once", (fresh, { url }) => {
  test("counts once, whoever tells of it: a soft limit of three is three mails", async () => {
    const { byMail, byProvider, mail, message, told, suppressed } = await open(url(await fresh()));
    for (const one of [message, await mail()]) {
      await byMail(one, "550 5.2.1 mailbox disabled");
      await byProvider(one, "SoftBounce", "550 5.2.1 mailbox disabled");
      await byMail(one, "550 5.2.1 mailbox disabled");
    }
    expect(await told()).toEqual(["email.bounced soft suspend", "email.bounced soft suspend"]);
    expect(await suppressed()).toBeNull();
    await byProvider(await mail(), "SoftBounce", "550 5.2.1 mailbox disabled");
    expect(await suppressed()).toBe("too many soft bounces");
  });

  test("is bad for ever where any of them says so, and said once it stays said", async () => {
    const { byMail, byProvider, message, told, suppressed } = await open(url(await fresh()));
    await byMail(message, "552 5.2.2 mailbox full");
    await byProvider(message, "SoftBounce", "550 5.2.1 mailbox disabled");
    await byMail(message, "550 5.1.1 User unknown");
    await byProvider(message, "HardBounce", "550 5.1.1 User unknown");
    await byMail(message, "550 5.2.1 mailbox disabled");
    expect(await told()).toEqual([
      "email.bounced soft mailboxfull blameless",
      "email.bounced soft suspend",
      "email.bounced hard userunknown",
    ]);
    expect(await suppressed()).toBe("hard bounce");
  });
});
