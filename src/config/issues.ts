import type { Path, Source } from "./yaml.ts";

/** What is read of zod's issues; `generic` and `known` are added by `annotate` in explain.ts. */
export interface Issue {
  readonly code: string;
  readonly path: Path;
  readonly message: string;
  /** The message is zod's own, so that a better one is made here. */
  readonly generic?: boolean;
  /** The keys that the object knows, beside `keys`, those that it does not. */
  readonly known?: readonly string[];
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
  readonly issues?: readonly Issue[];
  readonly expected?: string;
  readonly values?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly inclusive?: boolean;
  readonly origin?: string;
  readonly params?: { readonly suggestion?: string };
}

/** A form of another kind altogether: a list for a text, another word. */
export function isWrongKind(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
}

export function sizeMessage(issue: Issue): string {
  const small = issue.code === "too_small";
  const bound = small ? issue.minimum : issue.maximum;
  if (issue.origin === "array") return small ? `needs at least ${count(bound)}` : `takes at most ${bound}`;
  if (issue.origin === "string" && small) return "must not be empty";
  if (issue.origin === "string") return `must not be longer than ${bound} characters`;
  const strict = issue.inclusive === false;
  if (small) return `must be ${strict ? "more than" : "at least"} ${bound}`;
  return `must be ${strict ? "less than" : "at most"} ${bound}`;
}

function count(bound: number | undefined): string {
  return bound === 1 ? "one" : String(bound);
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  null: "nothing",
};

export function typeWord(expected: string | undefined): string {
  return TYPE_WORDS[expected ?? ""] ?? expected ?? "something else";
}

/** A value as a person would point at it. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (isObject(value)) return "a mapping";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text;
}

export function showKeys(value: object): string {
  const keys = Object.keys(value);
  return keys.length === 0 ? "nothing" : keys.join(", ");
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const segment of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, segment)) return undefined;
    here = (here as Record<string | number, unknown>)[segment];
  }
  return here;
}

export function isMissing(path: Path, source: Source): boolean {
  return path.length > 0 && valueAt(source.value, path) === undefined;
}

export function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((segment, index) => segment === b[index]);
}
