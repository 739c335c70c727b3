import { domainToASCII } from "node:url";
import type { Mailbox } from "../config/settings.ts";

// RFC 5321 §4.5.3.1, in bytes.
const LONGEST_LOCAL = 64;
const LONGEST_ADDRESS = 254;

/** Dot-atom (RFC 5322 §3.2.3) and letters of any script (RFC 6531). No quoted form: nobody has one. */
const LOCAL = /^[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** No control character, and nothing that a mail library would read as the end of a line or a second address. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

/**
 * One address as it is stored and compared: trimmed, NFC, lower case, the domain in punycode.
 * Null for anything that is not exactly one mailable address: no display name, no list, no line break, no IP literal.
 */
export function normaliseEmail(text: string): string | null {
  if (text.length > 4 * LONGEST_ADDRESS) return null;
  const address = text.trim().normalize("NFC").toLowerCase();
  if (FORBIDDEN.test(address)) return null;
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at);
  if (at < 1 || Buffer.byteLength(local) > LONGEST_LOCAL || !LOCAL.test(local)) return null;
  // Some programs decode it (RFC 2047) where it stands, and find a line break or a second address inside.
  if (local.includes("=?")) return null;
  const domain = normaliseDomain(address.slice(at + 1));
  if (domain === null || Buffer.byteLength(local) + 1 + domain.length > LONGEST_ADDRESS) return null;
  return `${local}@${domain}`;
}

/** Lower case, punycode, at least two labels, no address literal. Null for what is no host name. */
function normaliseDomain(text: string): string | null {
  // domainToASCII reads %41, numbers and dots of other scripts as browsers do; only plain names come that far.
  if (!/^[\p{L}\p{N}\p{M}.-]+$/u.test(text)) return null;
  const ascii = /^[a-z0-9.-]+$/.test(text) ? text : domainToASCII(text);
  const labels = ascii.split(".");
  const top = labels.at(-1)!;
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label)) || /^\d+$/.test(top)) return null;
  return ascii;
}

/** The part after the `@` of a normalised address. */
export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf("@") + 1);
}

const NAMED = /^(?:"((?:[^"\\]|\\["\\])*)"|([^"<>@,;:\\()[\]]*))\s*<([^<>\s]+)>$/;

/** `Ada at Acme <ada@acme.example>`, `"Acme, Inc." <a@b.example>` or a bare address; null for all else, lists too. */
export function parseMailbox(text: string): Mailbox | null {
  const trimmed = text.trim();
  if (trimmed.length > 1000 || FORBIDDEN.test(trimmed)) return null;
  const found = NAMED.exec(trimmed);
  const address = normaliseEmail(found ? found[3]! : trimmed);
  if (address === null) return null;
  const name = (found?.[1]?.replace(/\\(.)/g, "$1") ?? found?.[2] ?? "").trim().normalize("NFC");
  return { name: name === "" ? null : name, address };
}

/** The form that `parseMailbox` reads; a name that needs quotes gets them. */
export function formatMailbox({ name, address }: Mailbox): string {
  if (name === null) return address;
  const plain = /^[^"<>@,;:\\()[\]]+$/.test(name);
  return `${plain ? name : `"${name.replace(/["\\]/g, "\\$&")}"`} <${address}>`;
}
