import type { Scalar } from "../conditions/condition.ts";
import type { AttributeType } from "../config/settings.ts";
import { formatInstant, parseInstant, type Instant } from "../instant.ts";

/** What is wrong with a row, in words that follow its line. */
export class RowError extends Error {}

/**
 * A cell, or a value of JSON, as the attribute's declaration wants it. undefined: the row says nothing (an empty
 * cell); null: JSON says that there is nothing. Throws RowError, which begins with `name`.
 */
export function attributeValue(name: string, type: AttributeType | null, value: unknown): Scalar | undefined {
  if (value === null) return null;
  if (typeof value === "object") throw new RowError(`${name} must be one value, not ${shown(value)}`);
  if (value === undefined) return undefined;
  const text = textOf(name, value);
  if (text === "") return undefined;
  if (type === null) return typeof value === "string" ? text : (value as Scalar);
  switch (type) {
    case "text":
      return text;
    case "number": {
      const number = NUMERIC.test(text) ? Number(text) : NaN;
      if (!Number.isFinite(number)) throw new RowError(`${name} must be a number, not ${shown(text)}`);
      return number;
    }
    case "boolean": {
      const yes = asBoolean(text);
      if (yes === null) throw new RowError(`${name} must be yes or no, not ${shown(text)}`);
      return yes;
    }
    case "date":
      return dateValue(name, text);
    default: {
      const word = type.find((one) => one.trim().toLowerCase() === text.toLowerCase());
      if (word === undefined)
        throw new RowError(`${name} must be one of ${type.join(", ")}, not ${shown(text)}`);
      return word;
    }
  }
}

/** The form of numbers in conditions (spec/scoring.md). */
const NUMERIC = /^[+-]?\d+(\.\d+)?$/;

/** Trimmed text of a cell or of JSON's text, number, true or false. Throws RowError for what no database keeps. */
export function textOf(name: string, value: unknown): string {
  if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value)))
    return String(value);
  if (typeof value !== "string") throw new RowError(`${name} must be text, not ${shown(value)}`);
  if (value.includes("\0")) throw new RowError(`${name} holds a NUL character`);
  if (!value.isWellFormed()) throw new RowError(`${name} holds half a character (a lone surrogate)`);
  return value.trim();
}

/** Refuses NUL characters and lone surrogates anywhere inside, keys too. */
export function refuseUnstorable(name: string, value: unknown): void {
  if (typeof value === "string") textOf(name, value);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      textOf(name, key);
      refuseUnstorable(`${name}.${key}`, inner);
    }
  }
}

const WORDS: Readonly<Record<string, boolean>> = {
  yes: true,
  true: true,
  y: true,
  "1": true,
  on: true,
  no: false,
  false: false,
  n: false,
  "0": false,
  off: false,
};

/** `Yes`, `true`, `1`, …; null for what is neither yes nor no. */
export function asBoolean(text: string): boolean | null {
  const word = text.toLowerCase();
  return Object.hasOwn(WORDS, word) ? WORDS[word]! : null;
}

/** Days stay days; all else is written as instants are, so that dates compare as text. */
function dateValue(name: string, text: string): string {
  const at = instantValue(name, text);
  return /^[-\d]{10}$/.test(text) ? text : formatInstant(at);
}

/** ISO 8601; without a zone it is UTC. Throws RowError. */
export function instantValue(name: string, value: unknown): Instant {
  const text = textOf(name, value);
  const zoned = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text) ? `${text}Z` : text;
  const at = parseInstant(zoned.replace(" ", "T"));
  if (at === undefined)
    throw new RowError(
      `${name} must be a date like 2026-01-31 or an instant like 2026-01-31T10:00:00Z, not ${shown(text)}`,
    );
  return at;
}

/** A value as a message shows it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
