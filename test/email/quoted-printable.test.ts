import fc from "fast-check";
import { expect, test } from "vitest";
import { quotedPrintable } from "../../src/email/quoted-printable.ts";

/** RFC 2045 §6.7, read back. */
function decode(encoded: string): string {
  const joined = encoded.replaceAll("=\r\n", "");
  const bytes = joined.replace(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1").toString();
}

const crlf = (text: string) => text.replaceAll(/\r\n|\n/g, "\r\n");
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme-ascii", maxLength: 200 }),
      fc.constantFrom(
        " ",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "=",
        "==0A",
        ".",
        " \n",
        "\t\r\n",
        "あ",
        "🎉",
        "é".repeat(60),
      ),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));

test("reads back as it was written, whatever is in it", () => {
  fc.assert(
    fc.property(text, (given) => expect(decode(quotedPrintable(given).toString())).toBe(crlf(given))),
  );
});

test("has short lines of plain ASCII, none of which ends in a blank", () => {
  fc.assert(
    fc.property(text, (given) => {
      const written = quotedPrintable(given).toString("latin1");
      expect(written.replaceAll("\r\n", "")).toMatch(/^[\t -~]*$/);
      for (const line of written.split("\r\n")) {
        expect(line.length).toBeLessThanOrEqual(76);
        expect(line).not.toMatch(/[ \t]$/);
      }
    }),
  );
});

test("breaks no line inside of a character", () => {
  const written = quotedPrintable(`${"x".repeat(70)}${"あ".repeat(40)}`).toString();
  for (const line of written.split("\r\n")) expect(decode(line.replace(/=$/, ""))).not.toContain("\uFFFD");
});

test("leaves readable what is readable", () => {
  expect(quotedPrintable("Hello Ada,\n\n1 + 1 = 2 \n").toString()).toBe(
    "Hello Ada,\r\n\r\n1 + 1 =3D 2=20\r\n",
  );
});
