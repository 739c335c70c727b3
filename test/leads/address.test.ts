import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { domainOf, formatMailbox, normaliseEmail, parseMailbox } from "../../src/leads/address.ts";

describe("an address", () => {
  test.each([
    ["a@b.example", "a@b.example"],
    ["  Ada.Lovelace+News@Acme.EXAMPLE ", "ada.lovelace+news@acme.example"],
    ["o'brien@acme.example", "o'brien@acme.example"],
    ["ada@münchen.example", "ada@xn--mnchen-3ya.example"],
    ["ADA@MÜNCHEN.example", "ada@xn--mnchen-3ya.example"],
    ["ada@sub.xn--mnchen-3ya.example", "ada@sub.xn--mnchen-3ya.example"],
    ["jose\u0301@acme.example", "josé@acme.example"],
    [`${"a".repeat(64)}@b.example`, `${"a".repeat(64)}@b.example`],
  ])("%s is stored as %s", (text, stored) => {
    expect(normaliseEmail(text)).toBe(stored);
    expect(normaliseEmail(stored)).toBe(stored);
  });

  test.each([
    "",
    "@",
    "ada",
    "ada@",
    "@acme.example",
    "ada@acme",
    "ada@acme..example",
    "ada@-acme.example",
    "ada@acme-.example",
    "ada@acme.example.",
    ".ada@acme.example",
    "ada.@acme.example",
    "ada..b@acme.example",
    "ada@b@acme.example",
    "ada b@acme.example",
    '"ada b"@acme.example',
    "Ada <ada@acme.example>",
    "ada@acme.example, bob@acme.example",
    "ada@acme.example;bob@acme.example",
    "ada@acme.example\r\nBcc: bob@acme.example",
    "ada\n@acme.example",
    "ada@acme.example\u0000",
    "ada\u0000@acme.example",
    "ada\u200b@acme.example",
    "ada\u202e@acme.example",
    "ada@[127.0.0.1]",
    "ada@127.0.0.1",
    "ada@acme.1",
    "ada@acme_corp.example",
    "ada@%61cme.example",
    "ada(work)@acme.example",
    "=?utf-8?q?ada=0d=0abcc=3abob=40acme.example=2c?=@acme.example",
    "<ada@acme.example>",
    "mailto:ada@acme.example",
    `${"a".repeat(65)}@b.example`,
    `ada@${"b".repeat(64)}.example`,
    `ada@${"b.".repeat(125)}example`,
    "a".repeat(1_000_000),
  ])("%j is none", (text) => {
    expect(normaliseEmail(text)).toBeNull();
  });

  test("that is taken holds nothing that could end a line or begin a second one", () => {
    const nasty = fc.string({
      unit: fc.constantFrom(...Array.from("ab.@<>,; \r\n\0\"'()[]:\\é\u2028\u202e\u200b")),
      maxLength: 30,
    });
    fc.assert(
      fc.property(nasty, (text) => {
        const stored = normaliseEmail(`${text}@acme.example`) ?? normaliseEmail(text);
        if (stored !== null) expect(stored).toMatch(/^[^\s<>,;()[\]"\\:@\p{C}]+@[a-z0-9.-]+$/u);
      }),
      { numRuns: 2000 },
    );
  });

  test("has a domain", () => {
    expect(domainOf("ada@acme.example")).toBe("acme.example");
  });
});

describe("a mailbox", () => {
  test.each([
    ["Ada at Acme <Ada@acme.example>", { name: "Ada at Acme", address: "ada@acme.example" }],
    ["ada@acme.example", { name: null, address: "ada@acme.example" }],
    ["<ada@acme.example>", { name: null, address: "ada@acme.example" }],
    ['"Acme, Inc." <a@b.example>', { name: "Acme, Inc.", address: "a@b.example" }],
    ['"The \\"A\\" team" <a@b.example>', { name: 'The "A" team', address: "a@b.example" }],
    ["Zoë Łukasz<z@b.example>", { name: "Zoë Łukasz", address: "z@b.example" }],
  ])("%s is read", (text, mailbox) => {
    expect(parseMailbox(text)).toEqual(mailbox);
    expect(parseMailbox(formatMailbox(mailbox))).toEqual(mailbox);
  });

  test.each([
    "",
    "Ada",
    "Ada <ada>",
    "Acme, Inc. <a@b.example>",
    "a@b.example, c@d.example",
    "A <a@b.example>, C <c@d.example>",
    "Ada\r\nBcc: x@y.example <a@b.example>",
    "Ada <a@b.example> and more",
    "Ada <<a@b.example>>",
    "team: a@b.example;",
  ])("%j is none", (text) => {
    expect(parseMailbox(text)).toBeNull();
  });
});
