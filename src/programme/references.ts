import { asNumber } from "../conditions/values.ts";
import { nearest, suggest } from "../config/nearest.ts";
import type { Problem } from "../config/problems.ts";
import type { Reference } from "../config/references.ts";
import { problemAt } from "../config/yaml.ts";
import type { Source } from "../config/yaml.ts";
import { CATALOGUE } from "../events/catalogue.ts";
import type { Names } from "./names.ts";

/** What a file names and no file defines, each with the nearest word that would have been right. */
export function checkReferences(references: readonly Reference[], names: Names, source: Source): Problem[] {
  return references.flatMap((reference) => checkReference(reference, names, source));
}

/** A number that is to be above or below a text: that never holds. */
export function checkBounds(references: readonly Reference[], names: Names, source: Source): Problem[] {
  return references.flatMap(({ kind, name, bounds = [] }) => {
    if (kind !== "attribute" || !names.numbers.has(name)) return [];
    return bounds
      .filter(({ value }) => asNumber(value) === null)
      .map(({ value, path }) => {
        const message = `"${name}" is a number and ${JSON.stringify(value)} is none: this never holds`;
        return problemAt(source, path, message, {
          suggestion: `like ${path.at(-1)!}: 100`,
        });
      });
  });
}

function checkReference(reference: Reference, names: Names, source: Source): Problem[] {
  const { kind, name, path, key } = reference;
  switch (kind) {
    case "event":
      return checkEvent(reference, source);
    case "mark": {
      const marks = names.marks.get(reference.model!);
      // That the model is not there is said already.
      if (!marks || marks.has(name)) return [];
      const message = `the model "${reference.model}" has no mark "${name}"`;
      return [
        problemAt(source, path, message, { suggestion: suggest(name, marks) ?? "add it to its marks" }),
      ];
    }
    case "attribute":
    case "model":
    case "rep":
    case "segment":
    case "template":
    case "webhook":
    case "window": {
      const known = names.of[kind];
      if (!known) return [];
      if (known.has(name)) return kind === "attribute" ? checkWords(reference, names, source) : [];
      const suggestion = suggest(name, known) ?? HOMES[kind];
      return [problemAt(source, path, `there is no ${kind} "${name}"`, { suggestion, key })];
    }
    default:
      return kind satisfies never;
  }
}

/** Where a kind of thing is defined: said where there is none of it at all. */
const HOMES: Readonly<Partial<Record<Reference["kind"], string>>> = {
  model: "models are in config/scoring/",
  rep: "reps are in config/reps.yaml",
  segment: "segments are in config/segments.yaml",
  template: "templates are in templates/",
  webhook: "webhooks are in config/kindling.yaml",
  window: "windows are in config/kindling.yaml",
};

/** Events may have any name; one that is nearly in the catalogue is probably misspelt. */
function checkEvent({ name, path }: Reference, source: Source): Problem[] {
  if (Object.hasOwn(CATALOGUE, name)) return [];
  const near = nearest(name, Object.keys(CATALOGUE));
  if (near === undefined) return [];
  const message = `"${name}" is no event of the catalogue`;
  return [problemAt(source, path, message, { suggestion: `did you mean "${near}"?`, severity: "warning" })];
}

/** An attribute with a list of words, compared with another word, never holds. */
function checkWords({ name, values, key }: Reference, names: Names, source: Source): Problem[] {
  const words = names.words.get(name);
  if (!words) return [];
  const folded = new Set(words.map((word) => word.trim().toLowerCase()));
  return (values ?? [])
    .filter(({ value }) => !folded.has(String(value).trim().toLowerCase()))
    .map(({ value, path }) => {
      const verb = key ? "is set to" : "is never";
      const message = `"${name}" ${verb} ${JSON.stringify(value)}, which its list of words lacks`;
      return problemAt(source, path, message, {
        suggestion: suggest(String(value), words),
        severity: "warning",
      });
    });
}
