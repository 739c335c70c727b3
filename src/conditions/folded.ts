import type { Scalar } from "./condition.ts";
import { asNumber, foldText } from "./values.ts";

/**
 * A value as text that compares, byte by byte, as conditions compare the value itself: `n` and the number's bits for
 * numbers and text in the form of one, `t` and the folded text, `btrue`, `bfalse`. What differs in nothing but case
 * or spelling of a number is equal; numbers sort as numbers.
 */
export function foldedValue(value: string | number | boolean): string {
  if (typeof value === "boolean") return `b${value}`;
  const number = asNumber(value);
  return number === null ? `t${storable(foldText(String(value)))}` : `n${sortableBits(number)}`;
}

/** Whether two texts can be told apart in their folded form: not those with characters that no database keeps. */
export function foldsFaithfully(text: string): boolean {
  return !text.includes(UNKNOWN) && storable(text) === text;
}

/** What `leads.folded` holds: JSON of the folded values; what is missing is left out. */
export function foldedAttributes(attributes: Readonly<Record<string, Scalar>>): string {
  const known = Object.entries(attributes).flatMap(([name, value]) =>
    value === null ? [] : [[storable(name), foldedValue(value)] as const],
  );
  return JSON.stringify(Object.fromEntries(known));
}

const UNKNOWN = "\ufffd";

/** PostgreSQL takes neither NUL nor half a surrogate pair in JSON. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", UNKNOWN);
}

const bits = new DataView(new ArrayBuffer(8));

/** 16 hex digits of the IEEE double that sort as the numbers do: the sign turned, all bits of negative ones turned. */
function sortableBits(number: number): string {
  // -0 and 0 are equal.
  bits.setFloat64(0, number + 0);
  const high = bits.getUint32(0);
  const low = bits.getUint32(4);
  const negative = high >= 0x80000000;
  return hex(negative ? ~high : high | 0x80000000) + hex(negative ? ~low : low);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
