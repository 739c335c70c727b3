import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imapLogin } from "../../src/commands/doctor-mailbox.ts";
import { readEnvironment } from "../../src/config/environment.io.ts";
import { InputError } from "../../src/config/problems.ts";
import { DAY, HOUR, MINUTE } from "../../src/instant.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { parseImapUrl } from "../../src/tracking/mailbox/imap-url.ts";
import { openMailbox } from "../../src/tracking/mailbox/mailbox.io.ts";
import { nextPoll, pollMailbox } from "../../src/tracking/mailbox/poll.run.ts";
import { forEachDatabase } from "../database.ts";
import { MONDAY, openHouse as openCompany } from "../flows/sending-house.ts";
import { hasDovecot, startDovecot, type Dovecot } from "./dovecot.ts";
import { ADA, NOON, openHouse, type House } from "./house.ts";

const BOB = "bob@customer.example";
const CAROL = "carol@customer.example";

const here = hasDovecot();
let dovecot: Dovecot;
beforeAll(async () => {
  if (here) dovecot = await startDovecot();
});
afterAll(() => dovecot?.close());

let nth = 0;
const bounceOf = (house: Pick<House, "token">, message: number, to = ADA) => `From: MAILER-DAEMON@mx.example
To: b-${house.token("verp", { message })}@bounces.acme.example
Message-ID: <${nth++}@mx.example>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ${to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b--
`;

const complaintOf = (house: Pick<House, "token">, message: number) => `From: fbl@provider.example
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

Message-ID: <k.${house.token("verp", { message })}@acme.example>

Hello
--b--
`;

const replyOf = (house: Pick<House, "token">, message: number, from: string) => `From: ${from}
To: ada@acme.example
In-Reply-To: <k.${house.token("verp", { message })}@acme.example>
Subject: Re: The case

Yes, please call me.
`;

let users = 0;

/** A house with a mail to Ada, and a mailbox of its own. */
async function open(database?: string, more?: string) {
  const house = await openHouse(database === undefined ? {} : { database });
  await house.lead();
  const message = await house.mail();
  const user = `user${users++}@acme.example`;
  const url = dovecot.url(encodeURIComponent(user), more);
  const warnings: string[] = [];
  const warn = (said: string, details: object) => void warnings.push(`${said} ${JSON.stringify(details)}`);
  const deps = { spine: { ...house.spine, warn }, tokenKeys: house.keys, server: parseImapUrl(url) };
  return {
    ...house,
    message,
    user,
    url,
    deps,
    warnings,
    deliver: (mail: string, at = house.clock.now()) => dovecot.deliver(user, mail, at),
    /** Looks into the mailbox when it is time to. */
    async poll(stopping?: AbortSignal): Promise<number> {
      house.clock.jumpTo(await nextPoll(deps));
      return pollMailbox(deps, stopping);
    },
    types: async (email = ADA) =>
      (await house.log(email)).map(({ type }) => type).filter((type) => type.startsWith("email.")),
    bounce: () => bounceOf(house, message),
    reply: (from = ADA) => replyOf(house, message, from),
  };
}

describe.skipIf(!here)("a mailbox that is polled", () => {
  forEachDatabase("", (_open, { url, open: fresh }) => {
    test("gives a bounce, a complaint and a reply their effect, each once: over more looks, a restart, other numbers", async () => {
      const house = await open(url(await fresh()));
      for (const email of [BOB, CAROL]) await house.lead(email);
      const [toBob, toCarol] = [await house.mail(undefined, BOB), await house.mail(undefined, CAROL)];
      house.deliver(house.bounce());
      house.deliver(complaintOf(house, toBob));
      house.deliver("no mail at all");
      house.deliver(replyOf(house, toCarol, CAROL));
      expect(await house.poll()).toBe(4);
      const all = async () => [await house.types(), await house.types(BOB), await house.types(CAROL)];
      const once = [["email.bounced"], ["email.complained"], ["email.replied"]];
      expect(await all()).toEqual(once);
      expect((await findLead(house.db.kysely, ADA))!.suppressed).toBe("hard bounce");
      expect(await house.poll()).toBe(0);
      dovecot.renumber(house.user);
      expect(await house.poll()).toBe(4);
      expect(await all()).toEqual(once);
      house.deliver(replyOf(house, toCarol, `Carol <${CAROL}>`));
      expect(await house.poll()).toBe(1);
      expect(await house.types(CAROL)).toEqual(["email.replied", "email.replied"]);
      expect(dovecot.flags(house.user)).toEqual(["", "", "", "", ""]);
      expect(house.warnings).toEqual([]);
      await house.db.close();
    });

    test("is read on where a killed process left it: no mail twice, none lost", async () => {
      const database = url(await fresh());
      const house = await open(database);
      for (let n = 0; n < 40; n++) house.deliver(`Message-ID: <${n}@customer.example>\n${house.reply()}`);
      const script = new URL("mailbox-child.ts", import.meta.url).pathname;
      const child = spawn(process.execPath, [script, database, house.url, String(NOON)], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      await once(child.stdout, "data");
      child.kill("SIGKILL");
      await once(child, "exit");
      const before = (await house.types()).length;
      expect(before).toBeGreaterThan(0);
      // Whoever died may only be slow.
      expect(await pollMailbox(house.deps)).toBe(0);
      expect(await house.poll()).toBe(40 - before);
      expect(house.clock.now()).toBe(NOON + 5 * MINUTE);
      expect(await house.types()).toHaveLength(40);
      await house.db.close();
    });

    test("is read by one of two processes that look at once; of one that froze meanwhile nothing is taken", async () => {
      const house = await open(url(await fresh()));
      await house.poll();
      const deliver = () => house.deliver(`Message-ID: <${nth++}@customer.example>\n${house.reply()}`);
      for (let n = 0; n < 3; n++) deliver();
      house.clock.jumpTo(NOON + MINUTE);
      const read = await Promise.all([pollMailbox(house.deps), pollMailbox(house.deps)]);
      expect(read.toSorted()).toEqual([0, 3]);

      for (let n = 0; n < 3; n++) deliver();
      house.clock.jumpTo(NOON + HOUR);
      const others: number[] = [];
      const { db } = house;
      const freezing: typeof db = {
        ...db,
        async unit(work) {
          house.clock.jumpTo(NOON + HOUR + 5 * MINUTE);
          if (others.length === 0) others.push(await pollMailbox(house.deps));
          return db.unit(work);
        },
      };
      const frozen = { ...house.deps, spine: { ...house.deps.spine, db: freezing } };
      expect(await pollMailbox(frozen)).toBe(0);
      expect(others).toEqual([3]);
      expect(await house.poll()).toBe(0);
      expect(await house.types()).toHaveLength(6);
      expect(house.warnings).toEqual([]);
      await house.db.close();
    });
  });

  test("is looked at each minute; one that can't be reached ever later, until it can; nobody's address is in the log", async () => {
    const house = await open();
    const next = async () => ((await nextPoll(house.deps)) - house.clock.now()) / MINUTE;
    expect(await next()).toBe(0);
    await house.poll();
    expect(await next()).toBe(1);
    await dovecot.stop();
    const waits = [];
    for (let n = 0; n < 7; n++) {
      await house.poll();
      waits.push(await next());
    }
    await dovecot.start();
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
    house.deliver(house.reply());
    expect(await house.poll()).toBe(1);
    expect(await next()).toBe(1);
    expect(house.warnings).toHaveLength(7);
    expect(house.warnings[0]).toContain("nothing answers there (connection refused)");
    const wrong = { ...house.deps, server: { ...house.deps.server, pass: "Wrong-1" } };
    house.clock.jumpTo(house.clock.now() + MINUTE);
    expect(await pollMailbox(wrong)).toBe(0);
    expect(house.warnings[7]).toMatch(/it refuses the login \(Authentication failed\.\)/);
    expect(house.warnings.join()).not.toMatch(/acme|Wrong-1|secret/);
    await house.db.close();
  });

  test("is read from our first mail on, a week back at most: older letters of a lead are no replies", async () => {
    const house = await open();
    house.deliver(house.reply(), NOON - 2 * HOUR);
    house.deliver(house.reply(), NOON);
    house.clock.jumpTo(NOON + DAY);
    expect(await house.poll()).toBe(1);
    const late = await open();
    late.deliver(late.reply(), NOON);
    late.deliver(late.reply(), NOON + DAY);
    late.clock.jumpTo(NOON + 8 * DAY);
    expect(await late.poll()).toBe(1);
    // What lay there while nobody looked is read, however long that was.
    late.deliver(late.reply());
    late.clock.jumpTo(NOON + 30 * DAY);
    expect(await late.poll()).toBe(1);
    for (const { db } of [house, late]) await db.close();
  });

  test("keeps its mails unread; seen=true marks those that were read, and those that a killed process did not come to mark", async () => {
    const house = await open(undefined, "/INBOX?seen=true");
    const plain = { ...house.deps, server: { ...house.deps.server, marks: false } };
    house.deliver(house.reply());
    house.deliver(house.reply(), NOON - 30 * DAY);
    await pollMailbox(plain);
    expect(dovecot.flags(house.user)).toEqual(["", ""]);
    house.deliver(house.reply());
    await house.poll();
    expect(dovecot.flags(house.user)).toEqual(["S", "", "S"]);
    await house.db.close();
  });

  test("holds mails that the server can't read, and long ones: the first is passed over with a warning, of the others the first megabyte tells", async () => {
    const house = await open();
    chmodSync(house.deliver(house.reply()), 0);
    house.deliver(house.bounce().replace("--b--", `--b\n\n${"x".repeat(76)}\n`.repeat(20_000)));
    house.deliver(house.reply());
    while ((await house.types()).length < 2) await house.poll();
    expect(await house.types()).toEqual(["email.bounced", "email.replied"]);
    expect(house.clock.now() - NOON).toBe(7 * MINUTE);
    expect(house.warnings.at(-1)).toBe(
      'a mail in the mailbox can\'t be read and is passed over {"uid":1,"reason":"3 looks broke off at it"}',
    );
    await house.db.close();
  });

  test("is left as it is when the process ends meanwhile, and read on at once by the next", async () => {
    const house = await open();
    const stopping = new AbortController();
    for (let n = 0; n < 3; n++) house.deliver(house.reply());
    stopping.abort();
    expect(await house.poll(stopping.signal)).toBe(0);
    expect(await house.poll()).toBe(3);
    expect(house.warnings).toEqual([]);
    await house.db.close();
  });

  test("is tried by the doctor, who says how many mails it holds, or why it can't be used", async () => {
    const house = await open();
    house.deliver(house.reply());
    const ask = (IMAP_URL: string) => imapLogin(readEnvironment({ IMAP_URL }));
    const { host } = new URL(house.url);
    expect(await ask(house.url)).toEqual([
      {
        about: "imap",
        level: "ok",
        what: `${host} logs in; INBOX has 1 mail; open, on this machine`,
        todo: null,
      },
    ]);
    const found = [
      ...(await ask(house.url.replace("secret", "hunter2"))),
      ...(await ask(house.url.replace("INBOX", "Bounces"))),
      ...(await ask("imap://user@127.0.0.1")),
    ];
    expect(found.map(({ level }) => level)).toEqual(["wrong", "wrong", "wrong"]);
    expect(found[0]!.what).toBe(
      `the mailbox at ${host} can't be used: it refuses the login (Authentication failed.)`,
    );
    expect(found[1]!.what).toContain("it refuses (Mailbox doesn't exist");
    expect(await imapLogin(readEnvironment({}))).toEqual([]);
    expect(JSON.stringify(found)).not.toContain("hunter2");
    await house.db.close();
  });

  test("is read by a server that is told its address, within the minute", async () => {
    const user = `user${users++}`;
    const company = await openCompany({ environment: { IMAP_URL: dovecot.url(user) } });
    await company.start(ADA, []);
    await company.settle();
    dovecot.deliver(user, `From: ${ADA}\nTo: ada@acme.example\nSubject: Re: Hello\n\nYes.\n`, MONDAY);
    await company.until(MONDAY + MINUTE);
    expect(await company.log(ADA, "email.replied")).toHaveLength(1);
  });

  test("is reached over TLS whose certificate is right, or not at all", async () => {
    const house = await open();
    const server = parseImapUrl(dovecot.tlsUrl("tls"));
    await expect(openMailbox(server)).rejects.toThrow("no safe connection can be made");
    const trusting = parseImapUrl(dovecot.tlsUrl("tls", "?tls.rejectUnauthorized=false"));
    const mailbox = await openMailbox(trusting);
    expect(mailbox.mails).toBe(0);
    await mailbox.close();
    await expect(openMailbox({ ...house.deps.server, line: "starttls" })).rejects.toThrow("no safe");
    await expect(openMailbox({ ...house.deps.server, folder: ["None"] })).rejects.toThrow("it refuses (");
    await house.db.close();
  });
});

test("the mailbox's address says where, who and how; what is wrong with it is said without its password", () => {
  expect(parseImapUrl("imaps://a%40b.example:p%2Fw@mail.example/Lists/Bounces?seen=true")).toEqual({
    host: "mail.example",
    port: 993,
    line: "tls",
    user: "a@b.example",
    pass: "p/w",
    folder: ["Lists", "Bounces"],
    marks: true,
    rejectUnauthorized: true,
  });
  expect(parseImapUrl("imap://u:p@mail.example")).toMatchObject({
    port: 143,
    line: "starttls",
    folder: ["INBOX"],
  });
  expect(parseImapUrl("imap://u:p@127.0.0.1:1143")).toMatchObject({ port: 1143, line: "none" });
  for (const wrong of [
    "pop3://u:hunter2@mail.example",
    "imaps://hunter2@mail.example",
    "imaps://u:hunter2@mail.example?flag=true",
    "imaps://u:hunter2%@mail.example",
    "imaps://u:hunter2%0d%0a@mail.example",
  ]) {
    expect(() => parseImapUrl(wrong)).toThrow(InputError);
    expect(() => parseImapUrl(wrong)).not.toThrow(/hunter2/);
  }
});
