import type { Condition, Operators, Scalar } from "../../conditions/condition.ts";
import type { Entry, Measure } from "../../sequences/definition.ts";

/** A condition of the closed language, as a person would say it: `did page.viewed with path matching /pricing*`. */
export function conditionWords(condition: Condition): string {
  if ("all" in condition) return condition.all.map(bracketed).join(" and ");
  if ("any" in condition) return condition.any.map(bracketed).join(" or ");
  if ("not" in condition) return `not ${bracketed(condition.not)}`;
  if ("attribute" in condition) return `${named(condition.attribute)} ${operatorWords(condition)}`;
  if ("property" in condition) return `${named(condition.property)} ${operatorWords(condition)}`;
  if ("temperature" in condition) return `is ${listed(condition.temperature)}${ofModel(condition.model)}`;
  if ("reached" in condition) return `has reached ${condition.reached}${ofModel(condition.model)}`;
  if ("score" in condition) return `score ${operatorWords(condition.score)}${ofModel(condition.model)}`;
  if ("did" in condition) {
    const { did, where, within, at_least: least } = condition;
    const parts = [
      `did ${did}`,
      where && `with ${conditionWords(where)}`,
      least !== undefined && least > 1 && `${least} times or more`,
      within && `within ${within}`,
    ];
    return parts.filter(Boolean).join(" ");
  }
  if ("clicked" in condition) return `clicked ${condition.clicked}`;
  if ("opened" in condition) return `opened ${condition.opened}`;
  if ("replied" in condition) return `replied to ${condition.replied}`;
  if ("segment" in condition) return `is in ${condition.segment}`;
  if ("stage" in condition) return `stage is ${listed(condition.stage)}`;
  return `owner is ${condition.owner}`;
}

/** `turns warm`, if so and so. */
export function entryWords({ on, if: also }: Entry): string {
  const trigger =
    "temperature" in on
      ? `turns ${listed(on.temperature)}${ofModel(on.model)}`
      : "cooled" in on
        ? `cools from ${listed(on.cooled)}${ofModel(on.model)}`
        : "reached" in on
          ? `reaches ${on.reached}${ofModel(on.model)}`
          : "event" in on
            ? `${on.event}${on.where ? ` with ${conditionWords(on.where)}` : ""}`
            : `joins ${on.segment}`;
  return also === null ? trigger : `${trigger}, if ${conditionWords(also)}`;
}

export function measureWords(measure: Measure): string {
  return typeof measure === "string" ? measure : conditionWords(measure);
}

function bracketed(condition: Condition): string {
  const words = conditionWords(condition);
  return "all" in condition || "any" in condition ? `(${words})` : words;
}

function named(name: string): string {
  return name.replaceAll("_", " ");
}

function listed(value: string | readonly string[]): string {
  return [value].flat().join(" or ");
}

function ofModel(model: string | undefined): string {
  return model === undefined || model === "default" ? "" : ` by ${model}`;
}

function operatorWords(of: Operators): string {
  const parts: string[] = [];
  const say = (words: string, value: Scalar | readonly Scalar[] | undefined) => {
    if (value !== undefined)
      parts.push(`${words} ${[value].flat().join(", ")}`);
  };
  say("is", of.is);
  say("is not", of.is_not);
  say("is one of", of.in);
  say("is none of", of.not_in);
  say("is over", of.over);
  say("is under", of.under);
  say("from", of.from);
  say("to", of.to);
  say("matches", of.matches);
  if (of.exists !== undefined) parts.push(of.exists ? "is known" : "is unknown");
  return parts.join(" and ");
}
