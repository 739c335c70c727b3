import { generateKeyPairSync } from "node:crypto";
import { createTransport } from "nodemailer";
import { describe, expect, test } from "vitest";
import { finishMail, openDkim } from "../../src/email/mime.io.ts";
import { composeMessage, type MailInput } from "../../src/email/mime.ts";

const INPUT: MailInput = {
  from: { name: null, address: "ada@acme.example" },
  replyTo: null,
  to: "lead@there.example",
  subject: "Hello",
  html: "<p>Hello</p>",
  text: "Hello",
  at: 0,
  token: "1904f3a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3",
  leaveToken: "1b04f30f1e2d3c4b5a69788796a5b4c3d2e1f0a9b8c7",
  bouncesDomain: null,
  postmark: false,
  unsubscribeUrl: "https://mail.acme.example/t/u/token",
  sequence: { name: "one", title: "One" },
  template: "hello",
  automatic: null,
};

const DKIM = {
  domainName: "acme.example",
  keySelector: "k1",
  privateKey: generateKeyPairSync("rsa", { modulusLength: 1024 })
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString(),
};

async function fromLibrary(to: string, headers: Record<string, string> = {}) {
  const transport = createTransport({ streamTransport: true, buffer: true, dkim: DKIM } as never);
  const mail = { from: "ada@acme.example", to, subject: "Hello", text: "Hello", headers };
  const { envelope, message } = (await transport.sendMail(mail)) as unknown as {
    envelope: { to: string[] };
    message: Buffer;
  };
  return { envelope, raw: message.toString() };
}

function signedHeaders(raw: string): string[] {
  const unfolded = raw.replaceAll(/\r\n[ \t]+/g, "").replaceAll(" ", "");
  return /\bh=([^;]+);/.exec(unfolded)![1]!.toLowerCase().split(":");
}

describe("the mail library by itself", () => {
  test("leaves List-Unsubscribe-Post and Feedback-ID unsigned; our mails have both signed", async () => {
    const headers = {
      "List-Unsubscribe": "<https://mail.acme.example/t/u/token>",
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      "Feedback-ID": "a:b:c:d",
    };
    const library = signedHeaders((await fromLibrary("lead@there.example", headers)).raw);
    expect(library).toContain("list-unsubscribe");
    expect(library).not.toContain("list-unsubscribe-post");
    expect(library).not.toContain("feedback-id");
    const sign = openDkim(DKIM.domainName, DKIM.keySelector, DKIM.privateKey);
    const ours = signedHeaders((await finishMail(composeMessage(INPUT), sign)).toString());
    expect(ours).toEqual(
      expect.arrayContaining(["list-unsubscribe", "list-unsubscribe-post", "feedback-id"]),
    );
  });

  test("mails somebody else where an address holds a line break; ours refuses to make that mail", async () => {
    const to = "a@b.example\r\nBcc: x@y.example";
    expect((await fromLibrary(to)).envelope.to).toEqual(["x@y.example"]);
    expect(() => composeMessage({ ...INPUT, to })).toThrow(/is not exactly one mail address/);
  });

  test("lets a subject through that readers decode into another one; ours says what was written", async () => {
    const subject = "Hi =?UTF-8?Q?Bcc:=0D=0A?=";
    const ours = (await finishMail(composeMessage({ ...INPUT, subject }), null)).toString();
    expect(ours).toMatch(/^Subject: =\?UTF-8\?Q\?Hi_=3D=3FUTF-8=3FQ=3FBcc/m);
  });
});
