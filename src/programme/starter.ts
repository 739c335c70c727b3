import { checkShape } from "../config/explain.ts";
import { InputError } from "../config/problems.ts";
import { readYaml } from "../config/yaml.ts";
import { modelSchema } from "../scoring/model.ts";
import type { ModelFile } from "../scoring/model.ts";
import { namesIn } from "./names.ts";
import { readSources, SETTINGS_PATH } from "./sources.ts";
import type { Files } from "./sources.ts";

const MODEL_PATH = "config/scoring/default.yaml";

/**
 * The shipped programme with another scoring model: the files to begin with. Attributes that the model asks for and
 * `kindling.yaml` does not declare yet are added to it.
 */
export function starterFiles(shipped: Files, preset: { file: string; text: string }): Map<string, string> {
  const files = new Map(shipped);
  const declared = namesIn(readSources(shipped), []).of.attribute ?? new Set();
  const wanted = attributesOf(readPreset(preset)).filter(([name]) => !declared.has(name));
  files.set(MODEL_PATH, preset.text);
  files.set(SETTINGS_PATH, withAttributes(shipped.get(SETTINGS_PATH) ?? "", wanted));
  return files;
}

function readPreset({ file, text }: { file: string; text: string }): ModelFile {
  const { source, problems } = readYaml(file, text);
  if (!source) throw new InputError(problems);
  const checked = checkShape(modelSchema, source);
  if ("problems" in checked) throw new InputError(checked.problems);
  return checked.value;
}

/** What a model's criteria ask, each with the type that its bands compare with. */
function attributesOf({ fit }: ModelFile): [name: string, type: "number" | "text"][] {
  return (fit ?? []).map(({ attribute, bands }) => {
    const numeric = bands.some((band) =>
      ["over", "under", "from", "to"].some((operator) => operator in band),
    );
    return [attribute, numeric ? "number" : "text"];
  });
}

/** Adds lines below `attributes:`, so that the file keeps its comments as they are. */
function withAttributes(text: string, wanted: readonly (readonly [string, string])[]): string {
  if (wanted.length === 0) return text;
  const lines = wanted.map(([name, type]) => `  ${name}: ${type}\n`).join("");
  const block = `  # Asked by the scoring model that this began with.\n${lines}\n`;
  const place = /^attributes:[^\n]*\n/m.exec(text);
  if (!place) return text;
  const end = place.index + place[0].length;
  return text.slice(0, end) + block + text.slice(end);
}
