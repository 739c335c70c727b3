import { suggest } from "../config/nearest.ts";
import type { Problem } from "../config/problems.ts";
import type { Company } from "../config/settings.ts";
import { checkTags, parse, type Parsed } from "./check.ts";
import { DEEPEST, LARGEST_SOURCE } from "./compose.ts";
import { type FrontMatter, splitTemplate } from "./frontmatter.ts";
import { vocabularyOf } from "./language.ts";
import { BUILT_IN_LAYOUT } from "./layout.ts";
import { problemAtOffset, scanTags, type SourceFile, withoutComments } from "./tags.ts";
import { widening } from "./template.ts";

/** A template's files and what they may name. */
export interface TemplateSources {
  /** `warm/case-study` */
  readonly name: string;
  /** null for the default one. */
  readonly locale: string | null;
  /** `name.mjml` or `name.de.mjml`, whole. */
  readonly mjml: SourceFile;
  /** `name.txt` or `name.de.txt`, where there is one. */
  readonly text: SourceFile | null;
  /** templates/layouts by name, without `.mjml`: `default`, `default.de`. The one nearest to the locale is taken. */
  readonly layouts: ReadonlyMap<string, SourceFile>;
  /** templates/partials likewise. */
  readonly partials: ReadonlyMap<string, SourceFile>;
  /** The company's own attributes (the built-in ones go without saying); null where none are declared. */
  readonly attributes: readonly string[] | null;
  readonly topics: readonly string[];
  readonly company: Company;
}

/** A template's files, read and their tags checked. */
export interface TemplateFiles {
  readonly matter: FrontMatter;
  /** The layout, or the body where it is a whole document. */
  readonly root: SourceFile;
  /** What `{{{body}}}` of the layout stands for. */
  readonly body: SourceFile | null;
  readonly text: SourceFile | null;
  readonly partials: ReadonlyMap<string, Parsed>;
}

/** `files` is null where they can't be read far enough to go on; all that is wrong with their tags is in `problems`. */
export function readFiles(sources: TemplateSources): { files: TemplateFiles | null; problems: Problem[] } {
  const split = splitTemplate(normalised(sources.mjml), sources.topics);
  const problems = [...split.problems];
  const body = cleaned(split.body);
  const layout = /<mjml[\s>]/i.test(body.source) ? null : layoutOf(split.matter, sources, problems);
  const reader = new Reader(sources, problems);
  const parsedBody = reader.read(body);
  const parsedLayout = layout && reader.read(layout);
  const root = layout ? parsedLayout : parsedBody;
  if (root) reader.check(root, layout ? (parsedBody ?? NOTHING) : null, true);
  const text = sources.text && normalised(sources.text);
  for (const line of [split.matter?.subject, split.matter?.preheader, text]) {
    const parsed = line ? reader.read(line) : null;
    if (parsed) reader.check(parsed, null, false);
  }
  const { matter } = split;
  if (matter === null || !reader.readable || root === null || root === undefined)
    return { files: null, problems };
  return {
    files: { matter, root: root.file, body: layout && body, text, partials: reader.partials },
    problems,
  };
}

class Reader {
  readonly partials = new Map<string, Parsed>();
  readable = true;
  private readonly sources: TemplateSources;
  private readonly problems: Problem[];

  constructor(sources: TemplateSources, problems: Problem[]) {
    this.sources = sources;
    this.problems = problems;
  }

  /** A file and the partials that it includes; null where it is no template. */
  read(file: SourceFile, depth = 0): Parsed | null {
    const { tags, problems } =
      file.source.length > LARGEST_SOURCE
        ? { tags: [], problems: [problemAtOffset(file, 0, `is larger than ${LARGEST_SOURCE / 1000} kB`)] }
        : scanTags(file);
    const parsed = problems.length > 0 ? null : parse(file);
    if (parsed === null || !("program" in parsed)) {
      this.problems.push(...(parsed === null ? problems : [parsed]));
      this.readable = false;
      return null;
    }
    for (const { kind, name } of tags) {
      const partial =
        kind === "partial" ? nearestFile(this.sources.partials, name, this.sources.locale) : undefined;
      if (!partial || this.partials.has(name) || depth > DEEPEST) continue;
      this.partials.set(name, NOTHING); // one that includes itself is found below
      this.partials.set(name, this.read(cleaned(normalised(partial)), depth + 1) ?? NOTHING);
    }
    return parsed;
  }

  check(parsed: Parsed, body: Parsed | null, mayInclude: boolean): void {
    const vocabulary = vocabularyOf(this.sources.attributes, this.sources.company);
    const system = this.sources.name.startsWith("system/");
    const partials = new Map(this.partials);
    for (const name of this.sources.partials.keys()) if (!partials.has(name)) partials.set(name, NOTHING);
    this.problems.push(...checkTags(parsed, { vocabulary, partials, body, mayInclude, system }));
  }
}

const NOTHING = parse({ file: "", source: "" }) as Parsed;

function layoutOf(matter: FrontMatter | null, sources: TemplateSources, problems: Problem[]): SourceFile {
  const { mjml, layouts, locale } = sources;
  const name = matter?.layout ?? "default";
  const layout = nearestFile(layouts, name, locale);
  if (!layout) {
    if (name !== "default" && matter) {
      const message = `there is no layout "${name}"`;
      const suggestion = suggest(name, [...layouts.keys()]);
      problems.push({ file: mjml.file, ...matter.layoutAt, message, suggestion, severity: "error" });
    }
    return BUILT_IN_LAYOUT;
  }
  const file = cleaned(normalised(layout));
  if (!scanTags(file).tags.some((tag) => tag.kind === "raw" && tag.name === "body")) {
    problems.push(
      problemAtOffset(file, 0, "this layout has no {{{body}}}", "put {{{body}}} inside <mj-body>"),
    );
  }
  return file;
}

/** `signature` for `de-AT`: `signature.de-AT`, `signature.de`, `signature`. */
function nearestFile(
  files: ReadonlyMap<string, SourceFile>,
  name: string,
  locale: string | null,
): SourceFile | undefined {
  for (const candidate of locale === null ? [] : widening(locale)) {
    const found = files.get(`${name}.${candidate}`);
    if (found) return found;
  }
  return files.get(name);
}

/** One kind of line break, no byte order mark. */
function normalised({ file, source }: SourceFile): SourceFile {
  return { file, source: source.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n") };
}

function cleaned({ file, source }: SourceFile): SourceFile {
  return { file, source: withoutComments(source) };
}
