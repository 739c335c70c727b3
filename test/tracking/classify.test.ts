import fc from "fast-check";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readInbound } from "../../src/tracking/inbound/read.ts";

const FOLDER = join(import.meta.dirname, "../../../shared/data/bounces");
const HERE = existsSync(join(FOLDER, "expected.json"));
if (!HERE) console.warn(`skipped: what bounces are read as; ${FOLDER} is not here`);

type Expected = Record<string, { class: string }[]>;

const expected: Expected = HERE
  ? (JSON.parse(readFileSync(join(FOLDER, "expected.json"), "utf8")) as Expected)
  : {};

const mailOf = (file: string) => readFileSync(join(FOLDER, file));

async function classOf(mail: string) {
  return (await readInbound(Buffer.from(mail.replaceAll("\n", "\r\n")))).recipients.map(
    ({ recipient, status, class: kind, reason, counts }) => ({
      recipient,
      status,
      class: kind,
      reason,
      counts,
    }),
  );
}

const bounce = (text: string) => `From: MAILER-DAEMON@mx.example
To: ada@acme.example
Subject: Undelivered Mail Returned to Sender

This is the mail system at host mx.example. I'm sorry to inform you that
your message could not be delivered.

<eve@customer.example>: host mx.customer.example[192.0.2.1] said: ${text}
`;

describe.skipIf(!HERE)("the mails of ../shared/data/bounces", () => {
  it("are read as what they are: 97 % of classes, hard ones with precision 0.98 and recall 0.95, every complaint", async () => {
    let all = 0;
    let right = 0;
    let called = 0;
    let hard = 0;
    let both = 0;
    const missed: string[] = [];
    for (const [file, wanted] of Object.entries(expected)) {
      const { recipients } = await readInbound(mailOf(file));
      for (const [nth, { class: want }] of wanted.entries()) {
        const got = recipients[nth]?.class ?? "none";
        all++;
        if (got === want) right++;
        if (want === "hard") hard++;
        if (got === "hard") called++;
        if (got === "hard" && want === "hard") both++;
        if (want.startsWith("complaint") && got !== want) missed.push(file);
      }
    }
    expect(missed).toEqual([]);
    expect(right / all).toBeGreaterThanOrEqual(0.97);
    expect(both / called).toBeGreaterThanOrEqual(0.98);
    expect(both / hard).toBeGreaterThanOrEqual(0.95);
  });

  it("never fail to be read, cut off anywhere, with bytes changed, or doubled", async () => {
    const files = Object.keys(expected);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 0, max: 255 })), {
          maxLength: 20,
        }),
        async (file, kept, changes) => {
          const whole = mailOf(file);
          const mail = Buffer.from(whole.subarray(0, Math.ceil(whole.length * kept)));
          for (const [place, byte] of changes) mail[Math.floor(place * mail.length)] = byte;
          expect((await readInbound(mail)).recipients.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("an inbound mail", () => {
  it("may be any bytes at all", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        expect((await readInbound(bytes)).recipients).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });

  it("may be a megabyte of empty lines: what stands behind 5,000 of them is not read, and nobody waits", async () => {
    const report = bounce("550 5.1.1 No such user");
    const after = (lines: number) => classOf(`Subject: hello\n\n${"\n".repeat(lines)}${report}`);
    expect((await after(1000))[0]!.class).toBe("hard");
    expect((await after(1_000_000))[0]!.class).not.toBe("hard");
  });

  it.each([
    ["550 5.1.1 No such user", "hard", "userunknown"],
    ["550 5.1.1 <eve@customer.example>: Utilisateur inconnu", "hard", "userunknown"],
    ["550 5.1.10 the domain doesn't accept mail (null MX)", "hard", "notaccept"],
    ["552 5.2.2 Mailbox full", "soft", "mailboxfull"],
    ["550 Das Postfach ist voll", "soft", "mailboxfull"],
    ["552 5.3.4 Message too large", "soft", "mesgtoobig"],
    ["554 5.7.1 listed at zen.spamhaus.org", "soft", "blocked"],
    ["550 5.7.26 unauthenticated sender, see DMARC", "soft", "authfailure"],
    ["450 4.2.0 Greylisted, try again later", "soft", "speeding"],
    ["550 5.7.1 rejected for policy reasons", "soft", "policyviolation"],
    ["550 5.6.0 this looks like spam", "soft", "spamdetected"],
  ])("that says %s is %s (%s)", async (text, kind, reason) => {
    expect(await classOf(bounce(text))).toMatchObject([
      { recipient: "eve@customer.example", class: kind, reason },
    ]);
  });

  it("tells each recipient of a report apart", async () => {
    const report = `From: MAILER-DAEMON@mx.example
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; eve@customer.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

Final-Recipient: rfc822; bob@customer.example
Action: delayed
Status: 4.4.1

Final-Recipient: rfc822; eva@customer.example
Action: delivered
Status: 2.0.0

--b--
`;
    expect((await classOf(report)).map((one) => `${one.recipient} ${one.class}`)).toEqual([
      "eve@customer.example hard",
      "bob@customer.example soft",
      "eva@customer.example delivered",
    ]);
  });

  it.each([
    ["Subject: Re: Your case study", "reply"],
    ["Subject: Out of office: Re: Your case study", "autoreply"],
    ["Subject: AW: Abwesenheitsnotiz", "autoreply"],
    ["Subject: Thanks\nAuto-Submitted: auto-replied", "autoreply"],
    ["Subject: Thanks\nAuto-Submitted: no", "reply"],
    ["Subject: Thanks\nX-Autoreply: yes", "autoreply"],
    ["Subject: Thanks\nX-Precedence: auto_reply", "autoreply"],
    ["Subject: Réponse automatique : Your case study", "autoreply"],
    ["Subject: Odpowiedź automatyczna: Your case study", "autoreply"],
    ["Subject: Автоматический ответ: Your case study", "autoreply"],
    ["Subject: 자동 회신: Your case study", "autoreply"],
    ["Subject: Automatic reply: Delivery failure rates", "autoreply"],
    ["Subject: Re: Automatic doors", "reply"],
    ["Subject: A delivery problem with our order", "reply"],
    ["Subject: Re: delivery failed for us too, can you help?\nIn-Reply-To: <k.00@acme.example>", "reply"],
  ])("from a person or their machine: %s is %s", async (headers, kind) => {
    expect(await classOf(`From: Eve <eve@customer.example>\n${headers}\n\nHello.\n`)).toMatchObject([
      { recipient: "eve@customer.example", class: kind },
    ]);
  });

  it("that a person forwards or quotes is that person's", async () => {
    const quoted = `From: Eve <eve@customer.example>
Subject: Fwd: Undelivered Mail Returned to Sender
In-Reply-To: <k.00@acme.example>

Is this right?

<bob@customer.example>: host mx said: 550 5.1.1 User unknown
Final-Recipient: rfc822; bob@customer.example
Action: failed
Status: 5.1.1
`;
    expect(await classOf(quoted)).toMatchObject([{ recipient: "eve@customer.example", class: "reply" }]);
  });

  it("that says a mail was read is an automatic answer", async () => {
    const receipt = `From: Eve <eve@customer.example>
Subject: Read: Your case study
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822; eve@customer.example
Disposition: manual-action/MDN-sent-manually; displayed
--b--
`;
    expect(await classOf(receipt)).toMatchObject([{ recipient: "eve@customer.example", class: "autoreply" }]);
  });

  it.each(["abuse", "fraud", "virus", "opt-out", "other", "not-spam", "auth-failure"])(
    "that reports feedback of the type %s is a complaint of it",
    async (kind) => {
      const report = `From: fbl@isp.example
Subject: Fwd: Hello
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: message/feedback-report

Feedback-Type: ${kind}
Version: 1
Original-Rcpt-To: <Eve@customer.example>
--b--
`;
      expect(await classOf(report)).toMatchObject([
        { recipient: "eve@customer.example", class: `complaint:${kind}`, reason: "feedback" },
      ]);
    },
  );

  it("that Hotmail forwards as junk is a complaint", async () => {
    const junk = `From: staff@hotmail.com
Subject: complaint about message from 192.0.2.1
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: message/rfc822

X-HmXmrOriginalRecipient: eve@hotmail.com
To: undisclosed-recipients
Subject: Hello

Hello
--b--
`;
    expect(await classOf(junk)).toMatchObject([{ recipient: "eve@hotmail.com", class: "complaint:abuse" }]);
  });

  it("of long lines, deep parts and a megabyte of addresses is read at once", async () => {
    const deep = Array.from(
      { length: 300 },
      (_, n) => `--${n}\nContent-Type: multipart/mixed; boundary=${n + 1}\n\n`,
    );
    const hostile = [
      `From: a@b.example\nContent-Type: multipart/mixed; boundary=0\n\n${deep.join("")}`,
      bounce("a".repeat(1_000_000)),
      bounce("user ".repeat(200_000)),
      bounce("a@".repeat(500_000)),
      bounce(`${"<".repeat(100_000)}${"eve@customer.example\n".repeat(40_000)}`),
      `Subject: ${" ".repeat(1_000_000)}x\n\nHello`,
    ];
    for (const mail of hostile) expect((await classOf(mail)).length).toBeGreaterThan(0);
  });
});
