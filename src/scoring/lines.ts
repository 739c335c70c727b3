import type { Scalar } from "../conditions/condition.ts";
import { ACTORS, VERDICTS } from "../events/event.ts";
import type { Event } from "../events/event.ts";
import { parseInstant } from "../instant.ts";
import type { Instant } from "../instant.ts";
import type { Attributes } from "../leads/lead.ts";

/** A line of a leads file (spec/cli.md, `kindling score`). */
export interface LeadLine {
  readonly email: string;
  readonly at: Instant;
  readonly attributes: Attributes;
}

/** A line of an events file. */
export interface EventLine {
  readonly email: string;
  readonly event: Event;
}

/** What is wrong with a line, in words that follow its file and number. */
export class LineError extends Error {}

/** `{"email":"a@b.example","at":"2026-01-01T00:00:00Z","attributes":{…}}`. Throws LineError. */
export function parseLeadLine(text: string): LeadLine {
  const line = parseObject(text);
  return {
    email: emailOf(line),
    at: instantOf(line),
    attributes: attributesOf(line["attributes"], "attributes"),
  };
}

/**
 * `{"email":…,"type":"page.viewed","at":…,"properties":{…},"message":…,"verdict":…,"actor":…}`; `number` is the line's
 * place in the file, the event's `seq`. Throws LineError.
 */
export function parseEventLine(text: string, number: number): EventLine {
  const line = parseObject(text);
  const email = emailOf(line);
  const type = line["type"];
  if (typeof type !== "string" || !/^[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*$/.test(type)) {
    throw new LineError(
      `"type" must be lower case with dots between words, like "page.viewed", ${found(type)}`,
    );
  }
  const properties = line["properties"] ?? {};
  if (!isObject(properties)) throw new LineError(`"properties" must be an object, ${found(properties)}`);
  if (type === "lead.created" || type === "lead.updated")
    attributesOf(properties["attributes"], "properties.attributes");
  const message = line["message"] ?? null;
  if (message !== null && typeof message !== "string") {
    throw new LineError(`"message" must be text, ${found(message)}`);
  }
  return {
    email,
    event: {
      seq: number,
      type,
      at: instantOf(line),
      actor: wordOf(line, "actor", ACTORS, "lead"),
      verdict: wordOf(line, "verdict", VERDICTS, "human"),
      properties,
      message,
    },
  };
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new LineError(`is no JSON: ${(error as Error).message}`);
  }
  if (!isObject(value)) throw new LineError(`must be a JSON object, ${found(value)}`);
  return value;
}

function emailOf(line: Record<string, unknown>): string {
  const email = line["email"];
  if (typeof email !== "string" || email.trim() === "")
    throw new LineError(`"email" must be an address, ${found(email)}`);
  return email.trim().toLowerCase();
}

function instantOf(line: Record<string, unknown>): Instant {
  const at = line["at"];
  const instant = typeof at === "string" ? parseInstant(at) : undefined;
  if (instant === undefined) {
    throw new LineError(`"at" must be an instant with a zone, like "2026-01-03T10:00:00Z", ${found(at)}`);
  }
  return instant;
}

function attributesOf(value: unknown, name: string): Attributes {
  const attributes = value ?? {};
  if (!isObject(attributes)) throw new LineError(`"${name}" must be an object, ${found(attributes)}`);
  for (const [key, inner] of Object.entries(attributes)) {
    if (typeof inner === "object" && inner !== null) {
      throw new LineError(`"${name}.${key}" must be text, a number, true, false or null, ${found(inner)}`);
    }
  }
  return attributes as Record<string, Scalar>;
}

function wordOf<T extends string>(
  line: Record<string, unknown>,
  key: string,
  words: readonly T[],
  otherwise: T,
): T {
  const value = line[key] ?? otherwise;
  const word = words.find((one) => one === value);
  if (word === undefined) throw new LineError(`"${key}" must be one of ${words.join(", ")}, ${found(value)}`);
  return word;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function found(value: unknown): string {
  if (value === undefined) return "but is missing";
  const text = JSON.stringify(value);
  return `not ${text.length > 60 ? `${text.slice(0, 57)}…` : text}`;
}
