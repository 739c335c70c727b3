import { createHash, createHmac, createSecretKey, timingSafeEqual, type KeyObject } from "node:crypto";
import type { Instant } from "../instant.ts";

/** What each kind of token says. All are whole numbers from 0 to 2^53-1, except `template`. */
export interface TokenFields {
  open: { message: number };
  /**
   * `template` (`templatePrefix`) and `sequence` (`sequencePrefix`) let the destination and its UTM parameters be
   * found in memory, without the database.
   */
  click: { message: number; template: string; link: number; sequence?: string };
  unsubscribe: { message: number };
  preferences: { message: number };
  view: { message: number };
  /** The page on which a rep answers a notice. */
  answer: { notice: number };
  /** A lead's own confirmation (double opt-in). `at`: when the link was made, so that an old one can be refused. */
  confirm: { lead: number; at: Instant };
  /** "My data" and "forget me", mailed to the lead's own address. */
  mydata: { lead: number; at: Instant };
  /**
   * Whose browser opens a page of the company's own: the lead of a message that was clicked, or the lead that a form
   * named. The other number is 0.
   */
  visitor: { message: number; lead: number };
  /** Part of the return path. Hex, since mail servers may change the case of a local part. */
  verp: { message: number };
  /** Part of the address that an unsubscribe is mailed to; hex as well. Who sees a Message-ID doesn't know it. */
  leave: { message: number };
}

export type TokenKind = keyof TokenFields;

type FieldName = "message" | "template" | "link" | "sequence" | "notice" | "lead" | "at";

// The number of a kind and the order of its fields are on the wire: append, never change.
const KINDS: Record<TokenKind, { id: number; fields: readonly FieldName[] }> = {
  open: { id: 1, fields: ["message"] },
  click: { id: 2, fields: ["message", "template", "link", "sequence"] },
  unsubscribe: { id: 3, fields: ["message"] },
  preferences: { id: 4, fields: ["message"] },
  view: { id: 5, fields: ["message"] },
  answer: { id: 6, fields: ["notice"] },
  confirm: { id: 7, fields: ["lead", "at"] },
  mydata: { id: 8, fields: ["lead", "at"] },
  verp: { id: 9, fields: ["message"] },
  visitor: { id: 10, fields: ["message", "lead"] },
  leave: { id: 11, fields: ["message"] },
};

const BYTES: Record<FieldName, number> = {
  message: 7,
  notice: 7,
  lead: 7,
  template: 6,
  link: 2,
  sequence: 4,
  at: 6,
};

const NO_SEQUENCE = "00000000";

const VERSION = 1;
const HEADER = 3; // version and kind, then the key's id
const MAC = 12; // 96 bits
const LONGEST = 128;

interface TokenKey {
  readonly id: Buffer;
  // An HMAC asks a buffer at length what kind of key it is: it takes several times as long.
  readonly mac: KeyObject;
  readonly cipher: KeyObject;
}

export type TokenKeys = readonly TokenKey[];

/** Keys from the secrets, newest first: the first signs, all of them read. Throws where there is none. */
export function tokenKeys(secrets: readonly string[]): TokenKeys {
  if (secrets.length === 0 || secrets.some((secret) => secret === ""))
    throw new Error("no secret to sign tokens");
  return secrets.map((secret) => ({
    id: derive(secret, "id").subarray(0, 2),
    mac: createSecretKey(derive(secret, "mac")),
    cipher: createSecretKey(derive(secret, "cipher")),
  }));
}

function derive(secret: string, purpose: string): Buffer {
  return createHmac("sha256", secret).update(`kindling token ${purpose}`).digest();
}

/**
 * A short, URL-safe token (hex for `verp` and `leave`), the same for the same key, kind and fields.
 * Throws on a field out of range: that is our own mistake.
 *
 * Wire: version and kind | key id | payload | MAC over all before it. The payload is then encrypted under
 * the MAC as its nonce (as in SIV, RFC 5297), so that the numbers in it can be neither read nor walked.
 */
export function signToken<K extends TokenKind>(keys: TokenKeys, kind: K, fields: TokenFields[K]): string {
  const key = keys[0]!;
  const header = Buffer.from([(VERSION << 4) | KINDS[kind].id, key.id[0]!, key.id[1]!]);
  const payload = pack(kind, fields);
  const mac = macOf(key, kind, header, payload);
  return Buffer.concat([header, encrypted(key, payload, mac), mac]).toString(encodingOf(kind));
}

/** What a token says, or null for anything that is not a token of this kind and of these keys. Never throws. */
export function readToken<K extends TokenKind>(
  keys: TokenKeys,
  kind: K,
  text: string,
): TokenFields[K] | null {
  if (typeof text !== "string" || text.length > LONGEST) return null;
  const written = encodingOf(kind) === "hex" ? text.toLowerCase() : text;
  const bytes = Buffer.from(written, encodingOf(kind));
  // The decoder skips what it does not know: only the one spelling that we would write ourselves is taken.
  if (bytes.length !== lengthOf(kind) || bytes.toString(encodingOf(kind)) !== written) return null;
  const header = bytes.subarray(0, HEADER);
  if (header[0] !== ((VERSION << 4) | KINDS[kind].id)) return null;
  const mac = bytes.subarray(bytes.length - MAC);
  for (const key of keys) {
    if (!key.id.equals(header.subarray(1))) continue;
    const payload = encrypted(key, bytes.subarray(HEADER, bytes.length - MAC), mac);
    if (timingSafeEqual(macOf(key, kind, header, payload), mac)) return unpack(kind, payload);
  }
  return null;
}

/** The part of a template's hash that click tokens carry: 12 hex. */
export function templatePrefix(hash: string): string {
  return hash.slice(0, 2 * BYTES.template);
}

/** What stands for a sequence's name in click tokens: 8 hex; zeros for a mail of no sequence. */
export function sequencePrefix(sequence: string | null): string {
  if (sequence === null) return NO_SEQUENCE;
  return createHash("sha256")
    .update(sequence)
    .digest("hex")
    .slice(0, 2 * BYTES.sequence);
}

function encodingOf(kind: TokenKind): "hex" | "base64url" {
  return kind === "verp" || kind === "leave" ? "hex" : "base64url";
}

function lengthOf(kind: TokenKind): number {
  return KINDS[kind].fields.reduce((sum, field) => sum + BYTES[field], HEADER + MAC);
}

function macOf(key: TokenKey, kind: TokenKind, header: Buffer, payload: Buffer): Buffer {
  // In one piece: each call into the native hash costs more than the bytes.
  const all = Buffer.concat([Buffer.from(`${kind}\0`), header, payload]);
  return createHmac("sha256", key.mac).update(all).digest().subarray(0, MAC);
}

/** XOR with a stream of 32 bytes, more than the longest payload; its own inverse. */
function encrypted(key: TokenKey, payload: Buffer, mac: Buffer): Buffer {
  const stream = createHmac("sha256", key.cipher).update(mac).digest();
  return Buffer.from(payload.map((byte, index) => byte ^ stream[index]!));
}

function pack(kind: TokenKind, fields: object): Buffer {
  const values: Partial<Record<FieldName, number | string>> = { ...fields };
  values.sequence ??= NO_SEQUENCE;
  return Buffer.concat(KINDS[kind].fields.map((name) => packField(name, values[name]!)));
}

function packField(name: FieldName, value: number | string): Buffer {
  const hex = typeof value === "string" ? value : hexOf(name, value);
  const bytes = Buffer.from(hex, "hex");
  // The decoder drops half a byte, so both lengths count.
  if (bytes.length !== BYTES[name] || hex.length !== 2 * BYTES[name])
    throw new Error(`token field ${name} is out of range: ${value}`);
  return bytes;
}

function hexOf(name: FieldName, value: number): string {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`token field ${name} is out of range: ${value}`);
  return value.toString(16).padStart(BYTES[name] * 2, "0");
}

function unpack<K extends TokenKind>(kind: K, payload: Buffer): TokenFields[K] {
  const fields: Record<string, number | string> = {};
  let at = 0;
  for (const name of KINDS[kind].fields) {
    const hex = payload.toString("hex", at, at + BYTES[name]);
    fields[name] = name === "template" || name === "sequence" ? hex : Number.parseInt(hex, 16);
    at += BYTES[name];
  }
  return fields as TokenFields[K];
}
