/** A mail's bytes taken apart by no library's rules, so that what a library forgives shows. */
export interface ReadMail {
  /** Unfolded, in the order in which they stand. */
  readonly headers: readonly Header[];
  readonly parts: readonly Part[];
  /** What can't be read as a mail should be. */
  readonly faults: readonly string[];
}

export interface Header {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
}

export interface Part {
  /** `text/plain` */
  readonly type: string;
  /** Decoded. */
  readonly text: string;
}

/** The mail of which these are the bytes, one character each (latin1), dots unstuffed. */
export function readMail(raw: string): ReadMail {
  const faults: string[] = [];
  const end = raw.indexOf("\r\n\r\n");
  if (end < 0) return { headers: [], parts: [], faults: ["no empty line after the headers"] };
  const headers = readHeaders(raw.slice(0, end), faults);
  const type = headers.find(({ name }) => name === "content-type")?.value ?? "";
  const boundary = /^multipart\/alternative;.*\bboundary="([^"]{1,70})"/.exec(type)?.[1];
  if (boundary === undefined) faults.push(`Content-Type is no multipart/alternative: ${type}`);
  const parts = boundary === undefined ? [] : readParts(raw.slice(end + 2), boundary, faults);
  return { headers, parts, faults };
}

function readHeaders(head: string, faults: string[]): Header[] {
  const lines = head.replaceAll(/\r\n(?=[ \t])/g, "").split("\r\n");
  return lines.map((line) => {
    const [, name = "", value = ""] = /^([!-9;-~]+): ?(.*)$/.exec(line) ?? [];
    if (name === "") faults.push(`no header: ${line.slice(0, 60)}`);
    if (name !== "" && value.trim() === "") faults.push(`an empty header: ${name}`);
    return { name: name.toLowerCase(), value };
  });
}

function readParts(body: string, boundary: string, faults: string[]): Part[] {
  const delimiter = `\r\n--${boundary}`;
  const pieces = body.split(delimiter);
  if (pieces[0]!.trim() !== "") faults.push("something before the first part");
  if (!/^--\r\n$/.test(pieces.at(-1)!)) faults.push("no end after the last part, or something behind it");
  return pieces.slice(1, -1).map((piece) => readPart(piece, faults));
}

function readPart(piece: string, faults: string[]): Part {
  const end = piece.indexOf("\r\n\r\n");
  const headers = readHeaders(piece.slice(2, end), faults);
  const value = (name: string) => headers.find((header) => header.name === name)?.value ?? "";
  const [, type = ""] = /^([a-z]+\/[a-z]+); charset=utf-8$/.exec(value("content-type")) ?? [];
  if (type === "") faults.push(`a part's Content-Type: ${value("content-type")}`);
  const encoding = value("content-transfer-encoding");
  if (encoding !== "quoted-printable") faults.push(`${type} is ${encoding}, not quoted-printable`);
  return { type, text: fromQuotedPrintable(piece.slice(end + 4), type, faults) };
}

/** RFC 2045 §6.7: lines of at most 76, nothing at their ends that a server may cut, only what is printable. */
function fromQuotedPrintable(text: string, type: string, faults: string[]): string {
  for (const line of text.split("\r\n")) {
    if (line.length > 76) faults.push(`${type} has a line of ${line.length}: ${line.slice(0, 40)}…`);
    if (/[ \t]$/.test(line)) faults.push(`${type} has a line that ends in a space: …${line.slice(-20)}`);
    if (/=(?![0-9A-F]{2}|$)/.test(line)) faults.push(`${type} has a bare "=": ${line.slice(0, 60)}`);
    if (/[^\t -~]/.test(line)) faults.push(`${type} has a byte that is not encoded: ${line.slice(0, 60)}`);
  }
  const bytes = text
    .replaceAll("=\r\n", "")
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return utf8(Buffer.from(bytes, "latin1"), type, faults);
}

const ENCODED_WORD = /=\?([^?\s]*)\?([^?\s]*)\?([^?\s]*)\?=/g;

/** RFC 2047: each encoded word by itself is at most 75 long and whole characters; none is cut by a space. */
export function decodeWords(name: string, value: string, faults: string[]): string {
  const words = value.replaceAll(/(\?=)\s+(=\?)/g, "$1$2");
  if (words.replaceAll(ENCODED_WORD, "").includes("=?UTF-8?"))
    faults.push(`${name} has a broken encoded word: ${value.slice(0, 80)}`);
  return words.replaceAll(ENCODED_WORD, (word, ...of) => {
    const [charset, encoding, text] = of as [string, string, string];
    if (word.length > 75) faults.push(`${name} has an encoded word of ${word.length}`);
    if (charset.toLowerCase() !== "utf-8") faults.push(`${name} has an encoded word in ${charset}`);
    const bytes =
      encoding.toUpperCase() === "B"
        ? Buffer.from(text, "base64")
        : Buffer.from(
            text
              .replaceAll("_", " ")
              .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
            "latin1",
          );
    return utf8(bytes, name, faults);
  });
}

function utf8(bytes: Buffer, where: string, faults: string[]): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    faults.push(`${where} is no UTF-8`);
    return bytes.toString("utf8");
  }
}
