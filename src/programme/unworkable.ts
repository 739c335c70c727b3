import { DEFAULT_MODEL } from "../conditions/condition.ts";
import type { Problem } from "../config/problems.ts";
import type { Cap } from "../config/settings.ts";
import { problemAt, type Path, type Source } from "../config/yaml.ts";
import { formatDuration } from "../instant.ts";
import type { Model } from "../scoring/model.ts";
import type { Sequence } from "../sequences/definition.ts";
import { densestMails } from "../sequences/pace.ts";
import { modelSums } from "./model-sums.ts";

/**
 * What can't work though each file is right by itself: mails that a cap holds back from the sequence that sends them, a
 * temperature that nobody gets. `check`, `plan` and `apply` refuse it; a simulation shows what would come of it.
 */
export function findUnworkable(
  sequences: readonly { readonly sequence: Sequence; readonly source: Source }[],
  others: readonly Source[],
  models: readonly Model[],
  caps: readonly Cap[],
): Problem[] {
  const never = new Map(models.map((model) => [model.name, unreachable(model)]));
  const sources = [...sequences.map(({ source }) => source), ...others];
  return [
    ...sequences.flatMap(({ sequence, source }) => [
      ...sequence.caps.flatMap((cap, index) => capProblem(sequence, cap, source, ["caps", index])),
      ...caps.flatMap((cap) => capProblem(sequence, cap, source, ["steps"])),
    ]),
    ...sources.flatMap((source) => temperatureProblems(source, source.value, [], never)),
  ];
}

function capProblem(sequence: Sequence, cap: Cap, source: Source, path: Path): Problem[] {
  const mails = densestMails(sequence, cap.in);
  if (mails.length <= cap.emails) return [];
  const own = path[0] === "caps";
  const whose = own ? "the cap" : "the cap of kindling.yaml";
  const message = `sends up to ${mails.length} mails in less than ${formatDuration(cap.in)} (${mails.join(", ")}), ${whose} lets ${cap.emails} through`;
  return [problemAt(source, path, message, { key: !own, suggestion: "wait longer between them" })];
}

/** The temperatures that no lead gets by this model, each with the reason. */
function unreachable(model: Model): ReadonlyMap<string, string> {
  const { warm, hot } = model.thresholds;
  const { most } = modelSums(model);
  const rewards = model.inactivity.reduce((sum, { points }) => sum + Math.max(0, points), 0);
  const highest = Math.min(model.range.ceiling, most === null ? Infinity : most + rewards);
  const never = new Map<string, string>();
  for (const [temperature, from] of Object.entries({ warm, hot })) {
    if (highest < from)
      never.set(temperature, `its points add up to ${highest} at most, ${temperature} begins at ${from}`);
  }
  if (warm === hot) never.set("warm", `whoever gets there is hot: both begin at ${hot}`);
  if (model.range.floor >= warm)
    never.set("cold", `its floor is ${model.range.floor}, warm begins at ${warm}`);
  return never;
}

/** Every place that asks for temperatures of which the model gives none. */
function temperatureProblems(
  source: Source,
  value: unknown,
  path: Path,
  never: ReadonlyMap<string, ReadonlyMap<string, string>>,
): Problem[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) {
    return value.flatMap((inner, index) => temperatureProblems(source, inner, [...path, index], never));
  }
  const fields = value as Record<string, unknown>;
  const found = Object.entries(fields).flatMap(([key, inner]) =>
    // What a step sets are attributes, whatever they are called.
    key === "set" ? [] : temperatureProblems(source, inner, [...path, key], never),
  );
  const { temperature, model = DEFAULT_MODEL } = fields;
  const asked = (Array.isArray(temperature) ? temperature : [temperature]).map(String);
  const reasons = asked.map((one) => never.get(String(model))?.get(one));
  if (temperature === undefined || reasons.includes(undefined)) return found;
  const message = `the model "${String(model)}" makes nobody ${asked.join(" or ")}: ${reasons[0]}`;
  return [...found, problemAt(source, [...path, "temperature"], message)];
}
