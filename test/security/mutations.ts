import { signToken, tokenKeys, type TokenFields, type TokenKind } from "../../src/email/token.ts";

/** Those that stand in local parts, whose case may change on the way. */
export function isHex(kind: TokenKind): boolean {
  return kind === "verp" || kind === "leave";
}

/** The same numbers in each run. */
export function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const HEADER = 3;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * What somebody may try who holds two genuine tokens of a kind but no secret: `count` texts, none of them genuine. Each
 * bit turned, each length, other spellings of the same bytes, other versions, kinds and keys, parts of one put into the
 * other, tokens of another installation for the same number and its neighbours; then bytes at random.
 */
export function mutated<K extends TokenKind>(
  kind: K,
  [first, second]: readonly [string, string],
  neighbours: readonly TokenFields[K][],
  count: number,
): string[] {
  const encoding = isHex(kind) ? "hex" : "base64url";
  const one = Buffer.from(first, encoding);
  const two = Buffer.from(second, encoding);
  const found = new Set<string>();
  const add = (bytes: Buffer) => void found.add(bytes.toString(encoding));
  const changed = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(one);
    change(bytes);
    add(bytes);
  };

  for (let bit = 0; bit < one.length * 8; bit++) changed((bytes) => (bytes[bit >> 3]! ^= 1 << (bit & 7)));
  for (let at = 0; at < one.length; at++) {
    add(one.subarray(0, at));
    add(one.subarray(at + 1));
    add(Buffer.concat([one.subarray(0, at), two.subarray(at)]));
    add(Buffer.concat([two.subarray(0, at), one.subarray(at)]));
    add(Buffer.concat([one.subarray(0, at), Buffer.from([0]), one.subarray(at)]));
    for (const value of [0, 1, 0x7f, 0x80, 0xff]) changed((bytes) => (bytes[at] = value));
  }
  for (let header = 0; header < 256; header++) changed((bytes) => (bytes[0] = header));
  for (let id = 0; id < 256; id++) changed((bytes) => bytes.fill(id, 1, HEADER));

  for (const end of ALPHABET) {
    found.add(first.slice(0, -1) + end);
    found.add(first + end);
    found.add(end + first);
  }
  for (let at = 1; at < first.length; at++) {
    found.add(first.slice(0, at));
    for (const more of ["=", ".", "%20", "%00", "%0d%0a", "%E2%80%8B", "%2e%2e%2f", "+", "%2B", "%2F"])
      found.add(first.slice(0, at) + more + first.slice(at));
  }
  for (const more of ["=", "==", "%3D", "%20", "%09", "%0A", "%00", ".gif.gif", "~", "%2E", "?x", first])
    found.add(first + more);
  const standard = one.toString("base64");
  found.add(encodeURIComponent(standard));
  if (/[+/]/.test(standard)) found.add(standard.replaceAll("/", "%2F").replace(/=+$/, ""));
  found.add(first.toUpperCase());
  found.add(first.toLowerCase());
  found.add(one.toString(encoding === "hex" ? "base64url" : "hex"));

  for (const secret of ["another installation's secret", "a secret of these security test", ""]) {
    const keys = tokenKeys([secret || "empty"]);
    for (const fields of neighbours) {
      const foreign = signToken(keys, kind, fields);
      found.add(foreign);
      const bytes = Buffer.from(foreign, encoding);
      one.copy(bytes, 1, 1, HEADER); // as if our key had made it
      add(bytes);
    }
  }

  const roll = dice(kind.length * 7919);
  while (found.size < count + 10) {
    changed((bytes) => {
      for (let times = 1 + roll(8); times > 0; times--) bytes[roll(bytes.length)] = roll(256);
    });
    const random = Buffer.from(one);
    for (let at = roll(2) === 0 ? HEADER : 0; at < random.length; at++) random[at] = roll(256);
    add(random);
  }
  // The query and the case of a hex token are not part of it.
  const genuine = new Set([first, second, `${first}?x`]);
  return [...found]
    .filter((text) => text !== "" && !genuine.has(isHex(kind) ? text.toLowerCase() : text))
    .slice(0, count);
}
