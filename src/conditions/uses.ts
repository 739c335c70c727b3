import { DEFAULT_MODEL } from "./condition.ts";
import type { Condition } from "./condition.ts";

/** The names that a condition relies on, each once, in the order of the text. */
export interface ConditionUses {
  readonly attributes: readonly string[];
  readonly properties: readonly string[];
  readonly events: readonly string[];
  /** Steps of the sequence at hand. */
  readonly steps: readonly string[];
  readonly segments: readonly string[];
  readonly models: readonly string[];
  readonly marks: readonly { readonly mark: string; readonly model: string }[];
  readonly stages: readonly string[];
  readonly owners: readonly string[];
}

/** What a condition names, so that `check` can say which of it does not exist. */
export function conditionUses(condition: Condition): ConditionUses {
  const names = {
    attributes: new Set<string>(),
    properties: new Set<string>(),
    events: new Set<string>(),
    steps: new Set<string>(),
    segments: new Set<string>(),
    models: new Set<string>(),
    stages: new Set<string>(),
    owners: new Set<string>(),
  };
  const marks = new Map<string, { mark: string; model: string }>();
  eachForm(condition, (form) => {
    if ("attribute" in form) names.attributes.add(form.attribute);
    else if ("property" in form) names.properties.add(form.property);
    else if ("did" in form) names.events.add(form.did);
    else if ("clicked" in form) names.steps.add(form.clicked);
    else if ("opened" in form) names.steps.add(form.opened);
    else if ("replied" in form) names.steps.add(form.replied);
    else if ("segment" in form) names.segments.add(form.segment);
    else if ("stage" in form) for (const stage of [form.stage].flat()) names.stages.add(stage);
    else if ("owner" in form) names.owners.add(form.owner);
    else if ("temperature" in form || "score" in form) names.models.add(form.model ?? DEFAULT_MODEL);
    else if ("reached" in form) {
      const model = form.model ?? DEFAULT_MODEL;
      names.models.add(model);
      marks.set(`${model}/${form.reached}`, { mark: form.reached, model });
    }
  });
  return {
    attributes: [...names.attributes],
    properties: [...names.properties],
    events: [...names.events],
    steps: [...names.steps],
    segments: [...names.segments],
    models: [...names.models],
    marks: [...marks.values()],
    stages: [...names.stages],
    owners: [...names.owners],
  };
}

/** Visits every form inside that is no `all`, `any` or `not`; what a `where` asks too. */
export function eachForm(condition: Condition, visit: (form: Condition) => void): void {
  if ("all" in condition) for (const inner of condition.all) eachForm(inner, visit);
  else if ("any" in condition) for (const inner of condition.any) eachForm(inner, visit);
  else if ("not" in condition) eachForm(condition.not, visit);
  else {
    visit(condition);
    if ("did" in condition && condition.where) eachForm(condition.where, visit);
  }
}
