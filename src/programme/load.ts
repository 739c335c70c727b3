import { createHash } from "node:crypto";
import { hasErrors, inOrder } from "../config/problems.ts";
import type { Problem } from "../config/problems.ts";
import { readAttributes, readSettings } from "../config/settings-file.ts";
import type { Reference } from "../config/references.ts";
import type { Settings } from "../config/settings.ts";
import type { Checked, Source } from "../config/yaml.ts";
import { compileHere, type Compiler } from "../email/compiler.ts";
import { NO_REPS, readReps } from "../reps/file.ts";
import type { Model } from "../scoring/model.ts";
import { readSegments } from "../segments/file.ts";
import { readSequence } from "../sequences/read.ts";
import { checkFiles, checkNames, checkReserved, checkUnused, NO_SETTINGS } from "./check.ts";
import { checkDoubleOptIn } from "./double-opt-in.ts";
import { inModelOrder, readModel } from "./models.ts";
import { namesIn } from "./names.ts";
import type { Programme } from "./programme.ts";
import { checkBounds, checkReferences } from "./references.ts";
import { readSources, SETTINGS_PATH } from "./sources.ts";
import type { Files } from "./sources.ts";
import { readTemplates, templateNames } from "./templates.ts";
import { findUnworkable } from "./unworkable.ts";

export type Loaded =
  | {
      readonly programme: Programme;
      readonly warnings: readonly Problem[];
      /** It runs, but not as it says: `check`, `plan` and `apply` refuse it for these. */
      readonly unworkable: readonly Problem[];
    }
  | { readonly problems: readonly Problem[] };

/**
 * Files by path (`config/kindling.yaml`, `templates/warm/case-study.mjml`, …) → the programme that they are, or all
 * that is wrong with them, in order of file and line. Reads nothing itself. Absent files and folders are empty.
 */
export async function loadProgramme(files: Files, compile: Compiler = compileHere): Promise<Loaded> {
  if (!files.has(SETTINGS_PATH)) return { problems: [NO_SETTINGS] };
  const sources = readSources(files);
  const names = namesIn(sources, templateNames(files));
  const problems = [...sources.problems, ...checkFiles(files)];
  const impossible: Problem[] = [];
  const check = (references: readonly Reference[], source: Source) => {
    problems.push(...checkReferences(references, names, source));
    impossible.push(...checkBounds(references, names, source));
  };

  const settings = sources.settings && readSettings(sources.settings);
  if (settings && "problems" in settings) problems.push(...settings.problems);
  if (sources.settings) problems.push(...checkReserved(sources.settings));
  const reps = sources.reps && readReps(sources.reps);
  if (reps) {
    problems.push(...reps.problems);
    check(reps.references, sources.reps!);
  }
  const segments = sources.segments && readSegments(sources.segments);
  if (segments) {
    problems.push(...segments.problems);
    check(segments.references, sources.segments!);
  }
  const models = sources.models.flatMap((source) => {
    const read = readModel(source);
    problems.push(...read.problems);
    check(read.references, source);
    return read.model ?? [];
  });
  const used = new Set<string>();
  const sequences = sources.sequences.flatMap((source) => {
    const read = readSequence(source);
    problems.push(...read.problems);
    check(read.references, source);
    for (const { kind, name } of read.references) if (kind === "template") used.add(name);
    return read.sequence ? [{ sequence: read.sequence, source }] : [];
  });
  problems.push(...checkNames(sources.models, "model"), ...checkNames(sources.sequences, "sequence"));

  const checked = settings && "value" in settings ? settings.value : null;
  // Topics and attributes are unknown where kindling.yaml can't be read at all.
  if (!sources.settings) return { problems: inOrder(problems) };
  const { templates, problems: inTemplates } = await readTemplates(
    files,
    {
      company: checked?.company ?? ANY_COMPANY,
      attributes: names.of.attribute ? [...names.of.attribute] : null,
      topics: [...names.topics],
    },
    compile,
  );
  problems.push(...inTemplates);
  if (checked?.consent.doubleOptIn)
    problems.push(...checkDoubleOptIn(sources.settings, new Set(templateNames(files)), sequences));
  if (hasErrors(problems) || !checked) return { problems: inOrder(problems) };
  problems.push(...checkUnused(files, used));
  const programme: Programme = {
    hash: hashOf(files),
    settings: checked,
    reps: reps?.reps ?? NO_REPS,
    segments: segments?.segments ?? [],
    models: inModelOrder(models),
    sequences: new Map(sequences.map(({ sequence }) => [sequence.name, sequence])),
    templates,
    earlier: new Map(),
    winners: new Map(),
    enrolExisting: [],
  };
  const others = [sources.segments, sources.reps].filter((source) => source !== null);
  const unworkable = [...findUnworkable(sequences, others, models, checked.caps), ...impossible];
  return { programme, warnings: inOrder(problems), unworkable: inOrder(unworkable) };
}

/** Models and declared attributes alone, for `kindling score`: reads `scoring/` and one key of `kindling.yaml`. */
export function loadModels(
  files: Files,
): Checked<{ models: readonly Model[]; attributes: Settings["attributes"] }> {
  const wanted = [...files].filter(([path]) => path === SETTINGS_PATH || path.startsWith("config/scoring/"));
  const sources = readSources(new Map(wanted));
  const names = namesIn(sources, []);
  const problems = [...sources.problems, ...checkNames(sources.models, "model")];
  const attributes = sources.settings ? readAttributes(sources.settings) : { value: null };
  if ("problems" in attributes) problems.push(...attributes.problems);
  const models = sources.models.flatMap((source) => {
    const { model, problems: found, references } = readModel(source);
    // Numbers that can do nothing are no reason not to score: only `check` refuses them.
    const lenient = found.map((problem): Problem => (model ? { ...problem, severity: "warning" } : problem));
    problems.push(...lenient, ...checkReferences(references, names, source));
    return model ?? [];
  });
  if (hasErrors(problems) || "problems" in attributes) return { problems: inOrder(problems) };
  return { value: { models: inModelOrder(models), attributes: attributes.value } };
}

/** Stands in while `kindling.yaml` has mistakes, so that templates are checked all the same. */
const ANY_COMPANY = { name: "", address: "", country: "PT", timezone: "UTC", locale: "en" };

/** SHA-256 over the sorted files, each with its length, so that no text can pass for the border between two. */
function hashOf(files: Files): string {
  const hash = createHash("sha256");
  for (const [path, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0${Buffer.byteLength(text)}\0`).update(text);
  }
  return hash.digest("hex");
}
