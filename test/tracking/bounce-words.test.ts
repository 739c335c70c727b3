import { describe, expect, it } from "vitest";
import { classifyRefusal } from "../../src/sending/refusal.ts";
import { BY_TEXT } from "../../src/sending/wording.ts";
import { readInbound } from "../../src/tracking/inbound/read.ts";

/** A report of a server's answer to `command`, as Postfix writes one. */
const report = (answer: string, command: string) =>
  Buffer.from(`From: MAILER-DAEMON@mx.example
To: ada@acme.example
Subject: Undelivered Mail Returned to Sender

I'm sorry to have to inform you that your message could not be delivered.

<eve@customer.example>: host mx.customer.example[192.0.2.1] said: ${answer} (in
    reply to ${command} command)
`);

async function verdictOf(answer: string, command = "RCPT TO") {
  const [verdict] = (await readInbound(report(answer, command))).recipients;
  return verdict!;
}

describe("a bad address", () => {
  it.each([
    // Postfix, Exim, sendmail, qmail, Courier
    "550 5.1.1 <eve@customer.example>: Recipient address rejected: User unknown in virtual alias table",
    '550 unknown local-part "eve" in domain "customer.example"',
    "550 Unrouteable address",
    "551 5.1.6 <eve@customer.example>... User has moved; please try <eve@new.example>",
    "511 sorry, no mailbox here by that name (#5.1.1 - chkuser)",
    "553 sorry, this recipient is not in my validrcptto list (#5.7.1)",
    // Exchange, Domino, MDaemon, SmarterMail, MailEnable, IronPort, Mimecast, Haraka
    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "550 <eve@customer.example>, Recipient unknown",
    "550 Requested action not taken: mailbox unavailable or not local",
    "550 #5.1.0 Address rejected.",
    "550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550",
    "550 I cannot deliver mail for {eve@customer.example}",
    // Gmail, Outlook, Yahoo, AOL, Comcast, Orange, mail.ru, Yandex, 163, QQ, Naver
    "550-5.1.1 The email account that you tried to reach does not exist.",
    "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
    "552 1 Requested mail action aborted, mailbox not found",
    "550 MAILBOX NOT FOUND",
    "550 5.1.1 Not our Customer",
    "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR204_416 [416]",
    "550 Message was not accepted -- invalid mailbox. Local mailbox eve@customer.example is unavailable: user not found",
    "550 5.7.1 No such user!",
    "550 RC:NE The email account does not exist.",
    "550 Mailbox unavailable or access denied",
    "550 5.1.1 No such user - nsmtp",
    "550 5.1.1 RCP-P1 http://postmaster.facebook.com/response_codes",
    // In other languages, with accents or without
    "550 Der Empfänger ist unbekannt",
    "550 Empfaenger unbekannt",
    "550 Adressat unbekannt oder Mailbox deaktiviert",
    "550 L'utilisateur n'existe pas",
    "550 El usuario no existe",
    "550 Endereço inexistente",
    "550 Indirizzo inesistente",
    "550 Gebruiker onbekend",
    "550 Uzytkownik nie istnieje",
    "550 Пользователь не найден",
    "550 ユーザが存在しません",
    "550 收件人不存在",
    "550 This user doesn’t exist",
  ])("is one where the server says to its recipient: %s", async (answer) => {
    expect(await verdictOf(answer)).toMatchObject({ recipient: "eve@customer.example", class: "hard" });
  });

  it.each(["550 User unknown", "550 5.0.0 no such user here", "553 customer.example does not exist"])(
    "is not believed once the server has read the mail: %s",
    async (answer) => {
      expect(await verdictOf(answer, "end of DATA")).toMatchObject({ class: "soft", reason: "filtered" });
    },
  );

  it("is believed after the mail where the status says so, or Yahoo that there is no such account", async () => {
    expect(await verdictOf("550 5.1.1 User unknown", "end of DATA")).toMatchObject({ class: "hard" });
    const yahoo =
      "554 delivery error: dd This user doesn't have a yahoo.com account (eve@yahoo.com) [0] - mta1";
    expect(await verdictOf(yahoo, "end of DATA")).toMatchObject({ class: "hard" });
  });

  it("is one by its status, whatever vague words stand beside it", async () => {
    expect(await verdictOf("550 5.1.1 <eve@customer.example>: inactive account")).toMatchObject({
      class: "hard",
    });
    expect(await verdictOf("550 <eve@customer.example>: inactive account")).toMatchObject({ class: "soft" });
  });
});

describe("an address that is fine", () => {
  it.each([
    ["552 5.2.2 mailbox full", "mailboxfull"],
    ["550 5.1.1 <eve@customer.example> is over quota", "mailboxfull"],
    ["550 La boîte aux lettres est pleine", "mailboxfull"],
    ["550 Caixa postal cheia", "mailboxfull"],
    ["550 郵箱已滿", "mailboxfull"],
    ["552 5.3.4 Message size exceeds fixed maximum message size", "mesgtoobig"],
    ["550 5.7.1 Relaying denied", "norelaying"],
    ["553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", "norelaying"],
    ["554 5.7.1 listed at zen.spamhaus.org; user unknown", "blocked"],
    ["550 5.1.1 blocked using Trend Micro RBL+", "blocked"],
    ["550 SC-001 weren't sent. Part of their network is on our block list.", "blocked"],
    [
      "554 Your access to this mail system has been rejected due to the sending MTA's poor reputation.",
      "badreputation",
    ],
    ["550 5.7.26 This mail is unauthenticated", "authfailure"],
    ["550 5.7.25 The IP address sending this message does not have a PTR record", "requireptr"],
    ["550 5.7.1 Policy rejection on the target address", "policyviolation"],
    ["550 Administrative prohibition", "policyviolation"],
    ["550 Mail content denied.", "spamdetected"],
    ["550 Virus found", "virusdetected"],
    ["452 4.2.1 mailbox temporarily disabled", "speeding"],
    ["550 Ip frequency limited", "speeding"],
  ])("is never blamed where a server says: %s", async (answer, reason) => {
    for (const command of ["RCPT TO", "end of DATA", "MAIL FROM"])
      expect(await verdictOf(answer, command)).toMatchObject({ class: "soft", counts: false, reason });
  });

  it.each([
    ["550 5.1.8 <ada@acme.example>: Sender address rejected: Domain not found", "rejected"],
    [
      "550-Verification failed for <ada@acme.example> 550-No Such User Here 550 Sender verify failed",
      "rejected",
    ],
    ["550 This account has been closed", "suspend"],
    ["550 mailbox is frozen", "suspend"],
    ["554 HELO host not found", "blocked"],
    ["550 your address is not on our whitelist", "rejected"],
    ["550 Domain acme.example has no MX record", "rejected"],
    ["550 the sender does not exist", "rejected"],
    ["554 5.7.1 <eve@customer.example>: Recipient address rejected: Access denied", "policyviolation"],
    ["450 User unknown", "userunknown"],
    ["554 Transaction failed", "policyviolation"],
  ])("is not bad for ever where a server says: %s", async (answer, reason) => {
    expect(await verdictOf(answer)).toMatchObject({ class: "soft", reason });
  });
});

describe("what a server writes", () => {
  it("is read alike in a refusal at once and in a bounce that comes later", async () => {
    for (const text of [
      "5.1.1 No such user",
      "5.2.2 Over quota",
      "5.7.1 blocked",
      "5.0.0 Empfänger unbekannt",
    ]) {
      const { class: kind, reason } = classifyRefusal({
        code: 550,
        status: text.slice(0, 5),
        text: `550 ${text}`,
      });
      expect(await verdictOf(`550 ${text}`)).toMatchObject({ class: kind, reason });
    }
  });

  it("is tried against each pattern without delay, however it is repeated", () => {
    const words = BY_TEXT.flatMap(([, { source }]) => source.match(/\p{L}[\p{L}' ]{3,}/gu) ?? []);
    for (const word of new Set(words)) {
      const text = `${word} `.repeat(4000 / word.length);
      expect(classifyRefusal({ code: 550, status: null, text }).class).toMatch(/hard|soft/);
    }
  });
});
