import type { Problem } from "../config/problems.ts";
import type { Company } from "../config/settings.ts";
import type { Compiler } from "../email/compiler.ts";
import type { Template } from "../email/template.ts";
import type { Files } from "./sources.ts";

/** A file of `templates/` that makes a mail. */
interface Place {
  readonly path: string;
  /** `warm/case-study` */
  readonly name: string;
  /** null for the default one. */
  readonly locale: string | null;
}

export type Templates = ReadonlyMap<string, ReadonlyMap<string, Template>>;

const FOLDERS = { layouts: "templates/layouts/", partials: "templates/partials/" };

/** The names of all templates, whether they are right or not. */
export function templateNames(files: Files): Set<string> {
  return new Set(placesOf(files, ".mjml").map((place) => place.name));
}

/** What templates may name. */
export interface TemplateWords {
  readonly company: Company;
  readonly attributes: readonly string[] | null;
  readonly topics: readonly string[];
}

/** Compiles every template. What is wrong with any of them comes at once; warnings stand beside what works. */
export async function readTemplates(
  files: Files,
  words: TemplateWords,
  compile: Compiler,
): Promise<{ templates: Templates; problems: Problem[] }> {
  const problems = misplaced(files);
  const templates = new Map<string, Map<string, Template>>();
  const layouts = sourcesIn(files, FOLDERS.layouts);
  const partials = sourcesIn(files, FOLDERS.partials);
  for (const { path, name, locale } of placesOf(files, ".mjml")) {
    const textPath = path.replace(/\.mjml$/, ".txt");
    const text = files.get(textPath);
    const result = await compile({
      ...words,
      name,
      locale,
      mjml: { file: path, source: files.get(path)! },
      text: text === undefined ? null : { file: textPath, source: text },
      layouts,
      partials,
    });
    if ("problems" in result) problems.push(...result.problems);
    else {
      problems.push(...result.warnings);
      const locales = templates.get(name) ?? new Map<string, Template>();
      templates.set(name, locales.set(locale ?? "", result.template));
    }
  }
  return { templates, problems: withoutRepeats(problems) };
}

function placesOf(files: Files, ending: string): Place[] {
  return [...files.keys()]
    .filter((path) => path.startsWith("templates/") && path.endsWith(ending))
    .filter((path) => !Object.values(FOLDERS).some((folder) => path.startsWith(folder)))
    .sort()
    .map((path) => {
      const stem = path.slice("templates/".length, -ending.length);
      const [, name, locale] = /^(.+)\.([a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)$/.exec(stem) ?? [];
      return { path, name: name ?? stem, locale: locale ?? null };
    });
}

/** A mistake in a partial is found once for each template that includes it. */
function withoutRepeats(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function sourcesIn(files: Files, folder: string) {
  const found = [...files].filter(([path]) => path.startsWith(folder) && path.endsWith(".mjml"));
  return new Map(
    found.map(([file, source]) => [file.slice(folder.length, -".mjml".length), { file, source }]),
  );
}

function misplaced(files: Files): Problem[] {
  const problems: Problem[] = [];
  const report = (file: string, message: string, suggestion: string) =>
    problems.push({ file, line: null, column: null, message, suggestion, severity: "error" });
  const mails = placesOf(files, ".mjml");
  for (const [index, { path, name }] of mails.entries()) {
    const first = mails.findIndex((other) => other.name === name);
    if (first < index || mails.some((other) => other.name === name && other.locale === null)) continue;
    report(path, "has no version for everybody else", `add templates/${name}.mjml`);
  }
  for (const { path } of placesOf(files, ".txt")) {
    const mjml = path.replace(/\.txt$/, ".mjml");
    if (!files.has(mjml)) report(path, "is the plain text of no mail", `add ${mjml}`);
  }
  return problems;
}
