import { nearest } from "../config/nearest.ts";
import type { Problem } from "../config/problems.ts";
import { problemAt } from "../config/yaml.ts";
import type { Source } from "../config/yaml.ts";
import { RESERVED_NAMES } from "../email/language.ts";
import { REPS_PATH, SEGMENTS_PATH, SETTINGS_PATH } from "./sources.ts";
import type { Files } from "./sources.ts";
import { templateNames } from "./templates.ts";

const KNOWN_FILES = [SETTINGS_PATH, REPS_PATH, SEGMENTS_PATH];

/** Said alone: without the company nothing else can be right. */
export const NO_SETTINGS: Problem = {
  file: SETTINGS_PATH,
  line: null,
  column: null,
  message: "there is no such file: it has to give company.name, company.address and mail.from",
  suggestion: "kindling init makes one",
  severity: "error",
};

/** Files in `config/` that nothing reads. */
export function checkFiles(files: Files): Problem[] {
  const problems: Problem[] = [];
  for (const path of [...files.keys()].sort()) {
    if (!/^config\/[^/]+$/.test(path) || KNOWN_FILES.includes(path)) continue;
    const near = nearest(path, KNOWN_FILES);
    problems.push({
      file: path,
      line: null,
      column: null,
      message: "is not read",
      suggestion: near && `did you mean ${near}?`,
      severity: "warning",
    });
  }
  return problems;
}

/** Attributes that templates could not print, since the word means something else there. */
export function checkReserved(settings: Source): Problem[] {
  const { attributes } = settings.value as { attributes?: unknown };
  if (typeof attributes !== "object" || attributes === null) return [];
  return Object.keys(attributes)
    .filter((name) => RESERVED_NAMES.includes(name))
    .map((name) =>
      problemAt(settings, ["attributes", name], `"${name}" means something else in templates`, {
        key: true,
        suggestion: `call it lead_${name}, say`,
      }),
    );
}

/** Each name once, and best the file's own. `key` is where a file says it. */
export function checkNames(sources: readonly Source[], key: "model" | "sequence"): Problem[] {
  const problems: Problem[] = [];
  const first = new Map<string, string>();
  for (const source of sources) {
    const name = (source.value as Record<string, unknown>)[key];
    if (typeof name !== "string") continue;
    const other = first.get(name);
    if (other !== undefined) {
      problems.push(problemAt(source, [key], `there is a ${key} "${name}" already, in ${other}`));
      continue;
    }
    first.set(name, source.file);
    const stem = source.file.replace(/^.*\//, "").replace(/\.ya?ml$/, "");
    if (stem === name) continue;
    const message = `the file is called "${stem}", its ${key} "${name}"`;
    problems.push(problemAt(source, [key], message, { severity: "warning", suggestion: "better the same" }));
  }
  return problems;
}

/** Mails that Kindling itself sends; no sequence names them. */
const SYSTEM = "system/";

/** Templates that nothing sends. */
export function checkUnused(files: Files, used: ReadonlySet<string>): Problem[] {
  return [...templateNames(files)]
    .filter((name) => !used.has(name) && !name.startsWith(SYSTEM))
    .map((name) => ({
      file: `templates/${name}.mjml`,
      line: null,
      column: null,
      message: "is sent by no sequence",
      severity: "warning",
    }));
}
