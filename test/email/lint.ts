import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { readToken, type TokenKeys } from "../../src/email/token.ts";
import { lintLinks } from "./lint-links.ts";
import { decodeWords, readMail, type Header, type Part } from "./mail-parts.ts";

export interface Envelope {
  readonly from: string;
  readonly to: string;
}

/** What is known of a mail beside its bytes. */
export interface Expectations {
  /** `marketing`: a sequence's; `asked`: the double opt-in and "my data"; `own`: to our own people. */
  readonly purpose: "marketing" | "asked" | "own";
  /** Its number, which its tokens have to name. */
  readonly message: number;
  readonly sequence: string | null;
  readonly subject: string | null;
  /** The addresses that it may be from. */
  readonly from: readonly string[];
  readonly baseUrl: string;
  readonly tokenKeys: TokenKeys;
  readonly bouncesDomain: string | null;
  /** The public half: SPKI in base64. */
  readonly dkim: { readonly domain: string; readonly selector: string; readonly key: string } | null;
  readonly tracking: { readonly opens: boolean; readonly clicks: boolean };
}

/** All that is wrong with a mail's bytes, by the standards and by what Kindling promises; none: []. */
export async function lintMail(raw: Buffer, envelope: Envelope, expected: Expectations): Promise<string[]> {
  const bytes = raw.toString("latin1");
  const { headers, parts, faults } = readMail(bytes);
  return [
    ...lintBytes(isPlain(envelope.to) ? bytes : bytes.replace(/^To: .*\r\n/m, "")),
    ...faults,
    ...lintHeaders(headers, expected),
    ...lintAddresses(headers, envelope, expected),
    ...lintList(headers, expected),
    ...lintParts(parts),
    ...lintLinks(parts, expected),
    ...(await lintSignature(raw, headers, expected)),
  ];
}

/** One of another script stands in `To` as it is (RFC 6532). */
function isPlain(address: string): boolean {
  return /^[!-~]+$/.test(address);
}

/** RFC 5321 §2.3.8, §4.5.3.1.6; RFC 5322 §2.1.1, §2.2. */
function lintBytes(bytes: string): string[] {
  const faults: string[] = [];
  if (/\r(?!\n)|(?<!\r)\n/.test(bytes)) faults.push("a bare CR or LF");
  if (bytes.includes("\0")) faults.push("a NUL");
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[^\u0001-\u007f]/.test(bytes)) faults.push("a byte of more than 7 bits");
  for (const line of bytes.split("\r\n"))
    if (line.length > 998) faults.push(`a line of ${line.length} bytes: ${line.slice(0, 40)}…`);
  const head = bytes.slice(0, bytes.indexOf("\r\n\r\n"));
  for (const line of head.split("\r\n"))
    if (line.includes("=?UTF-8?") && line.length > 76)
      faults.push(`a header line with encoded words of ${line.length}: ${line.slice(0, 40)}…`);
  return faults;
}

const ONCE = ["from", "to", "subject", "date", "message-id", "mime-version", "content-type", "feedback-id"];
const AT_MOST_ONCE = [
  "reply-to",
  "list-unsubscribe",
  "list-unsubscribe-post",
  "list-id",
  "auto-submitted",
  "dkim-signature",
];
const KNOWN = new Set([...ONCE, ...AT_MOST_ONCE, "x-pm-metadata-kindling"]);

function lintHeaders(headers: readonly Header[], { subject }: Expectations): string[] {
  const faults: string[] = [];
  for (const name of [...ONCE, ...AT_MOST_ONCE]) {
    const count = headers.filter((header) => header.name === name).length;
    if (count > 1 || (count === 0 && ONCE.includes(name))) faults.push(`${name} stands there ${count} times`);
  }
  for (const { name, value } of headers) {
    if (!KNOWN.has(name)) faults.push(`a header of nobody's: ${name}`);
    decodeWords(name, value, faults);
  }
  const value = valuesOf(headers);
  const said = decodeWords("subject", value("subject"), []);
  if (said !== subject?.toWellFormed()) faults.push(`Subject says "${said}", not "${subject}"`);
  if (value("mime-version") !== "1.0") faults.push(`MIME-Version is ${value("mime-version")}`);
  const date = value("date");
  const day =
    "(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \\d{4}";
  if (!new RegExp(`^${day} \\d{2}:\\d{2}:\\d{2} [+-]\\d{4}$`).test(date)) faults.push(`Date is ${date}`);
  return faults;
}

/** Who it is from, to, and where it comes back to. */
function lintAddresses(headers: readonly Header[], envelope: Envelope, expected: Expectations): string[] {
  const faults: string[] = [];
  const value = valuesOf(headers);
  const { tokenKeys, message, bouncesDomain } = expected;
  const to = Buffer.from(value("to"), "latin1").toString();
  if (to !== envelope.to) faults.push(`To is ${to}, and the envelope's recipient ${envelope.to}`);
  const from = /^(?:.*<)?([^\s<>",]+@[^\s<>",@]+)>?$/.exec(value("from"))?.[1] ?? "";
  if (!expected.from.includes(from)) faults.push(`From is ${value("from")}`);
  const domain = from.slice(from.indexOf("@") + 1);
  const [, id = "", at = ""] = /^<k\.([0-9a-f]+)@([^\s<>@]+)>$/.exec(value("message-id")) ?? [];
  if (at !== domain) faults.push(`Message-ID ${value("message-id")} is not on From's domain ${domain}`);
  if (readToken(tokenKeys, "verp", id)?.message !== message) faults.push("Message-ID names another mail");
  const path = bouncesDomain === null ? from : `b-${id}@${bouncesDomain}`;
  if (envelope.from !== path) faults.push(`the return path is ${envelope.from}, not ${path}`);
  return faults;
}

/** RFC 8058, RFC 2919, RFC 3834 and Gmail's Feedback-ID. */
function lintList(headers: readonly Header[], expected: Expectations): string[] {
  const { purpose, baseUrl, bouncesDomain, tokenKeys, message, sequence } = expected;
  const faults: string[] = [];
  const value = valuesOf(headers);
  const marketing = purpose === "marketing";
  const leave = value("list-unsubscribe");
  const [, token, mailto] =
    /^<https?:\/\/[^<>]*\/t\/u\/([^<>/]+)>(?:, <mailto:u-([0-9a-f]+)@[^<>]+>)?$/.exec(leave) ?? [];
  if (marketing) {
    if (!leave.startsWith(`<${baseUrl}/t/u/`))
      faults.push(`List-Unsubscribe does not begin at ours: ${leave}`);
    if (readToken(tokenKeys, "unsubscribe", token ?? "")?.message !== message)
      faults.push("List-Unsubscribe is not this mail's");
    if ((mailto === undefined) !== (bouncesDomain === null))
      faults.push(`List-Unsubscribe's mailto: ${leave}`);
    if (mailto !== undefined && readToken(tokenKeys, "leave", mailto)?.message !== message)
      faults.push("List-Unsubscribe's mailto is not this mail's");
    if (mailto !== undefined && !leave.includes(`@${bouncesDomain}?subject=unsubscribe>`))
      faults.push(`List-Unsubscribe's mailto leads elsewhere: ${leave}`);
    if (value("list-unsubscribe-post") !== "List-Unsubscribe=One-Click")
      faults.push(`List-Unsubscribe-Post is ${value("list-unsubscribe-post")}`);
    const list = /<([A-Za-z0-9._-]+)>$/.exec(value("list-id"))?.[1];
    const label = sequence?.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 100);
    if (list === undefined || !list.startsWith(`${label}.`)) faults.push(`List-ID is ${value("list-id")}`);
    if (value("auto-submitted") !== "") faults.push("a campaign's mail is no automatic answer");
  } else {
    for (const name of ["list-unsubscribe", "list-unsubscribe-post", "list-id"])
      if (value(name) !== "") faults.push(`${name} in what is no marketing`);
    if (!/^auto-(generated|replied)$/.test(value("auto-submitted")))
      faults.push(`Auto-Submitted is "${value("auto-submitted")}"`);
  }
  const feedback = value("feedback-id").split(":");
  if (feedback.length !== 4 || feedback.some((field) => !/^[A-Za-z0-9._-]{1,100}$/.test(field)))
    faults.push(`Feedback-ID is ${value("feedback-id")}`);
  return faults;
}

/** Gmail cuts the HTML off behind this. */
const CLIPPED = 102 * 1024;

function lintParts(parts: readonly Part[]): string[] {
  const faults: string[] = [];
  const types = parts.map(({ type }) => type).join(", ");
  // RFC 2046 §5.1.4: the richest is the last.
  if (types !== "text/plain, text/html") faults.push(`the parts are ${types}`);
  for (const { type, text } of parts) {
    if (text.trim() === "") faults.push(`${type} is empty`);
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text)) faults.push(`${type} holds a control`);
    const left = /\{\{|\}\}|\uE000|\uE001|\[object |\bundefined\b|\bNaN\b/.exec(text)?.[0];
    if (left !== undefined) faults.push(`${type} has "${left}" left in it`);
  }
  const html = parts.find(({ type }) => type === "text/html")?.text ?? "";
  const size = Buffer.byteLength(html);
  if (size >= CLIPPED) faults.push(`HTML of ${size} bytes`);
  const forbidden = /<(script|iframe|object|embed|form|base)\b|<[^>]*\son[a-z]+\s*=\s*["']|javascript:/i.exec(
    html,
  );
  if (forbidden) faults.push(`HTML holds ${forbidden[0].slice(0, 60)}`);
  return faults;
}

/** RFC 6376 §5.4; RFC 8058 §4 wants both List-Unsubscribe headers signed, Gmail its Feedback-ID. */
async function lintSignature(
  raw: Buffer,
  headers: readonly Header[],
  { dkim }: Expectations,
): Promise<string[]> {
  const signature = headers.find(({ name }) => name === "dkim-signature")?.value;
  if (dkim === null) return signature === undefined ? [] : ["signed, and no key is set"];
  const resolver = (name: string) =>
    name === `${dkim.selector}._domainkey.${dkim.domain}`
      ? Promise.resolve([[`v=DKIM1; k=rsa; p=${dkim.key}`]])
      : Promise.reject(Object.assign(new Error("no record"), { code: "ENOTFOUND" }));
  const { results } = await dkimVerify(raw, { resolver, minBitLength: 1024 } as never);
  const verdicts = results.map(({ status }) => status.result).join(", ");
  const faults = verdicts === "pass" ? [] : [`the signature's check says: ${verdicts}`];
  const tags = new Map(
    (signature ?? "").split(";").map((tag) => {
      const [name, value] = tag.split(/=(.*)/s);
      return [name!.trim(), value?.replaceAll(/\s/g, "").toLowerCase() ?? ""];
    }),
  );
  const signed = new Set(tags.get("h")?.split(":"));
  for (const { name } of headers)
    if (name !== "dkim-signature" && !name.startsWith("x-") && !signed.has(name))
      faults.push(`${name} is unsigned`);
  if (tags.has("l")) faults.push("the signature covers a part of the body alone");
  if (tags.get("d") !== dkim.domain || tags.get("a") !== "rsa-sha256") faults.push(`signed as ${signature}`);
  return faults;
}

function valuesOf(headers: readonly Header[]): (name: string) => string {
  return (name) => headers.find((header) => header.name === name)?.value ?? "";
}
