import crypto, { randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import { LONGEST_PASSWORD } from "./password.ts";

/** OWASP's password storage cheat sheet: argon2id, 19 MiB, 2 passes, 1 lane. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Each takes its memory and one of the four threads that files and names are read by, too. */
const AT_ONCE = 2;
const MOST_WAITING = 16;

/** So many passwords are being checked that this one is not. */
export class PasswordsBusy extends Error {
  override readonly name = "PasswordsBusy";
}

/** `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`. @throws PasswordsBusy */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await inTurn(() => argon2(password, salt));
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${encode(salt)}$${encode(hash)}`;
}

/** What nobody's password is. */
const NOBODY = { salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) };

/**
 * Whether this is the password of that hash. null is nobody's, and takes as long: who asks does not learn whether there
 * is such an account. @throws PasswordsBusy
 */
export async function isPassword(password: string, hashed: string | null): Promise<boolean> {
  const found = hashed === null ? NOBODY : decode(hashed);
  const hash = await inTurn(() => argon2(password, found.salt));
  return timingSafeEqual(hash, found.hash);
}

/** No letters that are taken for one another. */
const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

/** Four groups of five, like `k7mqa-…`: 100 bits, which can be read out on the phone. */
export function inventPassword(): string {
  const group = () => Array.from({ length: 5 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
  return Array.from({ length: 4 }, group).join("-");
}

/** The same letters may be written as different bytes. Longer than any password costs nothing. */
function argon2(password: string, nonce: Buffer): Promise<Buffer> {
  const message = password.slice(0, 2 * LONGEST_PASSWORD).normalize("NFKC");
  const how = { nonce, parallelism: LANES, tagLength: HASH_BYTES, memory: MEMORY_KIB, passes: PASSES };
  return new Promise((resolve, reject) => {
    crypto.argon2("argon2id", { message, ...how }, (error, hash) => (error ? reject(error) : resolve(hash)));
  });
}

let running = 0;
const waiting: (() => void)[] = [];

/** In memory and threads a flood of logins takes no more than a few do. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running < AT_ONCE) running++;
  else if (waiting.length >= MOST_WAITING) throw new PasswordsBusy("too many passwords at once");
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    // Whoever waited takes over this one's place.
    if (next) next();
    else running--;
  }
}

function encode(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}

function decode(hashed: string): { readonly salt: Buffer; readonly hash: Buffer } {
  const [salt, hash] = hashed.split("$").slice(-2);
  return { salt: Buffer.from(salt!, "base64"), hash: Buffer.from(hash!, "base64") };
}
