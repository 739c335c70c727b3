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
    // A name of a field that may have any: its own fault.
    if (issue.code === "invalid_key") return fieldErrors(issue.issues, path);
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
  const bounds = ofBounds(issue);
  if (bounds !== null) return bounds;
  if (issue.code !== "invalid_type") return issue.message.replace(/^Invalid option: expected/, "must be");
  const found = /received (\w+)/.exec(issue.message)?.[1];
  if (found === "undefined") return "is missing";
  return `must be ${NAMES[issue.expected] ?? issue.expected}${found ? `, not ${NAMES[found] ?? found}` : ""}`;
}

/** Of Zod's own "Too big: expected string to have <=200 characters"; what we have said ourselves stays. */
function ofBounds(issue: Issue): string | null {
  if (!/^Too (big|small)/.test(issue.message)) return null;
  if (issue.code !== "too_big" && issue.code !== "too_small") return null;
  const [bound, which] = issue.code === "too_big" ? [issue.maximum, "at most"] : [issue.minimum, "at least"];
  const unit = UNITS[issue.origin];
  return unit === undefined ? `must be ${bound} ${which}` : `must have ${bound} ${unit} ${which}`;
}

const UNITS: Readonly<Record<string, string>> = { string: "characters", array: "entries" };

const NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  record: "an object",
};
