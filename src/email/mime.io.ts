import { createPrivateKey, type KeyObject } from "node:crypto";
import { buffer } from "node:stream/consumers";
import DKIM from "nodemailer/lib/dkim";
import { encodeWord } from "nodemailer/lib/mime-funcs";
import MimeNode from "nodemailer/lib/mime-node";
import { encode, wrap } from "nodemailer/lib/qp";
import { InputError } from "../config/problems.ts";
import { SIGNED_HEADERS, type ComposedMail } from "./mime.ts";

/** Signs finished mails for one domain. */
export type DkimSigner = (raw: Buffer) => Promise<Buffer>;

/**
 * The bytes of a mail: both parts quoted-printable, lines ended by CRLF and never longer than 998 bytes, signed where
 * there is a signer. Made of the library's headers and its encoder: to compose by its streams takes four times as long.
 */
export async function finishMail(mail: ComposedMail, sign: DkimSigner | null): Promise<Buffer> {
  const root = new MimeNode("multipart/alternative", { baseBoundary: mail.boundary });
  // On one line: the library would begin an identifier of ours on the next, where some readers don't look for it.
  const finished = { ...mail.headers, "Message-ID": mail.messageId };
  for (const [key, value] of Object.entries(finished))
    root.addHeader(key, { prepared: true, value } as never);
  root.setHeader("From", mail.from as never);
  root.setHeader("To", mail.to);
  if (mail.replyTo) root.setHeader("Reply-To", mail.replyTo as never);
  root.setHeader("Subject", subjectOf(mail) as never);
  root.setHeader("Date", mail.date);
  const headers = root.buildHeaders();
  const raw = Buffer.from(
    `${headers}\r\n\r\n` +
      part(`--${root.boundary}`, "text/plain", mail.text) +
      part(`--${root.boundary}`, "text/html", mail.html) +
      `--${root.boundary}--\r\n`,
  );
  return sign ? sign(raw) : raw;
}

/** Text that looks like encoded words goes out as it is from the library, and readers would decode it. */
function subjectOf({ subject }: ComposedMail): string | object {
  if (!subject.includes("=?")) return subject;
  return { prepared: true, foldLines: true, value: encodeWord(subject, "Q", 52) };
}

function part(delimiter: string, type: string, text: string): string {
  const body = wrap(encode(text.replaceAll(/\r\n|[\r\n]/g, "\r\n")), 76);
  return (
    `${delimiter}\r\nContent-Type: ${type}; charset=utf-8\r\n` +
    `Content-Transfer-Encoding: quoted-printable\r\n\r\n${body}\r\n`
  );
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
