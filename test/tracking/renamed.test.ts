import { expect, onTestFinished, test } from "vitest";
import { appendToInbox } from "../../src/events/inbox.store.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { findSuppressed } from "../../src/leads/suppression.store.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { eraseLead } from "../../src/lifecycle/erase.run.ts";
import { inboundRoutes } from "../../src/web/inbound.routes.ts";
import { forEachDatabase } from "../database.ts";
import { ADA } from "./house.ts";
import { fromPostmark, openDesk } from "./providers/desk.ts";

const NEW = "ada@new.example";
const KEY = "key-of-this-test";

/** Ada got a mail, then another address. */
async function open(database: string) {
  const desk = await openDesk(database);
  onTestFinished(() => desk.db.close());
  const { db, spine, clock, message } = desk;
  const app = inboundRoutes({ ...desk.deps, apiKey: KEY, patience: 30 });
  const rename = async (from = ADA, to = NEW) => {
    const inputs = [{ kind: "rename" as const, to }];
    await db.unit((trx) =>
      appendToInbox(trx, [{ to: { email: from }, at: clock.now(), live: true, create: "no", inputs }]),
    );
    await drain(spine);
  };
  await rename();
  let nth = 0;
  return {
    ...desk,
    rename,
    /** Why each of these is on the list. */
    async listed(...emails: string[]) {
      await drain(spine);
      return Object.fromEntries(await findSuppressed(db.kysely, spine.suppressionKeys, emails));
    },
    async byMail(to: string, said = ""): Promise<void> {
      const from = said === "" ? `Ada <${ADA}>` : "MAILER-DAEMON@mx.example";
      const body = `From: ${from}\nTo: ${to}\nMessage-ID: <${nth++}@mx.example>\nSubject: Undelivered Mail\n\n${
        said === ""
          ? "stop"
          : `<${ADA}>: host mx.customer.example said: ${said} (in reply to RCPT TO command)`
      }\n`;
      const headers = { authorization: `Bearer ${KEY}` };
      const answer = await app.request("/hooks/inbound", { method: "POST", headers, body });
      expect(await answer.json()).toMatchObject({ accepted: 1 });
    },
    byProvider: (told: object) =>
      desk.post(
        fromPostmark({ Email: ADA, Metadata: { kindling: desk.token("verp", { message }) }, ...told }),
      ),
  };
}

type Desk = Awaited<ReturnType<typeof open>>;

const COMPLAINT = { RecordType: "SpamComplaint", ID: 1, Type: "SpamComplaint", MessageID: "m" };

const LEAVING: readonly [string, string, (desk: Desk) => Promise<unknown>][] = [
  [
    "unsubscribed",
    "its button",
    ({ ask, token, message }) => ask(`/t/u/${token("unsubscribe", { message })}`, { method: "POST" }),
  ],
  [
    "unsubscribed",
    "mail",
    ({ byMail, token, message }) => byMail(`u-${token("leave", { message })}@acme.example`),
  ],
  ["complained", "a provider", ({ byProvider }) => byProvider(COMPLAINT)],
];

forEachDatabase("of a mail to an address that its lead has left", (fresh, { url }) => {
  test.each(LEAVING)(
    "a reader who %s, by %s, gets no more at that address nor at the new one",
    async (reason, _, leave) => {
      const desk = await open(url(await fresh()));
      await leave(desk);
      expect(await desk.listed(ADA, NEW)).toEqual({ [ADA]: reason, [NEW]: reason });
      await desk.lead(ADA);
      expect(await desk.suppressed(ADA)).toBe(reason);
      expect(await desk.log(NEW)).toMatchObject([{ type: `email.${reason}`, properties: { address: ADA } }]);
    },
  );

  test("an unsubscribe reaches whoever has the address by now, and one that two leads had who are one", async () => {
    const desk = await open(url(await fresh()));
    await desk.lead("third@new.example");
    await desk.rename(NEW, "third@new.example");
    await desk.lead(ADA);
    await desk.ask(`/t/u/${desk.token("unsubscribe", { message: desk.message })}`, { method: "POST" });
    await drain(desk.spine);
    expect((await findLead(desk.db.kysely, ADA))?.suppressed).toBe("unsubscribed");
    expect(await desk.suppressed("third@new.example")).toBe("unsubscribed");
  });

  test.each(["a mail", "a provider"])("a hard bounce, told by %s, blocks that address alone", async (by) => {
    const desk = await open(url(await fresh()));
    const { message, token, db } = desk;
    const said = "550 5.1.1 User unknown";
    if (by === "a mail") await desk.byMail(`b-${token("verp", { message })}@bounces.acme.example`, said);
    else
      await desk.byProvider({
        RecordType: "Bounce",
        ID: 2,
        Type: "HardBounce",
        MessageID: "m",
        Details: said,
      });
    expect(await desk.log(NEW)).toMatchObject([
      {
        type: "email.bounced",
        message: String(message),
        properties: { class: "hard", reason: "userunknown", address: ADA, template: "warm/case-study" },
      },
    ]);
    expect(await desk.listed(ADA, NEW)).toEqual({ [ADA]: "hard bounce" });
    expect(await desk.suppressed(NEW)).toBeNull();
    const mail = await db.kysely.selectFrom("messages").select(["state", "bounced_at"]).executeTakeFirst();
    expect(mail).toEqual({ state: "bounced", bounced_at: desk.clock.now() });
    await desk.lead(ADA);
    expect(await desk.suppressed(ADA)).toBe("hard bounce");
  });

  test("an erasure blocks each address that they were mailed at, also one of a lead that became theirs", async () => {
    const { rename, lead, mail, spine, listed } = await open(url(await fresh()));
    await mail("warm/case-study", NEW);
    await lead("third@new.example");
    await rename(NEW, "third@new.example");
    await eraseLead(spine, "third@new.example");
    const all = [ADA, NEW, "third@new.example"];
    expect(await listed(...all)).toEqual(Object.fromEntries(all.map((email) => [email, "erased"])));
  });

  test("soft bounces count for nobody", async () => {
    const desk = await open(url(await fresh()));
    await desk.lead(ADA);
    const mails = [desk.message, await desk.mail(), await desk.mail(), await desk.mail()];
    await desk.rename();
    for (const message of mails)
      await desk.byMail(`b-${desk.token("verp", { message })}@bounces.acme.example`, "550 5.2.1 disabled");
    expect(await desk.told(NEW)).toHaveLength(mails.length);
    expect(await desk.listed(ADA, NEW)).toEqual({});
  });
});
