import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import PostalMime from "postal-mime";
import { describe, expect, test } from "vitest";
import { finishMail, openDkim } from "../../src/email/mime.io.ts";
import { composeMessage, readOwnAddress, tokenOfMessageId, type MailInput } from "../../src/email/mime.ts";
import { parseInstant } from "../../src/instant.ts";

const INPUT: MailInput = {
  from: { name: "Ada at Acme", address: "ada@acme.example" },
  replyTo: { name: null, address: "reply@acme.example" },
  to: "lead@there.example",
  subject: "Hello, how Northwind cut onboarding to a day",
  html: "<p>Hello</p>",
  text: "Hello\n",
  at: parseInstant("2026-03-03T09:00:00Z")!,
  token: "1904f3a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3",
  leaveToken: "1b04f30f1e2d3c4b5a69788796a5b4c3d2e1f0a9b8c7",
  bouncesDomain: "bounces.acme.example",
  postmark: false,
  unsubscribeUrl: "https://mail.acme.example/t/u/GQTzobLD1OX2BxgpOktcbX6PkKGyww",
  sequence: { name: "warm-nurture", title: "Warm leads, show the value" },
  template: "warm/case-study",
  automatic: null,
};

async function finished(change: Partial<MailInput> = {}): Promise<string> {
  return (await finishMail(composeMessage({ ...INPUT, ...change }), null)).toString();
}

/** Unfolded header lines by lower-case name. */
function headersOf(raw: string): Record<string, string> {
  const head = raw.slice(0, raw.indexOf("\r\n\r\n")).replace(/\r\n[ \t]/g, " ");
  return Object.fromEntries(
    head
      .split("\r\n")
      .map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
  );
}

describe("a mail of a sequence", () => {
  test("says who it is from, when, and how to leave in one click", async () => {
    const headers = headersOf(await finished());
    expect(headers).toMatchObject({
      from: "Ada at Acme <ada@acme.example>",
      "reply-to": "reply@acme.example",
      to: "lead@there.example",
      subject: INPUT.subject,
      date: "Tue, 03 Mar 2026 09:00:00 +0000",
      "message-id": `<k.${INPUT.token}@acme.example>`,
      "list-unsubscribe": `<${INPUT.unsubscribeUrl}>, <mailto:u-${INPUT.leaveToken}@bounces.acme.example?subject=unsubscribe>`,
      "list-unsubscribe-post": "List-Unsubscribe=One-Click",
      "list-id": '"Warm leads, show the value" <warm-nurture.acme.example>',
      "feedback-id": "warm-nurture:warm-case-study:kindling:acme.example",
      "mime-version": "1.0",
    });
    expect(headers).not.toHaveProperty("auto-submitted");
    expect(headers).not.toHaveProperty("x-mailer");
  });

  test("tells Postmark which it is, where Postmark sends it, and nobody else", async () => {
    expect(headersOf(await finished())).not.toHaveProperty("x-pm-metadata-kindling");
    expect(headersOf(await finished({ postmark: true }))["x-pm-metadata-kindling"]).toBe(INPUT.token);
  });

  test("comes back, where it bounces, to an address that names it", () => {
    const { envelope } = composeMessage(INPUT);
    expect(envelope).toEqual({ from: `b-${INPUT.token}@bounces.acme.example`, to: "lead@there.example" });
    expect(envelope.from.indexOf("@")).toBeLessThanOrEqual(64);
    expect(readOwnAddress(envelope.from)).toEqual({ kind: "bounce", token: INPUT.token });
    expect(readOwnAddress(`<U-${INPUT.leaveToken.toUpperCase()}@BOUNCES.acme.example>`)).toEqual({
      kind: "unsubscribe",
      token: INPUT.leaveToken,
    });
    expect(readOwnAddress("ada@acme.example")).toBeNull();
  });

  test("comes back to its sender where no domain for bounces is set, and then names no address to leave by mail", async () => {
    const mail = composeMessage({ ...INPUT, bouncesDomain: null });
    expect(mail.envelope.from).toBe("ada@acme.example");
    expect(mail.headers["List-Unsubscribe"]).toBe(`<${INPUT.unsubscribeUrl}>`);
  });

  test("is known by its Message-ID when it comes back", () => {
    expect(tokenOfMessageId(composeMessage(INPUT).messageId)).toBe(INPUT.token);
    expect(tokenOfMessageId("<abc@mail.example>")).toBeNull();
  });

  test("is the same bytes at each attempt", async () => {
    expect(await finished()).toBe(await finished());
  });

  test("has a plain text and an HTML part, of any script, in short lines", async () => {
    const text = `Grüße an あなた 🎉\n${"x".repeat(3000)}\n.\nFrom here\n`;
    const html = `<p>${"ü ".repeat(3000)}</p>`;
    const raw = await finished({ text, html, subject: `Grüße ${"あ".repeat(120)}` });
    for (const line of raw.split("\r\n")) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(998);
    expect(raw.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(raw).toMatch(/^[\r\n\t -~]*$/);
    const mail = await PostalMime.parse(raw);
    expect(mail.text?.replaceAll("\r\n", "\n").trimEnd()).toBe(text.trimEnd());
    expect(mail.html?.trimEnd()).toBe(html);
    expect(mail.subject).toBe(`Grüße ${"あ".repeat(120)}`);
    expect(headersOf(raw)["content-type"]).toMatch(/^multipart\/alternative; boundary=/);
    expect(raw.indexOf("text/plain")).toBeLessThan(raw.indexOf("text/html"));
  });

  test("reads back as it was written, whatever is in it, in short lines of plain ASCII", async () => {
    const anything = fc.array(
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 20 }),
        fc.string({ unit: "grapheme-ascii", maxLength: 200 }),
        fc.constantFrom(
          " ",
          "\t",
          "\n",
          "\r",
          "\r\n",
          "=",
          "==0A",
          ".",
          " \n",
          "\t\r\n",
          "あ",
          "🎉",
          "é".repeat(60),
        ),
      ),
      { maxLength: 40 },
    );
    const lines = (text: string) => text.toWellFormed().replaceAll(/\r\n|\r/g, "\n");
    await fc.assert(
      fc.asyncProperty(anything, async (pieces) => {
        const text = pieces.join("");
        const raw = await finished({ text, html: `<p>${text}</p>` });
        expect(raw.replaceAll("\r\n", "")).toMatch(/^[\t -~]*$/);
        for (const line of raw.slice(raw.indexOf("\r\n\r\n")).split("\r\n")) {
          expect(line.length).toBeLessThanOrEqual(76);
          expect(line).not.toMatch(/[ \t]$/);
        }
        const mail = await PostalMime.parse(raw);
        expect(lines(mail.text ?? "").trimEnd()).toBe(lines(text).trimEnd());
        expect(lines(mail.html ?? "").trimEnd()).toBe(lines(`<p>${text}</p>`));
      }),
    );
  });

  test("keeps a title of another script readable in its List-ID, and the identifier plain", async () => {
    const raw = await finished({ sequence: { name: "warm nurture/2", title: "Wärme, für あなた" } });
    expect(headersOf(raw)["list-id"]).toMatch(
      /^(=\?UTF-8\?Q\?[!-~]+\?= ?)+ <warm-nurture-2\.acme\.example>$/,
    );
  });
});

describe("a mail that is no marketing", () => {
  test("has nothing to unsubscribe from, and says that it answers by itself", async () => {
    const headers = headersOf(
      await finished({ unsubscribeUrl: null, sequence: null, automatic: "auto-replied" }),
    );
    expect(headers["auto-submitted"]).toBe("auto-replied");
    for (const name of ["list-unsubscribe", "list-unsubscribe-post", "list-id"])
      expect(headers).not.toHaveProperty(name);
  });
});

describe("nothing that a lead or a marketer writes", () => {
  test.each([
    "a@b.example\r\nBcc: x@y.example",
    "a@b.example, x@y.example",
    "a@b.example\0",
    "Ada <a@b.example>",
    "",
  ])("becomes a second recipient: %j", (to) => {
    expect(() => composeMessage({ ...INPUT, to })).toThrow(/is not exactly one mail address/);
    expect(() => composeMessage({ ...INPUT, from: { name: null, address: to } })).toThrow(
      /is not exactly one/,
    );
    expect(() => composeMessage({ ...INPUT, replyTo: { name: null, address: to } })).toThrow(
      /is not exactly one/,
    );
  });

  test("becomes a header of its own", async () => {
    const names = Object.keys(headersOf(await finished())).sort();
    const nasty = fc.string({
      unit: fc.constantFrom(
        "\r",
        "\n",
        "a",
        ":",
        " ",
        "<",
        ">",
        '"',
        "\\",
        ",",
        "=",
        "?",
        "\0",
        "ü",
        "\u2028",
      ),
    });
    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, async (subject, name, title) => {
        const raw = await finished({
          subject: `s${subject}`,
          from: { name: `n${name}\r\nBcc: x@y.example`, address: "ada@acme.example" },
          sequence: { name: title || "x", title: `t${title}` },
        });
        const headers = headersOf(raw);
        expect(Object.keys(headers).sort()).toEqual(names);
        const parsed = await PostalMime.parse(raw);
        expect(parsed.from).toMatchObject({ address: "ada@acme.example" });
      }),
      { numRuns: 100 },
    );
  });
});

describe("a signature", () => {
  const pair = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const record = `v=DKIM1; k=rsa; p=${pair.publicKey.export({ type: "spki", format: "der" }).toString("base64")}`;
  const resolver = (name: string) => {
    if (name !== "k1._domainkey.acme.example")
      throw Object.assign(new Error("no record"), { code: "ENOTFOUND" });
    return Promise.resolve([[record]]);
  };
  const verify = (raw: Buffer | string) => dkimVerify(raw, { resolver, minBitLength: 1024 });

  test("holds for the bytes, and covers all that the mail says about leaving and feedback", async () => {
    const sign = openDkim("acme.example", "k1", pem);
    const raw = await finishMail(composeMessage({ ...INPUT, automatic: "auto-generated" }), sign);
    const { results } = await verify(raw);
    expect(results).toHaveLength(1);
    expect(results[0]!.status).toMatchObject({ result: "pass" });
    const signed = /^DKIM-Signature:[^]*?\sh=([^;]+);/
      .exec(raw.toString())![1]!
      .replace(/\s/g, "")
      .toLowerCase()
      .split(":");
    for (const name of Object.keys(headersOf(raw.toString())))
      if (name !== "dkim-signature") expect(signed).toContain(name);
    expect(signed).toEqual(
      expect.arrayContaining(["list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id"]),
    );
  });

  test("breaks where someone changes the way out", async () => {
    const raw = await finishMail(composeMessage(INPUT), openDkim("acme.example", "k1", pem));
    const forged = raw
      .toString()
      .replace("List-Unsubscribe-Post: List-Unsubscribe=One-Click", "List-Unsubscribe-Post: no");
    const { results } = await verify(forged);
    expect(results[0]!.status.result).toBe("fail");
  });

  test("is not left out silently where the key can't sign", () => {
    expect(() => openDkim("acme.example", "k1", "nonsense")).toThrow(/holds no private key/);
    const other = generateKeyPairSync("ed25519")
      .privateKey.export({ type: "pkcs8", format: "pem" })
      .toString();
    expect(() => openDkim("acme.example", "k1", other)).toThrow(/must be an RSA key/);
  });
});
