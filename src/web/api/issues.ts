import type { z } from "@hono/zod-openapi";
import { fieldName } from "./door.ts";
import type { FieldError } from "./refusals.ts";

type Issue = z.core.$ZodIssue;

/** What a schema found, a line a field. Of a union the alternative that was meant speaks: the one that came furthest. */
export function fieldErrors(issues: readonly Issue[], above: readonly PropertyKey[] = []): FieldError[] {
  return issues.flatMap((issue): FieldError[] => {
    const path = [...above, ...issue.path];
    if (issue.code === "invalid_union" && issue.errors.length > 0)
      return fieldErrors(furthest(issue.errors), path);
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => ({ field: fieldName([...path, key]), message: issue.message }));
    return [{ field: fieldName(path), message: plain(issue) }];
  });
}

function furthest(alternatives: readonly (readonly Issue[])[]): readonly Issue[] {
  const depth = (issues: readonly Issue[]) =>
    Math.min(...issues.map((issue) => issue.path.length + (issue.code === "invalid_type" ? 0 : 1)));
  return alternatives.reduce((best, issues) => (depth(issues) > depth(best) ? issues : best));
}

/** Zod's "Invalid input: expected string, received undefined", as a person would say it. */
function plain(issue: Issue): string {
  if (issue.code !== "invalid_type") return issue.message.replace(/^Invalid option: expected/, "must be");
  const found = /received (\w+)/.exec(issue.message)?.[1];
  if (found === "undefined") return "is missing";
  return `must be ${NAMES[issue.expected] ?? issue.expected}${found ? `, not ${NAMES[found] ?? found}` : ""}`;
}

const NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  record: "an object",
};
