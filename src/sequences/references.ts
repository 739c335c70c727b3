import type { Condition } from "../conditions/condition.ts";
import { conditionReferences, markReferences, modelReference } from "../conditions/references.ts";
import type { Reference } from "../config/references.ts";
import type { Path } from "../config/yaml.ts";
import type { EntryFile, SequenceFile, StepFile } from "./file.ts";
import { nestedIn } from "./flatten.ts";

/** All that a sequence names and other files define. */
export function sequenceReferences(file: SequenceFile): Reference[] {
  const found: Reference[] = (file.enter ?? []).flatMap((entry, i) => entryReferences(entry, ["enter", i]));
  if (file.window !== undefined) found.push({ kind: "window", name: file.window, path: ["window"] });
  for (const key of ["exit", "goal"] as const) {
    found.push(
      ...eachOf(file[key], [key]).flatMap(({ condition, path }) => conditionReferences(condition, path)),
    );
  }
  found.push(...listReferences(file.steps, ["steps"]));
  return found;
}

/** One condition or a list of them, each with its place. */
export function eachOf(
  conditions: Condition | readonly Condition[] | undefined,
  path: Path,
): { condition: Condition; path: Path }[] {
  if (conditions === undefined) return [];
  if (!Array.isArray(conditions)) return [{ condition: conditions as Condition, path }];
  return conditions.map((condition: Condition, index) => ({ condition, path: [...path, index] }));
}

function entryReferences(entry: EntryFile, path: Path): Reference[] {
  const found = entry.if ? conditionReferences(entry.if, [...path, "if"]) : [];
  if ("event" in entry) {
    found.push({ kind: "event", name: entry.event, path: [...path, "event"] });
    if (entry.where) found.push(...conditionReferences(entry.where, [...path, "where"]));
  } else if ("segment" in entry)
    found.push({ kind: "segment", name: entry.segment, path: [...path, "segment"] });
  else if ("reached" in entry) found.push(...markReferences(entry.reached, entry.model, path));
  else found.push(modelReference(entry.model, path));
  return found;
}

function listReferences(steps: readonly StepFile[], path: Path): Reference[] {
  return steps.flatMap((step, index) => {
    const here = [...path, index];
    const inside = nestedIn(step, "", here).flatMap((nested) => listReferences(nested.steps, nested.path));
    return [...stepReferences(step, here), ...inside];
  });
}

function stepReferences(step: StepFile, path: Path): Reference[] {
  if ("send" in step) return [{ kind: "template", name: step.send, path: [...path, "send"] }];
  if ("wait_for" in step) return conditionReferences(step.wait_for, [...path, "wait_for"]);
  if ("branch" in step) {
    return step.branch.flatMap((arm, index) =>
      "when" in arm ? conditionReferences(arm.when, [...path, "branch", index, "when"]) : [],
    );
  }
  if ("ab" in step) {
    const { variants, measure } = step.ab;
    const templates = Object.entries(variants).map(([variant, name]): Reference => ({
      kind: "template",
      name,
      path: [...path, "ab", "variants", variant],
    }));
    const measured =
      typeof measure === "string" ? [] : conditionReferences(measure, [...path, "ab", "measure"]);
    return [...templates, ...measured];
  }
  if ("set" in step) {
    return Object.entries(step.set).map(([name, value]): Reference => {
      const place = [...path, "set", name];
      return {
        kind: "attribute",
        name,
        path: place,
        key: true,
        values: value === null ? [] : [{ value, path: place }],
      };
    });
  }
  if ("notify" in step && step.notify !== "owner")
    return [{ kind: "rep", name: step.notify, path: [...path, "notify"] }];
  if ("webhook" in step) return [{ kind: "webhook", name: step.webhook, path: [...path, "webhook"] }];
  return [];
}
