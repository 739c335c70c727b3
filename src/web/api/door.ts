import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { FieldError } from "./refusals.ts";
import { badParameter, Invalid, Malformed, TooLarge } from "./refusals.ts";

const LARGEST_BODY = 1024 * 1024;
/** Deeper JSON is nobody's event, and a recursion over it would end the process's stack. */
const DEEPEST = 20;
const MOST_ERRORS = 20;
/** They reach into prototypes where an object is read without care. */
const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/** Refuses a body larger than 1 MB while it arrives. */
export const largestBody = bodyLimit({
  maxSize: LARGEST_BODY,
  onError: () => {
    throw new TooLarge(`a body may have ${LARGEST_BODY} bytes at most`);
  },
});

/**
 * What no route wants to meet is refused here: bytes that are no UTF-8, text that is no JSON, NUL and half characters
 * (PostgreSQL can't hold them), numbers beyond doubles, names that reach into prototypes, bottomless nesting.
 */
export const door: MiddlewareHandler = async (c, next) => {
  if (/\0|%00/.test(c.req.path)) throw badParameter("path", "must not have NUL in it");
  for (const [name, values] of Object.entries(c.req.queries())) {
    if (values.some((value) => !isText(value)) || !isText(name))
      throw badParameter(name, "must be text without NUL and half characters");
  }
  if (c.req.method !== "GET" && c.req.method !== "HEAD") {
    const bytes = await c.req.arrayBuffer();
    if (bytes.byteLength > 0) checkBody(bytes);
  }
  await next();
};

function checkBody(bytes: ArrayBuffer): void {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Malformed(`the body is no JSON: ${error.message}`);
    throw new Malformed("the body is no UTF-8");
  }
  const errors: FieldError[] = [];
  inspect(value, [], errors);
  if (errors.length > 0) throw new Invalid(errors);
}

function inspect(value: unknown, path: readonly (string | number)[], errors: FieldError[]): void {
  if (errors.length >= MOST_ERRORS) return;
  const wrong = (message: string) => void errors.push({ field: fieldName(path), message });
  if (typeof value === "string") {
    if (!isText(value)) wrong("must be text without NUL and half characters");
  } else if (typeof value === "number") {
    if (!Number.isFinite(value)) wrong("is too large for a number");
  } else if (typeof value === "object" && value !== null) {
    if (path.length >= DEEPEST) return wrong(`is nested more than ${DEEPEST} deep`);
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) inspect(item, [...path, index], errors);
      return;
    }
    for (const [name, item] of Object.entries(value)) {
      if (FORBIDDEN_KEYS.has(name)) wrong(`must not have a field "${name}"`);
      else if (!isText(name)) wrong("has a name with NUL or half characters in it");
      else inspect(item, [...path, name], errors);
    }
  }
}

function isText(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/** `attributes.budget`, `[3].type`. */
export function fieldName(path: readonly PropertyKey[]): string {
  let name = "";
  for (const part of path) {
    if (typeof part === "number") name += `[${part}]`;
    else name += name === "" ? String(part) : `.${String(part)}`;
  }
  return name;
}
