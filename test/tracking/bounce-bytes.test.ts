import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mailsIn } from "../../src/tracking/inbound/mbox.ts";
import { readInbound } from "../../src/tracking/inbound/read.ts";

const HEADER =
  "From: MAILER-DAEMON@mx.example\r\nTo: ada@acme.example\r\nSubject: Undelivered Mail Returned to Sender\r\n";

const classesOf = async (mail: Uint8Array) =>
  (await readInbound(mail)).recipients.map(({ recipient, class: kind }) => `${recipient} ${kind}`);

function encoded(charset: string, words: string): Buffer {
  const type = `Content-Type: text/plain; charset=${charset}\r\n\r\n<eve@customer.example>: host mx said: 550 `;
  return Buffer.concat([
    Buffer.from(HEADER + type),
    Buffer.from(words, "base64"),
    Buffer.from("\r\n    (in reply to RCPT TO command)\r\n"),
  ]);
}

describe("a bounce in any alphabet", () => {
  it.each([
    // ユーザが存在しません
    ["iso-2022-jp", "GyRCJWYhPCU2JCxCODpfJDckXiQ7JHMbKEI="],
    ["shift_jis", "g4aBW4NVgqqRto3dgrWC3IK5gvE="],
    ["euc-jp", "peahvKW2pKzCuLrfpLek3qS7pPM="],
    // 收件人不存在
    ["gb18030", "ytW8/sjLsru05tTa"],
    ["big5", "pqyl86RIpKOmc6Zi"],
    // Пользователь не найден
    ["koi8-r", "8M/M2NrP18HUxczYIM7FIM7BysTFzg=="],
    ["windows-1251", "z+7r/Ofu4uDy5ev8IO3lIO3g6eTl7Q=="],
    ["unicode-1-1-utf-7", "K0JCOEVQZ1E3QkV3RU53UStCRElFTUFSQ0JEVUVPd1JNICtCRDBFTlEgK0JEMEVNQVE1QkRRRU5RUTkt"],
    // Der Empfänger ist unbekannt
    ["iso-8859-1", "RGVyIEVtcGbkbmdlciBpc3QgdW5iZWthbm50"],
  ])("says in %s that there is no such recipient", async (charset, words) => {
    expect(await classesOf(encoded(charset, words))).toEqual(["eve@customer.example hard"]);
  });

  it("is read whatever its charset is called, and whatever its bytes are", async () => {
    const charset = fc.oneof(
      fc.constantFrom("utf-7", "iso-2022-jp", "shift_jis", "gb18030", "x-unknown", "utf-16", '"', ""),
      fc.string({ maxLength: 30 }),
    );
    await fc.assert(
      fc.asyncProperty(charset, fc.uint8Array({ maxLength: 500 }), async (name, bytes) => {
        expect(await classesOf(encoded(name, Buffer.from(bytes).toString("base64")))).not.toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

describe("a mail that means harm", () => {
  const field = fc.tuple(
    fc.constantFrom(
      "Content-Type",
      "Final-Recipient",
      "Action",
      "Status",
      "Diagnostic-Code",
      "Feedback-Type",
      "To",
    ),
    fc.oneof(
      fc.constantFrom(
        "multipart/report; boundary=b",
        "multipart/mixed; boundary=b",
        "message/delivery-status",
      ),
      fc.constantFrom(
        "message/feedback-report",
        "rfc822; eve@customer.example",
        "failed",
        "delayed",
        "5.1.1",
      ),
      fc.string({ unit: "binary", maxLength: 40 }),
    ),
  );
  const line = fc.oneof(
    field.map(([name, value]) => `${name}: ${value}`),
    fc.constantFrom(
      "",
      "--b",
      "--b--",
      ">>> RCPT TO:<eve@customer.example>",
      "<<< 550 User unknown",
      " folded",
    ),
    fc.string({ unit: "binary", maxLength: 40 }),
  );

  it("is read as something, in whatever order its lines and parts come", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 60 }), async (lines) => {
        for (const { recipient, class: kind } of (await readInbound(Buffer.from(lines.join("\r\n"))))
          .recipients) {
          expect(kind).toMatch(/^(?:hard|soft|autoreply|delivered|reply|none|complaint:[a-z-]+)$/);
          expect(recipient).toBe(recipient.toLowerCase());
        }
      }),
      { numRuns: 300 },
    );
  });

  it("may fill its megabyte with a single header, a thousand recipients, nested reports or one long word", async () => {
    const block = "Final-Recipient: rfc822; eve@customer.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n";
    const report =
      "Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n";
    const many = Array.from({ length: 1000 }, (_, n) => block.replace("eve", `eve${n}`)).join("");
    for (const mail of [
      `${HEADER}X-Failed-Recipients: ${"eve@customer.example, ".repeat(40_000)}\r\n\r\n`,
      `${HEADER}Content-Type: multipart/report; boundary="${"b".repeat(1_000_000)}"\r\n\r\n`,
      `${HEADER}\r\n>>> RCPT TO:<${"a".repeat(500_000)}\r\n<<< 5${"5".repeat(500_000)}`,
      HEADER + report + many,
      HEADER + report.repeat(500) + block,
      `${HEADER}\r\n${"user ".repeat(200_000)}`,
    ])
      expect((await classesOf(Buffer.from(mail))).length).toBeGreaterThan(0);
  });
});

describe("a file of mails", () => {
  it("is one mail, or each of an mbox", async () => {
    const mail = `${HEADER}\r\n<eve@customer.example>: 550 5.1.1 User unknown\r\n\r\nFrom here on all is quoted\r\n`;
    const line = "From MAILER-DAEMON Thu Apr 29 23:34:45 2015\r\n";
    expect(mailsIn(Buffer.from(mail))).toHaveLength(1);
    const two = mailsIn(Buffer.from(`${line}${mail}\r\n${line}${mail.replace("eve", "bob")}`));
    expect((await Promise.all(two.map(classesOf))).flat()).toEqual([
      "eve@customer.example hard",
      "bob@customer.example hard",
    ]);
  });
});
