import type { Reference, ReferenceKind } from "./references.ts";
import type { Path } from "./yaml.ts";

/** Keys whose text names something that another file defines, wherever they stand. */
const KINDS: ReadonlyMap<string, ReferenceKind> = new Map([
  ["attribute", "attribute"],
  ["segment", "segment"],
  ["send", "template"],
  ["notify", "rep"],
  ["owner", "rep"],
  ["webhook", "webhook"],
  ["window", "window"],
]);

/** Words that name no rep. */
const ANY_REP = new Set(["owner", "next"]);

/**
 * The names in a file whose shape is wrong, found by their keys alone: so that a misspelt name is said together with
 * the mistakes of shape, not after they are mended. Finds less than the reader of a right file does, never more.
 */
export function namedIn(value: unknown, path: Path = []): Reference[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]): Reference[] => {
    const place = [...path, Array.isArray(value) ? Number(key) : key];
    if (key === "set") return [];
    if (key === "variants")
      return Object.entries(inner ?? {}).flatMap(([variant, name]) =>
        named("template", name, [...place, variant]),
      );
    const kind = KINDS.get(key);
    return kind ? named(kind, inner, place) : namedIn(inner, place);
  });
}

function named(kind: ReferenceKind, name: unknown, path: Path): Reference[] {
  const text = typeof name === "string" && name !== "" && !(kind === "rep" && ANY_REP.has(name));
  return text ? [{ kind, name, path }] : [];
}
