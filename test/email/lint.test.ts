import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { finishMail, openDkim } from "../../src/email/mime.io.ts";
import { composeMessage } from "../../src/email/mime.ts";
import { signToken, tokenKeys } from "../../src/email/token.ts";
import { lintMail, type Expectations } from "./lint.ts";

const BASE = "https://mail.acme.example";
const keys = tokenKeys(["a secret of this test"]);
const pair = generateKeyPairSync("rsa", { modulusLength: 1024 });
const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const message = 7;
const link = (kind: "unsubscribe" | "open", letter: string) =>
  `${BASE}/t/${letter}/${signToken(keys, kind, { message })}`;
const click = (number: number) =>
  `${BASE}/t/c/${signToken(keys, "click", { message, template: "0".repeat(12), link: number })}`;
const pixel = `<img src="${link("open", "o")}.gif" width="1">`;
const trap = `<a href="${click(1)}" aria-hidden="true" tabindex="-1">.</a>`;

const HTML = `<p>Hi <a href="${click(0)}">Look</a> <a href="${link("unsubscribe", "u")}">Stop</a></p>${pixel}${trap}`;
const TEXT = `Hi ${click(0)}\n${link("unsubscribe", "u")}\n`;

const EXPECTED: Expectations = {
  purpose: "marketing",
  message,
  sequence: "one",
  subject: "Grüße",
  from: ["ada@acme.example"],
  baseUrl: BASE,
  tokenKeys: keys,
  bouncesDomain: "bounces.acme.example",
  dkim: {
    domain: "acme.example",
    selector: "k1",
    key: pair.publicKey.export({ type: "spki", format: "der" }).toString("base64"),
  },
  tracking: { opens: true, clicks: true },
};

async function faultsOf(
  change: (raw: string) => string = (raw) => raw,
  { html = HTML, text = TEXT, to = "lead@there.example" } = {},
): Promise<string[]> {
  const composed = composeMessage({
    from: { name: "Ada", address: "ada@acme.example" },
    replyTo: null,
    to: "lead@there.example",
    subject: "Grüße",
    html,
    text,
    at: 0,
    token: signToken(keys, "verp", { message }),
    leaveToken: signToken(keys, "leave", { message }),
    bouncesDomain: "bounces.acme.example",
    postmark: false,
    unsubscribeUrl: link("unsubscribe", "u"),
    sequence: { name: "one", title: "One" },
    template: "hello",
    automatic: null,
  });
  const raw = (await finishMail(composed, openDkim("acme.example", "k1", pem))).toString("latin1");
  return lintMail(Buffer.from(change(raw), "latin1"), { ...composed.envelope, to }, EXPECTED);
}

test("the lint says nothing of a mail that is right, and everything at once of one that is not", async () => {
  expect(await faultsOf()).toEqual([]);
  const faults = await faultsOf(
    (raw) => raw.replace(/^Date:.*\r\n/m, "").replace(/^List-Unsubscribe-Post:.*\r\n/m, "X-Mailer: k\r\n"),
    { html: "<p>Hi</p>", text: " " },
  );
  expect(faults.length).toBeGreaterThan(5);
});

test.each([
  ["a bare CR or LF", (raw: string) => raw.replace("Content-Transfer", "\nContent-Transfer")],
  ["a NUL", (raw: string) => raw.replace("Hi", "H\0")],
  ["7 bits", (raw: string) => raw.replace("Ada", "\xe4da")],
  ["a line of", (raw: string) => raw.replace("Ada", "A".repeat(1000))],
  ["encoded word of", (raw: string) => raw.replace("=?UTF-8?", `=?UTF-8?Q?${"a".repeat(70)}?= =?UTF-8?`)],
  ["Subject says", (raw: string) => raw.replace(/^Subject: .*$/m, "Subject: Hallo")],
  ["to stands there 2 times", (raw: string) => raw.replace("To: ", "To: x@y.example\r\nTo: ")],
  ["a header of nobody's: bcc", (raw: string) => raw.replace("To: ", "Bcc: x@y.example\r\nTo: ")],
  ["From is", (raw: string) => raw.replace("ada@acme.example", "eve@acme.example")],
  ["From's domain", (raw: string) => raw.replace(/^(Message-ID: .*)acme/m, "$1other")],
  ["Message-ID names", (raw: string) => raw.replace(/^(Message-ID: <k\.)./m, "$10")],
  ["Date is", (raw: string) => raw.replace(/^Date: .*$/m, "Date: today")],
  ["not this mail's", (raw: string) => raw.replace(/^(List-Unsubscribe: .*\/u\/)../m, "$1xx")],
  [
    "mailto is not this mail's",
    (raw: string) => raw.replace(/u-[0-9a-f]+/, `u-${/<k\.(.*)@/.exec(raw)![1]!}`),
  ],
  ["mailto", (raw: string) => raw.replace(/,\r\n <mailto:[^>]*>/, "")],
  ["List-Unsubscribe-Post is", (raw: string) => raw.replace("=One-Click", "=Yes")],
  ["List-ID is", (raw: string) => raw.replace("<one.acme", "<two.acme")],
  ["Feedback-ID is", (raw: string) => raw.replace("one:hello", "one")],
  ["no automatic answer", (raw: string) => raw.replace("To: ", "Auto-Submitted: auto-replied\r\nTo: ")],
  ["no multipart/alternative", (raw: string) => raw.replace("multipart/alternative", "multipart/mixed")],
  ["the parts are", (raw: string) => raw.replace("text/plain;", "text/enriched;")],
  ["not quoted-printable", (raw: string) => raw.replace("quoted-printable", "8bit")],
  ["ends in a space", (raw: string) => raw.replace("Hi=20", "Hi ").replace("</p>", "</p> \r\n")],
  ["check says: neutral", (raw: string) => raw.replace("Stop", "Halt")],
  [
    "feedback-id is unsigned",
    (raw: string) => raw.replace(":feedback-id", "").replace(/:\s*feedback-id/, ""),
  ],
])("the lint finds a mail with a fault: %s", async (fault, change) => {
  expect((await faultsOf(change)).join("\n")).toContain(fault);
});

test.each([
  ["text/plain is empty", { text: " \n" }],
  ["HTML of", { html: HTML + "x".repeat(105_000) }],
  ["HTML holds", { html: `${HTML}<script>1</script>` }],
  ['has "{{" left', { text: `${TEXT}{{first_name}}` }],
  ["2 pixels", { html: pixel + HTML }],
  ["0 hidden links", { html: HTML.replace(trap, "") }],
  ["not the last", { html: `${HTML}<a href="${click(0)}">More</a>` }],
  ["by keyboard", { html: HTML.replace(' tabindex="-1"', "") }],
  ["is in the text part", { text: TEXT + click(1) }],
  ["is not tracked", { html: HTML.replace(click(0), "https://acme.example/") }],
  ["leads nowhere", { html: HTML.replace(click(0), "/pricing") }],
  ["not signed for this mail", { html: HTML.replace("/t/c/", "/t/c/x") }],
  ["no way out in the text part", { text: "Hi" }],
  ["a link of kind d", { text: `${TEXT}${BASE}/t/d/x` }],
  ["the envelope's recipient", { to: "x@y.example" }],
])("the lint finds a mail with a fault inside: %s", async (fault, parts) => {
  expect((await faultsOf(undefined, parts)).join("\n")).toContain(fault);
});
