import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  readToken,
  sequencePrefix,
  signToken,
  templatePrefix,
  type TokenFields,
  type TokenKind,
  tokenKeys,
} from "../../src/email/token.ts";

const keys = tokenKeys(["a secret of this test"]);
const number = fc.maxSafeNat();
const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));

const fieldsOf: { [K in TokenKind]: fc.Arbitrary<TokenFields[K]> } = {
  open: fc.record({ message: number }),
  click: fc.record({ message: number, template: hex(12), link: fc.nat(65_535), sequence: hex(8) }),
  unsubscribe: fc.record({ message: number }),
  preferences: fc.record({ message: number }),
  view: fc.record({ message: number }),
  answer: fc.record({ notice: number }),
  confirm: fc.record({ lead: number, at: fc.nat(4_102_444_800_000) }),
  mydata: fc.record({ lead: number, at: fc.nat(4_102_444_800_000) }),
  verp: fc.record({ message: number }),
  visitor: fc.record({ message: number, lead: number }),
  leave: fc.record({ message: number }),
};
const kinds = Object.keys(fieldsOf) as TokenKind[];

const anyToken = fc.constantFrom(...kinds).chain((kind) =>
  (fieldsOf[kind] as fc.Arbitrary<TokenFields[TokenKind]>).map((fields) => ({
    kind,
    fields,
    text: signToken(keys, kind, fields),
  })),
);

describe("a token", () => {
  test("says again what it was signed for, in a short form that fits any URL", () => {
    fc.assert(
      fc.property(anyToken, ({ kind, fields, text }) => {
        expect(readToken(keys, kind, text)).toEqual(fields);
        expect(text).toMatch(/^[A-Za-z0-9_-]{30,46}$/);
      }),
      { numRuns: 500 },
    );
  });

  test("is refused after any change, 10,000 times", () => {
    const mutation = fc.record({
      token: anyToken,
      at: fc.nat(200),
      how: fc.constantFrom("replace", "insert", "delete", "case", "cut", "swap"),
      char: fc.constantFrom(
        ...Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_ =+/.%\u0000é"),
      ),
    });
    let refused = 0;
    fc.assert(
      fc.property(mutation, ({ token: { kind, text }, at, how, char }) => {
        const mutated = mutate(text, at % text.length, how, char);
        // The case of a local part may change on the way.
        const same = kind === "verp" || kind === "leave" ? mutated.toLowerCase() === text : mutated === text;
        if (same) return;
        expect(readToken(keys, kind, mutated)).toBeNull();
        refused++;
      }),
      { numRuns: 13_000 },
    );
    expect(refused).toBeGreaterThan(10_000);
  });

  test("of one kind is worth nothing at another endpoint", () => {
    fc.assert(
      fc.property(anyToken, fc.constantFrom(...kinds), ({ kind, text }, other) => {
        if (kind !== other) expect(readToken(keys, other, text)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  test("never makes the reader throw, whatever comes in", () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.string({ unit: "binary", maxLength: 300 }), (kind, text) => {
        expect(readToken(keys, kind, text)).toBeNull();
      }),
      { numRuns: 500 },
    );
    expect(readToken(keys, "open", "A".repeat(5_000_000))).toBeNull();
    expect(readToken(keys, "open", undefined as unknown as string)).toBeNull();
  });

  test("shows nothing of the message's number, and neighbours share nothing", () => {
    const tokens = [1, 2, 3].map((message) => Buffer.from(signToken(keys, "open", { message }), "base64url"));
    for (const token of tokens) expect(token.subarray(3, 9).equals(Buffer.alloc(6))).toBe(false);
    for (let at = 3; at < tokens[0]!.length; at++) {
      expect(new Set(tokens.map((token) => token[at])).size, `byte ${at}`).toBeGreaterThan(1);
    }
  });

  test("keeps 96 bits of its signature", () => {
    // version and kind, key, a number below 2^53, signature
    expect(Buffer.from(signToken(keys, "open", { message: 7 }), "base64url")).toHaveLength(1 + 2 + 7 + 12);
  });
});

describe("keys", () => {
  const old = tokenKeys(["old"]);
  const rotated = tokenKeys(["new", "old"]);

  test("rotate: the newest signs, the old ones are read", () => {
    const before = signToken(old, "click", { message: 5, template: "00112233aabb", link: 2 });
    expect(readToken(rotated, "click", before)).toMatchObject({
      message: 5,
      link: 2,
      template: "00112233aabb",
    });
    expect(readToken(old, "view", signToken(rotated, "view", { message: 5 }))).toBeNull();
  });

  test("that are given up make their tokens worthless", () => {
    expect(readToken(tokenKeys(["new"]), "view", signToken(old, "view", { message: 5 }))).toBeNull();
  });

  test("are needed", () => {
    expect(() => tokenKeys([])).toThrow("no secret");
    expect(() => tokenKeys(["a", ""])).toThrow("no secret");
  });
});

test("a number that no token can carry is our own mistake and throws", () => {
  for (const message of [-1, 1.5, 2 ** 53, Number.NaN]) {
    expect(() => signToken(keys, "open", { message })).toThrow("out of range");
  }
  expect(() => signToken(keys, "click", { message: 1, template: "short", link: 0 })).toThrow("out of range");
  expect(() => signToken(keys, "click", { message: 1, template: "00112233aabb", link: 65_536 })).toThrow(
    "out of range",
  );
});

test("a click token without a sequence reads as one of no sequence", () => {
  const text = signToken(keys, "click", { message: 1, template: templatePrefix("ab".repeat(32)), link: 0 });
  expect(readToken(keys, "click", text)?.sequence).toBe(sequencePrefix(null));
  expect(sequencePrefix("warm-nurture")).toMatch(/^[0-9a-f]{8}$/);
});

function mutate(text: string, at: number, how: string, char: string): string {
  switch (how) {
    case "replace":
      return text.slice(0, at) + char + text.slice(at + 1);
    case "insert":
      return text.slice(0, at) + char + text.slice(at);
    case "delete":
      return text.slice(0, at) + text.slice(at + 1);
    case "case": {
      const flipped =
        text[at]! === text[at]!.toLowerCase() ? text[at]!.toUpperCase() : text[at]!.toLowerCase();
      return text.slice(0, at) + flipped + text.slice(at + 1);
    }
    case "cut":
      return text.slice(0, at);
    default:
      return text.slice(0, at) + (text[at + 1] ?? "") + text[at]! + text.slice(at + 2);
  }
}
