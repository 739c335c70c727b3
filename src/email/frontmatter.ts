import { suggest } from "../config/nearest.ts";
import type { Problem } from "../config/problems.ts";
import { problemAt, readYaml, type Source } from "../config/yaml.ts";
import { formatMailbox, parseMailbox } from "../leads/address.ts";
import { problemAtOffset, type SourceFile } from "./tags.ts";

const KEYS = ["subject", "preheader", "topic", "from", "layout"];

/** What stands above the body of a template. */
export interface FrontMatter {
  /** One line each, Handlebars, with where they stand. */
  readonly subject: SourceFile;
  readonly preheader: SourceFile | null;
  readonly topic: string | null;
  readonly from: string | null;
  /** `default` where left out. */
  readonly layout: string;
  /** Where a problem with the layout points. */
  readonly layoutAt: { readonly line: number; readonly column: number };
}

export interface SplitTemplate {
  readonly matter: FrontMatter | null;
  /** The rest, with the front matter blanked out, so that every line keeps its number. */
  readonly body: SourceFile;
  readonly problems: Problem[];
}

const FENCED = /^---[ \t]*\n([^]*?)(?:^|\n)---[ \t]*(?:\n|$)/;

/** Parts YAML front matter and body. `topics`: those of config/kindling.yaml. */
export function splitTemplate(file: SourceFile, topics: readonly string[]): SplitTemplate {
  const found = FENCED.exec(file.source);
  if (!found) {
    const message = "there is no front matter with a subject";
    const problem = problemAtOffset(file, 0, message, "begin with lines of: ---, subject: …, ---");
    return { matter: null, body: file, problems: [problem] };
  }
  const body = found[0].replace(/[^\n]/g, " ") + file.source.slice(found[0].length);
  // An empty first line stands for the fence, so that YAML counts lines as the file does.
  const { source, problems } = readYaml(file.file, `\n${found[1]}`);
  const matter = source && readMatter(source, file, topics, problems);
  return { matter, body: { file: file.file, source: body }, problems };
}

function readMatter(
  source: Source,
  file: SourceFile,
  topics: readonly string[],
  problems: Problem[],
): FrontMatter | null {
  const values = source.value as Record<string, unknown>;
  const report = (key: string, message: string, suggestion?: string) =>
    void problems.push(problemAt(source, [key], message, { suggestion }));
  for (const key of Object.keys(values)) {
    if (KEYS.includes(key)) continue;
    problems.push(
      problemAt(source, [key], `unknown key "${key}"`, { suggestion: suggest(key, KEYS), key: true }),
    );
  }
  const text = (key: string): string | null => {
    const value = values[key];
    if (value === undefined || value === null) return null;
    if (typeof value === "string") return value.replace(/\s+/g, " ").trim();
    if (typeof value === "number") return String(value);
    report(key, `${key} must be text`, "text with { or : in it goes in single quotes");
    return null;
  };
  const line = (key: string, value: string): SourceFile => ({
    file: file.file,
    source: value,
    at: source.at([key]),
  });

  const subject = text("subject");
  if (!subject && typeof (values.subject ?? "") === "string") {
    const at = "subject" in values ? source.at(["subject"]) : { line: 1, column: 1 };
    problems.push({ file: file.file, ...at, message: "a mail needs a subject", severity: "error" });
  }
  const preheader = text("preheader");
  const topic = text("topic");
  if (topic !== null && !topics.includes(topic)) {
    report(
      "topic",
      `there is no topic "${topic}"`,
      suggest(topic, topics) ?? "name it in topics of kindling.yaml",
    );
  }
  const from = text("from");
  const mailbox = from === null ? null : parseMailbox(from);
  if (from !== null && mailbox === null) {
    report("from", `"${from}" is no mailbox`, "write it as: Name <name@domain.example>");
  }
  if (!subject) return null;
  return {
    subject: line("subject", subject),
    preheader: preheader ? line("preheader", preheader) : null,
    topic,
    from: mailbox && formatMailbox(mailbox),
    layout: text("layout") ?? "default",
    layoutAt: source.at(["layout"]),
  };
}
