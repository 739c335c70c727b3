import { attributeReference, conditionReferences } from "../conditions/references.ts";
import { DEFAULT_MODEL } from "../conditions/condition.ts";
import { checkShape } from "../config/explain.ts";
import { namedIn } from "../config/named.ts";
import type { Problem } from "../config/problems.ts";
import type { Reference } from "../config/references.ts";
import { problemAt } from "../config/yaml.ts";
import type { Path, Source } from "../config/yaml.ts";
import { compileModel, modelSchema } from "../scoring/model.ts";
import type { Model, ModelFile } from "../scoring/model.ts";

export interface ModelRead {
  /** null where the file has errors of its own. */
  readonly model: Model | null;
  readonly problems: readonly Problem[];
  readonly references: readonly Reference[];
}

/** One file of `config/scoring/` → a model, what is wrong with it, and what it names. */
export function readModel(source: Source): ModelRead {
  const checked = checkShape(modelSchema, source);
  if ("problems" in checked)
    return { model: null, problems: checked.problems, references: namedIn(source.value) };
  const file = checked.value;
  return {
    model: compileModel(file),
    problems: checkNumbers(file, source),
    references: references(file),
  };
}

/** `default` first, the others by name. */
export function inModelOrder(models: readonly Model[]): Model[] {
  const rank = (model: Model) => (model.name === DEFAULT_MODEL ? 0 : 1);
  return [...models].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

function references(file: ModelFile): Reference[] {
  const found: Reference[] = [];
  for (const [index, { attribute, bands }] of (file.fit ?? []).entries()) {
    const path = ["fit", index];
    const asked = bands.flatMap((band, place) =>
      "otherwise" in band ? [] : attributeReference(attribute, band, [...path, "bands", place]),
    );
    found.push({
      kind: "attribute",
      name: attribute,
      path: [...path, "attribute"],
      values: asked.flatMap(({ values = [] }) => values),
      bounds: asked.flatMap(({ bounds = [] }) => bounds),
    });
  }
  if (file.applies_to) found.push(...conditionReferences(file.applies_to, ["applies_to"]));
  for (const [index, { on, where }] of (file.engagement?.rules ?? []).entries()) {
    const path = ["engagement", "rules", index];
    found.push({ kind: "event", name: on, path: [...path, "on"] });
    if (where) found.push(...conditionReferences(where, [...path, "where"]));
  }
  return found;
}

/** Numbers that can't do what they are there for. */
function checkNumbers(file: ModelFile, source: Source): Problem[] {
  const problems: Problem[] = [];
  const wrong = (path: Path, message: string) => void problems.push(problemAt(source, path, message));
  const doubtful = (path: Path, message: string) =>
    void problems.push(problemAt(source, path, message, { severity: "warning" }));
  const { floor = 0, ceiling = 100 } = file.range ?? {};
  const { warm, hot, cooling = 0 } = file.thresholds;

  if (hot > ceiling) wrong(["thresholds", "hot"], `nobody gets hot: the ceiling is ${ceiling}`);
  if (warm > ceiling) wrong(["thresholds", "warm"], `nobody gets warm: the ceiling is ${ceiling}`);
  if (warm <= floor) doubtful(["thresholds", "warm"], `everybody is warm: the floor is ${floor}`);
  if (warm === hot) doubtful(["thresholds", "warm"], "nobody is warm: who gets there is hot");
  else if (cooling >= hot - warm) {
    doubtful(["thresholds", "cooling"], "is as large as the gap between warm and hot");
  }
  for (const [name, at] of Object.entries(file.marks ?? {})) {
    if (at > ceiling) wrong(["marks", name], `is never reached: the ceiling is ${ceiling}`);
    if (at <= floor) wrong(["marks", name], `is reached always: the floor is ${floor}`);
  }
  for (const [index, { bands }] of (file.fit ?? []).entries()) {
    const last = bands.findIndex((band) => "otherwise" in band);
    if (last === -1 || last === bands.length - 1) continue;
    doubtful(["fit", index, "bands", last], "otherwise matches always: the bands below it give nothing");
  }
  for (const [index, { points, cap }] of (file.engagement?.rules ?? []).entries()) {
    if (cap === undefined || cap >= Math.abs(points)) continue;
    doubtful(["engagement", "rules", index, "cap"], `is below the points: the rule gives ${cap} at most`);
  }
  for (const [index, { after, points }] of (file.inactivity ?? []).entries()) {
    if (points > 0) doubtful(["inactivity", index, "points"], "rewards those who do nothing");
    const first = file.inactivity!.findIndex((step) => step.after === after);
    if (first < index) wrong(["inactivity", index, "after"], `there is a step after ${after} already`);
  }
  return problems;
}
