import { createHash } from "node:crypto";
import mjml2html from "mjml";
import { hasErrors, inOrder, type Problem } from "../config/problems.ts";
import { readFiles, type TemplateSources } from "./sources.ts";
import { prepareComponents } from "./components.ts";
import { compose, type Composed, LARGEST_SOURCE, placeholder, restore } from "./compose.ts";
import type { FrontMatter } from "./frontmatter.ts";
import { breakLines, LONGEST_LINE, withoutIndent } from "./lines.ts";
import { escapeAttribute, numberLinks, numberTextLinks, wrongLinks } from "./links.ts";
import { linkTag, TAIL_TAG } from "./handlebars.ts";
import { problemAtOffset, scanTags, type SourceFile } from "./tags.ts";
import type { Template } from "./template.ts";
import { textOf, tidyText } from "./text.ts";

export type CompiledTemplate =
  | { readonly template: Template; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[] };

/** Mail readers cut off what is longer (Gmail at 102 KB). */
const LARGEST_HTML = 102_000;
const LARGE_HTML = 90_000;

/** About the length of a tracked address, which stands in for each link. */
const TRACKED_LENGTH = 90;

/**
 * Compiles one template: MJML once, Handlebars left inside. All that is wrong comes at once, each with its place in
 * the author's file; nothing that is not right gets through as a broken mail.
 */
export async function compileTemplate(sources: TemplateSources): Promise<CompiledTemplate> {
  try {
    return await compile(sources);
  } catch (error) {
    // The libraries go through elements inside elements by calls inside calls.
    if (!(error instanceof RangeError)) throw error;
    const message = "too many elements stand inside each other here";
    return { problems: [{ ...atStart(sources.mjml), message, severity: "error" }] };
  }
}

async function compile(sources: TemplateSources): Promise<CompiledTemplate> {
  const { files, problems } = readFiles(sources);
  if (files === null) return { problems: tidy(problems) };
  const { matter } = files;
  const composed = compose(files.root, files.partials, files.body);
  const preheader = matter.preheader && withSlots(matter.preheader, composed);
  const lang = escapeAttribute(sources.locale ?? sources.company.locale);
  const prepared = prepareComponents(composed, preheader, lang);
  problems.push(...prepared.problems);
  // What is in no order, or larger than was let in, is not given to MJML; its links and its text are looked at all the same.
  if (hasErrors(prepared.problems) || (hasErrors(problems) && composed.text.length > LARGEST_SOURCE)) {
    problems.push(...wrongLinks(prepared.links));
    if (files.text) ownText(files.text, [], problems);
    return { problems: tidy(problems) };
  }

  const compiled = await toHtml(prepared.text, composed, problems);
  const html = numberLinks(withoutIndent(compiled), prepared.links, composed.slots);
  problems.push(...html.problems);
  if (
    !hasErrors(problems) &&
    !/\{\{\s*unsubscribe_url\s*\}\}/.test(composed.slots.map(({ tag }) => tag.text).join())
  ) {
    const message = "nothing in this mail leads to {{unsubscribe_url}}";
    problems.push({
      ...atStart(sources.mjml),
      message,
      suggestion: "put it in the layout's footer",
      severity: "warning",
    });
  }
  const text = files.text
    ? ownText(files.text, html.links, problems)
    : {
        text: inLines(textOf(html.text, html.links), composed, false, sources.mjml, problems),
        links: html.links,
      };
  const written = inLines(html.text, composed, true, sources.mjml, problems);
  checkSize(written, sources.mjml, problems);
  if (hasErrors(problems)) return { problems: tidy(problems) };
  return { template: assemble(sources, matter, withTail(written), text), warnings: tidy(problems) };
}

/** The preheader as HTML, its tags behind placeholders of the same document. */
function withSlots(line: SourceFile, composed: Composed): string {
  let html = "";
  let from = 0;
  for (const tag of scanTags(line).tags) {
    html += escapeAttribute(line.source.slice(from, tag.start)) + placeholder(composed.slots.length);
    composed.slots.push({ tag, file: line });
    from = tag.end;
  }
  return html + escapeAttribute(line.source.slice(from));
}

async function toHtml(mjml: string, composed: Composed, problems: Problem[]): Promise<string> {
  // No fonts from elsewhere unless an mj-font asks for one; comments that are left are Outlook's.
  const { html, errors } = await mjml2html(mjml, { fonts: {}, keepComments: true, ignoreIncludes: true });
  const lines = composed.text.split("\n");
  for (const { line, tagName, message } of errors) {
    // A colour with Handlebars inside is copied and comes out right.
    if (message.includes("\uE000")) continue;
    const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    const { file, offset } = composed.origin(
      before + Math.max(0, lines[line - 1]?.indexOf(`<${tagName}`) ?? 0),
    );
    problems.push(problemAtOffset(file, offset, `<${tagName}>: ${message.trim()}`));
  }
  return html;
}

/** An author's own text part: the same language, its addresses tracked too. */
function ownText(file: SourceFile, known: readonly string[], problems: Problem[]) {
  const composed = compose(file, new Map(), null);
  const { text, links, problems: wrong } = numberTextLinks(composed, known);
  problems.push(...wrong);
  return { text: inLines(tidyText(text), composed, false, file, problems), links };
}

/** Breaks lines that are too long for mail, then puts the tags back in. */
function inLines(
  text: string,
  composed: Composed,
  markup: boolean,
  file: SourceFile,
  problems: Problem[],
): string {
  const broken = breakLines(text, markup);
  if (broken === null) {
    const message = `a line of the ${markup ? "HTML" : "text"} is longer than ${LONGEST_LINE} bytes and can't be broken`;
    problems.push({
      ...atStart(file),
      message,
      suggestion: "is there a picture inside an address?",
      severity: "error",
    });
  }
  return restore(broken ?? text, composed.slots, linkTag);
}

function checkSize(html: string, file: SourceFile, problems: Problem[]): void {
  const size = Buffer.byteLength(html.replace(/\{\{__link \d+\}\}/g, "x".repeat(TRACKED_LENGTH)));
  if (size < LARGE_HTML) return;
  const message = `the HTML has ${Math.ceil(size / 1000)} kB; mail readers cut off what is beyond ${LARGEST_HTML / 1000}`;
  problems.push({ ...atStart(file), message, severity: size < LARGEST_HTML ? "warning" : "error" });
}

/** The open pixel and the hidden link come last. */
function withTail(html: string): string {
  const end = html.lastIndexOf("</body>");
  return `${html.slice(0, end)}${TAIL_TAG}\n${html.slice(end)}`;
}

function assemble(
  { name, locale }: TemplateSources,
  { subject, preheader, topic, from }: FrontMatter,
  html: string,
  { text, links }: { readonly text: string; readonly links: readonly string[] },
): Template {
  const content = {
    subject: subject.source,
    preheader: preheader?.source ?? "",
    topic,
    from,
    html,
    text,
    links,
    hiddenLink: links.length,
  };
  const hash = createHash("sha256")
    .update(JSON.stringify([name, locale, content]))
    .digest("hex");
  return { name, locale, hash, ...content };
}

function atStart(file: SourceFile) {
  return { file: file.file, line: 1, column: 1 };
}

/** In order, each once: a partial that is included twice is wrong once. */
function tidy(problems: readonly Problem[]): Problem[] {
  const seen = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return inOrder([...seen.values()]);
}
