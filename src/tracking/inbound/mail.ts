import PostalMime, { type Attachment, type Email } from "postal-mime";

/** An inbound mail, taken apart. Texts are bounded. */
export interface InboundMail {
  /** All values of a header, decoded, by its name in lower case. */
  headers(name: string): readonly string[];
  /** The first value of a header, or "". */
  header(name: string): string;
  readonly subject: string;
  /** What a person would read. */
  readonly text: string;
  /** Every other part in order, as text: `message/delivery-status`, `message/rfc822`, `text/rfc822-headers`, … */
  readonly parts: readonly { readonly type: string; readonly text: string }[];
}

/** A report stands before the mail that it returns, so that the rest of a longer one tells nothing. */
const READ = 1024 * 1024;
const MOST_LINES = 5000;
const LONGEST_TEXT = 128 * 1024;
const LONGEST_PART = 256 * 1024;
const MOST_PARTS = 20;

const LIMITS = {
  maxNestingDepth: 20,
  maxHeadersSize: 256 * 1024,
  // Returned mails are looked at, never taken apart.
  maxRfc822NestingDepth: 0,
};

/** Takes anything: what is no mail has no headers and is all text. Never throws. */
export async function parseMail(bytes: Uint8Array): Promise<InboundMail> {
  const raw = beginningOf(bytes);
  try {
    const email = await PostalMime.parse(raw, LIMITS);
    const whole = isEmpty(email) ? { ...email, ...(await insideOf(raw)) } : email;
    return fromEmail(UTF7.test(latin1(raw)) ? { ...whole, text: fromUtf7(whole.text ?? "") } : whole);
  } catch {
    return fromEmail({ headers: [], headerLines: [], attachments: [], text: latin1(raw) });
  }
}

/** The parser keeps each line by itself: a megabyte of empty ones took it half a minute and gigabytes. */
function beginningOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const most = Math.min(bytes.length, READ);
  let end = 0;
  for (let lines = 0; end < most && lines < MOST_LINES; end++) if (bytes[end] === 0x0a) lines++;
  return new Uint8Array(bytes.subarray(0, end));
}

/** What Exchange wrote its reports in, and no decoder knows any more (RFC 2152). */
const UTF7 = /^content-type:[^\n]{0,200}(?:\n[ \t][^\n]{0,200})?charset="?(?:unicode-1-1-)?utf-7\b/im;

function fromUtf7(text: string): string {
  return text.replace(/\+([a-z\d+/]*)-?/gi, (whole, base64: string) => {
    if (base64 === "") return whole === "+-" ? "+" : whole;
    const bytes = Buffer.from(base64, "base64");
    return bytes
      .subarray(0, bytes.length & ~1)
      .swap16()
      .toString("utf16le");
  });
}

const MIME_LINE = /^(?:--\S+|content-[a-z-]+:.*|[ \t]*(?:boundary|charset)=.*)\r?$/gim;

function isEmpty({ text, html, attachments }: Email): boolean {
  return `${text ?? ""}${html ?? ""}`.trim() === "" && attachments.length === 0;
}

/** A mail whose header names another boundary than the one that its parts have, as those show that were altered. */
async function insideOf(raw: Uint8Array): Promise<Partial<Email>> {
  const mail = latin1(raw);
  const body = mail.slice(/\r?\n\r?\n/.exec(mail)?.index ?? mail.length);
  const boundary = /^--([!-~]{1,200}?)\r?\ncontent-/im.exec(body)?.[1];
  if (boundary === undefined) return { text: body };
  const repaired = `Content-Type: multipart/mixed; boundary="${boundary.replace(/["\\]/g, "")}"${body}`;
  const { text, html, attachments } = await PostalMime.parse(Buffer.from(repaired, "latin1"), LIMITS);
  const found = { text: text ?? "", html: html ?? "", attachments };
  return isEmpty({ headers: [], headerLines: [], ...found }) ? { text: body.replace(MIME_LINE, "") } : found;
}

function fromEmail(email: Email): InboundMail {
  const headers = new Map<string, string[]>();
  for (const { key, value } of email.headers) {
    const values = headers.get(key) ?? [];
    values.push(oneLine(value));
    headers.set(key, values);
  }
  const html = email.text === undefined || email.text.trim() === "" ? (email.html ?? "") : "";
  return {
    headers: (name) => headers.get(name) ?? [],
    header: (name) => headers.get(name)?.[0] ?? "",
    subject: oneLine(email.subject ?? ""),
    text: clean(html === "" ? (email.text ?? "") : words(html.slice(0, LONGEST_TEXT))).slice(0, LONGEST_TEXT),
    parts: email.attachments.slice(0, MOST_PARTS).map(partOf),
  };
}

function partOf({ mimeType, content }: Attachment) {
  if (typeof content === "string") return { type: mimeType, text: clean(content.slice(0, LONGEST_PART)) };
  const bytes = new Uint8Array(content as ArrayBuffer).subarray(0, LONGEST_PART);
  return { type: mimeType, text: clean(decode(bytes)) };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return latin1(bytes);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

function clean(text: string): string {
  // oxlint-disable-next-line no-control-regex -- all but tabs and line ends
  return text.replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, " ");
}

function oneLine(text: string): string {
  return clean(text).replace(/\s+/g, " ").trim().slice(0, 10_000);
}

function words(html: string): string {
  return html
    .replace(/<(?:br|\/?p|\/?div|\/?tr|\/?li|\/?h\d)\b[^<>]*>/gi, "\n")
    .replace(/<\/?[a-z!][^<>@]*>/gi, " ")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&nbsp;|&#160;/g, " ")
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, "&");
}
