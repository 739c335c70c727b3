const HEX = Buffer.from("0123456789ABCDEF");
const [TAB, LF, CR, SPACE, EQUALS, TILDE] = [0x09, 0x0a, 0x0d, 0x20, 0x3d, 0x7e] as const;
/** RFC 2045 §6.7: 76 with the `=` of a soft break. */
const LONGEST = 75;

/**
 * Text as quoted-printable (RFC 2045 §6.7), line ends as CRLF. No line breaks inside of a character. The mail library
 * does the same by streams and regular expressions, which takes longer than all the rest of a mail.
 */
export function quotedPrintable(text: string): Buffer {
  const bytes = Buffer.from(text);
  // A byte takes three, and a line of 72 or more has one soft break.
  const out = Buffer.allocUnsafe(bytes.length * 3 + Math.ceil((bytes.length * 3) / 60) * 3 + 3);
  let size = 0;
  let column = 0;
  for (let index = 0; index < bytes.length;) {
    const byte = bytes[index]!;
    const next = bytes[index + 1];
    if (byte === LF || (byte === CR && next === LF)) {
      out[size++] = CR;
      out[size++] = LF;
      column = 0;
      index += byte === LF ? 1 : 2;
      continue;
    }
    const blank = byte === SPACE || byte === TAB;
    const ends = next === undefined || next === LF || next === CR;
    const plain = blank ? !ends : byte > SPACE && byte <= TILDE && byte !== EQUALS;
    const length = plain ? 1 : lengthOf(byte);
    const width = plain ? 1 : length * 3;
    if (column + width > LONGEST) {
      out[size++] = EQUALS;
      out[size++] = CR;
      out[size++] = LF;
      column = 0;
    }
    column += width;
    if (plain) out[size++] = byte;
    else {
      for (let part = index; part < index + length; part++) {
        const code = bytes[part]!;
        out[size++] = EQUALS;
        out[size++] = HEX[code >> 4]!;
        out[size++] = HEX[code & 15]!;
      }
    }
    index += length;
  }
  return out.subarray(0, size);
}

/** Of the UTF-8 character that begins with this byte. */
function lengthOf(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
