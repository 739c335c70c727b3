import { createPrivateKey, type KeyObject } from "node:crypto";
import { buffer } from "node:stream/consumers";
import DKIM from "nodemailer/lib/dkim";
import MailComposer from "nodemailer/lib/mail-composer";
import { InputError } from "../config/problems.ts";
import { SIGNED_HEADERS, type ComposedMail } from "./mime.ts";

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
  const raw = await composer.compile().build();
  return sign ? sign(raw) : raw;
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
