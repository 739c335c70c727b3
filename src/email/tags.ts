import type { Problem } from "../config/problems.ts";

/** A file that an author wrote, by the name to show in problems. */
export interface SourceFile {
  readonly file: string;
  readonly source: string;
  /** Where all of it stands, for a text that is only a line of its file (a subject). */
  readonly at?: { readonly line: number; readonly column: number };
}

type TagKind = "open" | "else" | "close" | "print" | "raw" | "partial" | "comment";

/** One `{{…}}` as it stands in a file. */
export interface Tag {
  readonly kind: TagKind;
  /** The first word inside: `if`, `first_name`, `signature`. */
  readonly name: string;
  /** All of it, braces included. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Where an offset stands in a file, from 1. */
function positionAt(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

export function problemAtOffset(
  file: SourceFile,
  offset: number,
  message: string,
  suggestion?: string,
): Problem {
  const position = file.at ?? positionAt(file.source, offset);
  return { file: file.file, ...position, message, suggestion, severity: "error" };
}

/** Placeholders for tags and links travel through MJML in these; no author needs a private-use character. */
export const OPEN_MARK = "\uE000";
export const CLOSE_MARK = "\uE001";

/**
 * The text with what is no part of the mail blanked out, every other character at its place: HTML comments (but
 * Outlook's conditional ones), since a `{{/if}}` inside one would vanish with it.
 */
export function withoutComments(source: string): string {
  let text = "";
  let from = 0;
  for (let start = source.indexOf("<!--"); start >= 0; start = source.indexOf("<!--", from)) {
    const end = source.indexOf("-->", start + 4);
    if (end < 0) break;
    const next = OUTLOOKS.test(source.slice(start + 4, start + 100)) ? start + 4 : end + 3;
    const comment = source.slice(start, next);
    text += source.slice(from, start) + (next === start + 4 ? comment : blank(comment));
    from = next;
  }
  return text + source.slice(from);
}

const OUTLOOKS = /^(>|\s*\[if|\s*<!\[endif\])/i;

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/** Every tag of a file, in order. What Handlebars would take but this language leaves out is a problem. */
export function scanTags(file: SourceFile): { tags: Tag[]; problems: Problem[] } {
  const { source } = file;
  const tags: Tag[] = [];
  const problems: Problem[] = [];
  const mark = source.search(/[\uE000\uE001]/);
  if (mark >= 0)
    problems.push(problemAtOffset(file, mark, "there is a private-use character (U+E000 or U+E001) here"));
  for (let start = source.indexOf("{{"); start >= 0;) {
    const end = endOfTag(source, start);
    if (source[start - 1] === "\\")
      problems.push(problemAtOffset(file, start - 1, "there can be no \\ before {{"));
    if (end < 0) {
      problems.push(problemAtOffset(file, start, "this {{ is never closed", "close it with }}"));
      break;
    }
    // Handlebars would read }}} as the end of a {{{.
    if (source[end] === "}" && !source.startsWith("{{{", start)) {
      problems.push(problemAtOffset(file, end, "there is a } too many", "put a space before it"));
    }
    const tag = describe(source.slice(start, end), start);
    if (typeof tag === "string") problems.push(problemAtOffset(file, start, tag));
    else tags.push(tag);
    start = source.indexOf("{{", end);
  }
  return { tags, problems: problems.length > 0 ? problems : unbalanced(file, tags) };
}

/** Past the closing braces; -1 where there are none. A string in quotes may hold braces. */
function endOfTag(source: string, start: number): number {
  if (/^\{\{~?!--/.test(source.slice(start, start + 6))) {
    const found = /--~?\}\}/.exec(source.slice(start));
    return found ? start + found.index + found[0].length : -1;
  }
  const close = source.startsWith("{{{", start) ? "}}}" : "}}";
  if (/^\{\{~?!/.test(source.slice(start, start + 4))) {
    const found = source.indexOf("}}", start);
    return found < 0 ? -1 : found + 2;
  }
  let quote = "";
  for (let at = start + close.length; at < source.length; at++) {
    const char = source[at]!;
    if (quote !== "") {
      if (char === "\\") at++;
      else if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (source.startsWith(close, at)) return at + close.length;
    else if (source.startsWith("{{", at)) return -1;
  }
  return -1;
}

const WORD = /^[^\s}~"'|()=]+/;

function describe(text: string, start: number): Tag | string {
  const end = start + text.length;
  const tag = (kind: TagKind, inner: string): Tag => ({
    kind,
    name: WORD.exec(inner)?.[0] ?? "",
    text,
    start,
    end,
  });
  if (text.startsWith("{{{{")) return "raw blocks ({{{{ }}}}) are no part of the template language";
  if (text.startsWith("{{{")) return tag("raw", text.slice(3, -3).trim());
  const inner = text.slice(2, -2).replace(/^~|~$/g, "").trim();
  switch (inner.slice(0, 1)) {
    case "!":
      return tag("comment", "");
    case "#":
      if (/^#[>*]/.test(inner)) return `${text} is no part of the template language`;
      return tag("open", inner.slice(1).trim());
    case "/":
      return tag("close", inner.slice(1).trim());
    case ">":
      return tag("partial", inner.slice(1).trim());
    case "&":
      return tag("raw", inner.slice(1).trim());
    case "^":
      return inner === "^" ? tag("else", "") : tag("open", inner.slice(1).trim());
    case "*":
      return `${text} is no part of the template language`;
    default:
      return /^else(\s|$)/.test(inner) ? tag("else", inner) : tag("print", inner);
  }
}

/** Handlebars reads blocks inside blocks in a time that grows with the cube of their number. */
const DEEPEST = 100;

function unbalanced(file: SourceFile, tags: readonly Tag[]): Problem[] {
  const problems: Problem[] = [];
  const open: Tag[] = [];
  // Each `else if` is a block inside the one before.
  const chained: number[] = [];
  let depth = 0;
  for (const tag of tags) {
    if (tag.kind === "open") {
      open.push(tag);
      chained.push(1);
      depth++;
    }
    if (tag.kind === "else" && chained.length > 0) {
      chained[chained.length - 1]!++;
      depth++;
    }
    if (tag.kind === "close") depth -= chained.pop() ?? 0;
    if (depth > DEEPEST)
      return [problemAtOffset(file, tag.start, `more than ${DEEPEST} blocks stand inside each other here`)];
    if (tag.kind === "else" && open.length === 0) {
      problems.push(problemAtOffset(file, tag.start, `${tag.text} stands outside of any block`));
    }
    if (tag.kind !== "close") continue;
    const opener = open.pop();
    if (opener?.name === tag.name) continue;
    const wrong = opener ? `${tag.text} closes ${opener.text}` : `${tag.text} closes nothing`;
    problems.push(problemAtOffset(file, tag.start, wrong, opener && `write {{/${opener.name}}}`));
  }
  for (const tag of open) {
    problems.push(
      problemAtOffset(file, tag.start, `${tag.text} is never closed`, `write {{/${tag.name}}} after it`),
    );
  }
  return problems;
}
