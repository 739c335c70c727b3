import { createPrivateKey, type KeyObject } from "node:crypto";
import { buffer } from "node:stream/consumers";
import DKIM from "nodemailer/lib/dkim";
import MailComposer from "nodemailer/lib/mail-composer";
import { InputError } from "../config/problems.ts";
import { SIGNED_HEADERS, type ComposedMail } from "./mime.ts";
import { quotedPrintable } from "./quoted-printable.ts";

/** Signs finished mails for one domain. */
export type DkimSigner = (raw: Buffer) => Promise<Buffer>;

/**
 * The bytes of a mail: both parts quoted-printable, lines ended by CRLF and never longer than 998 bytes, signed where
 * there is a signer. Done off the pool: a pool that is handed finished bytes sends twice as many.
 */
export async function finishMail(mail: ComposedMail, sign: DkimSigner | null): Promise<Buffer> {
  const { headers, boundary, ...parts } = mail;
  const composer = new MailComposer({
    ...parts,
    headers: Object.entries(headers).map(([key, value]) => ({
      key,
      value: { prepared: true, value },
    })) as never,
    textEncoding: "quoted-printable",
    newline: "windows",
    baseBoundary: boundary,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const pieces: Buffer[] = [];
  write(composer.compile(), pieces);
  if (pieces.at(-1)?.at(-1) !== LINE_FEED) pieces.push(Buffer.from("\r\n"));
  const raw = Buffer.concat(pieces);
  return sign ? sign(raw) : raw;
}

const LINE_FEED = 0x0a;

type Part = ReturnType<MailComposer["compile"]>;

/** The library makes the headers; its streams would take ten times as long for the parts. */
function write(part: Part, pieces: Buffer[]): void {
  pieces.push(Buffer.from(`${part.buildHeaders()}\r\n\r\n`));
  if (!part.boundary) {
    const { content } = part;
    if (typeof content !== "string") throw new TypeError("a part of a mail is text");
    const plain = part.getTransferEncoding() === "7bit";
    pieces.push(plain ? Buffer.from(content.replaceAll(/\r\n|\n/g, "\r\n")) : quotedPrintable(content));
    return;
  }
  for (const [index, child] of part.childNodes.entries()) {
    pieces.push(Buffer.from(`${index > 0 ? "\r\n" : ""}--${part.boundary}\r\n`));
    write(child, pieces);
  }
  pieces.push(Buffer.from(`\r\n--${part.boundary}--\r\n`));
}

/**
 * A signer for `mail.dkim`.
 *
 * @param pem the private key.
 * @throws InputError where the key is none, or no RSA key: the library would leave mails unsigned without a word.
 */
export function openDkim(domain: string, selector: string, pem: string): DkimSigner {
  const key = readKey(pem);
  const dkim = new DKIM({
    domainName: domain,
    keySelector: selector,
    privateKey: key as never,
    headerFieldNames: SIGNED_HEADERS,
  });
  return async (raw) => {
    const signed = await buffer(dkim.sign(raw));
    if (!signed.subarray(0, 16).equals(SIGNATURE))
      throw new Error(`the mail could not be signed for ${domain}`);
    return signed;
  };
}

const SIGNATURE = Buffer.from("DKIM-Signature: ");

function readKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new InputError("mail.dkim.key_file holds no private key (PEM)");
  }
  if (key.asymmetricKeyType !== "rsa") throw new InputError("mail.dkim.key_file: the key must be an RSA key");
  return key;
}
