import type { Reference } from "../config/references.ts";
import type { Path } from "../config/yaml.ts";
import { DEFAULT_MODEL } from "./condition.ts";
import type { Condition, Operators } from "./condition.ts";

/** Walks every form of a condition with its place in the file, those inside `where` too. */
export function eachPlacedForm(
  condition: Condition,
  path: Path,
  visit: (form: Condition, path: Path) => void,
): void {
  visit(condition, path);
  if ("all" in condition)
    condition.all.forEach((inner, i) => eachPlacedForm(inner, [...path, "all", i], visit));
  else if ("any" in condition)
    condition.any.forEach((inner, i) => eachPlacedForm(inner, [...path, "any", i], visit));
  else if ("not" in condition) eachPlacedForm(condition.not, [...path, "not"], visit);
  else if ("did" in condition && condition.where) eachPlacedForm(condition.where, [...path, "where"], visit);
}

/** What a condition names that is defined elsewhere, each with its place. Steps are the sequence's own business. */
export function conditionReferences(condition: Condition, path: Path): Reference[] {
  const found: Reference[] = [];
  eachPlacedForm(condition, path, (form, place) => found.push(...formReferences(form, place)));
  return found;
}

function formReferences(form: Condition, path: Path): Reference[] {
  if ("attribute" in form) return [attributeReference(form.attribute, form, path)];
  if ("did" in form) return [{ kind: "event", name: form.did, path: [...path, "did"] }];
  if ("segment" in form) return [{ kind: "segment", name: form.segment, path: [...path, "segment"] }];
  if ("owner" in form) return [{ kind: "rep", name: form.owner, path: [...path, "owner"] }];
  if ("reached" in form) return markReferences(form.reached, form.model, path);
  if ("temperature" in form || "score" in form) return [modelReference(form.model, path)];
  return [];
}

/** An attribute, the values that `is`, `in` and their opposites name, and its bounds. */
export function attributeReference(name: string, operators: Operators, path: Path): Reference {
  const single = (["is", "is_not"] as const).flatMap((operator) => {
    const value = operators[operator];
    return value === undefined ? [] : [{ value, path: [...path, operator] }];
  });
  const listed = (["in", "not_in"] as const).flatMap((operator) =>
    (operators[operator] ?? []).map((value, index) => ({ value, path: [...path, operator, index] })),
  );
  const bounds = (["over", "under", "from", "to"] as const).flatMap((operator) => {
    const value = operators[operator];
    return value === undefined ? [] : [{ value, path: [...path, operator] }];
  });
  return { kind: "attribute", name, path: [...path, "attribute"], values: [...single, ...listed], bounds };
}

/** The model that a form means; where it names none the form itself is the place. */
export function modelReference(model: string | undefined, path: Path): Reference {
  return {
    kind: "model",
    name: model ?? DEFAULT_MODEL,
    path: model === undefined ? path : [...path, "model"],
  };
}

/** A mark and its model. */
export function markReferences(mark: string, model: string | undefined, path: Path): Reference[] {
  return [
    modelReference(model, path),
    { kind: "mark", name: mark, model: model ?? DEFAULT_MODEL, path: [...path, "reached"] },
  ];
}
