import { hasErrors, inOrder } from "../config/problems.ts";
import type { Problem } from "../config/problems.ts";
import { readYaml } from "../config/yaml.ts";
import type { Model } from "../scoring/model.ts";
import { readModel } from "./models.ts";
import { namesIn } from "./names.ts";
import { checkReferences } from "./references.ts";
import { readSources, SETTINGS_PATH, type Files } from "./sources.ts";

/** A scoring model in a file of its own, checked as if it stood among `files`: by their declared attributes. */
export function readProposed(
  files: Files,
  file: string,
  text: string,
): { readonly model: Model | null; readonly problems: readonly Problem[] } {
  const { source, problems: syntax } = readYaml(file, text);
  if (!source) return { model: null, problems: syntax };
  const settings = files.get(SETTINGS_PATH);
  const names = namesIn(readSources(new Map(settings === undefined ? [] : [[SETTINGS_PATH, settings]])), []);
  const { model, problems, references } = readModel(source);
  const all = inOrder([...syntax, ...problems, ...checkReferences(references, names, source)]);
  return { model: hasErrors(all) ? null : model, problems: all };
}
