import type { Condition, Operators } from "../conditions/condition.ts";
import type { Entry, Measure } from "../sequences/definition.ts";

/** A condition of the closed language, as a person would say it: `did page.viewed with path matches /pricing*`. */
export function conditionWords(condition: Condition): string {
  if ("all" in condition) return condition.all.map(bracketed).join(" and ");
  if ("any" in condition) return condition.any.map(bracketed).join(" or ");
  if ("not" in condition) return simpleWords(condition.not, true) ?? `not (${conditionWords(condition.not)})`;
  return simpleWords(condition, false)!;
}

/** Of one form, or its opposite; null for what has others inside. */
function simpleWords(condition: Condition, not: boolean): string | null {
  const is = not ? "is not" : "is";
  if ("attribute" in condition) return valueWords(condition.attribute, condition, not);
  if ("property" in condition) return valueWords(condition.property, condition, not);
  if ("temperature" in condition) return `${is} ${listed(condition.temperature)}${ofModel(condition.model)}`;
  if ("reached" in condition)
    return `has ${not ? "not " : ""}reached ${condition.reached}${ofModel(condition.model)}`;
  if ("score" in condition) return valueWords(`score${ofModel(condition.model)}`, condition.score, not);
  if ("did" in condition) {
    const { did, where, within, at_least: least } = condition;
    const parts = [
      not ? `did no ${did}` : `did ${did}`,
      where && `with ${conditionWords(where)}`,
      least !== undefined && least > 1 && `${least} times or more`,
      within && `within ${within}`,
    ];
    return parts.filter(Boolean).join(" ");
  }
  if ("clicked" in condition)
    return not ? `did not click ${condition.clicked}` : `clicked ${condition.clicked}`;
  if ("opened" in condition) return not ? `did not open ${condition.opened}` : `opened ${condition.opened}`;
  if ("replied" in condition)
    return not ? `did not reply to ${condition.replied}` : `replied to ${condition.replied}`;
  if ("segment" in condition) return `${is} in ${condition.segment}`;
  if ("stage" in condition) return `stage ${is} ${listed(condition.stage)}`;
  if ("owner" in condition) return `owner ${is} ${condition.owner}`;
  return null;
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
            ? `does ${on.event}${on.where ? ` with ${conditionWords(on.where)}` : ""}`
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

function listed(value: string | readonly string[]): string {
  return [value].flat().join(" or ");
}

function ofModel(model: string | undefined): string {
  return model === undefined || model === "default" ? "" : ` by ${model}`;
}

const OPERATORS: Readonly<Record<keyof Operators, readonly [words: string, opposite: string]>> = {
  is: ["is", "is not"],
  is_not: ["is not", "is"],
  in: ["is one of", "is none of"],
  not_in: ["is none of", "is one of"],
  over: ["is over", "is not over"],
  under: ["is under", "is not under"],
  from: ["is at least", "is below"],
  to: ["is at most", "is above"],
  matches: ["matches", "does not match"],
  exists: ["is known", "is unknown"],
};

/** `path matches /pricing*`; the opposite of several is that not all of them hold. */
function valueWords(name: string, of: Operators, not: boolean): string {
  const asked = (Object.keys(OPERATORS) as (keyof Operators)[]).filter(
    (operator) => of[operator] !== undefined,
  );
  const flip = not && asked.length === 1;
  const parts = asked.map((operator) => {
    const [words, opposite] = OPERATORS[operator];
    if (operator === "exists") return (of.exists === true) === flip ? opposite : words;
    return `${flip ? opposite : words} ${[of[operator]].flat().join(", ")}`;
  });
  const whole = `${name.replaceAll("_", " ")} ${parts.join(" and ")}`;
  return not && !flip ? `not (${whole})` : whole;
}
