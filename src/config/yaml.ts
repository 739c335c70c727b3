import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document, ErrorCode, Node, YAMLError, YAMLMap } from "yaml";
import type { Problem } from "./problems.ts";

/** Where something stands in a file, from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

export type Path = readonly (string | number)[];

/** A YAML file that was read: its value as plain JSON, and where each part of it stands. */
export interface Source {
  readonly file: string;
  /** Mappings, lists, text, numbers, booleans and null; an empty file is an empty mapping. */
  readonly value: unknown;
  /** Of the value at a path, or of the nearest parent that is there. */
  at(path: Path): Position;
  /** Of the key at a path (of a list's item: the item), or of the nearest parent that is there. */
  keyAt(path: Path): Position;
}

export type Checked<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

const LARGEST_FILE = 1_000_000;
const DEEPEST = 100;
/** Aliases multiply: a file of 1 kB can stand for 10^9 values. */
const MOST_VALUES = 100_000;

/**
 * Reads one YAML 1.2 file whose root is a mapping. `source` is null where the text is no YAML at all; with problems
 * beside it (a duplicate key) it holds what could be read, so that the rest of the file is checked too.
 */
export function readYaml(file: string, text: string): { source: Source | null; problems: Problem[] } {
  const problems: Problem[] = [];
  const lines = new LineCounter();
  const report = (offset: number, message: string, suggestion?: string) => {
    const { line, col } = lines.linePos(offset);
    problems.push({
      file,
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      message,
      suggestion,
      severity: "error",
    });
  };
  if (text.length > LARGEST_FILE) {
    report(0, "is larger than 1 MB, which no file of settings should be");
    return { source: null, problems };
  }
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  } catch {
    // Thousands of nested brackets overflow the parser's stack.
    report(0, "is nested too deeply to be read");
    return { source: null, problems };
  }
  const [first] = document.errors;
  if (first) {
    // What follows the first error is mostly its echo.
    const { message, suggestion } = explainSyntax(first);
    report(first.pos[0], message, suggestion);
    return { source: null, problems };
  }
  for (const warning of document.warnings) report(warning.pos[0], warning.message.replace(/^U/, "u"));

  const root = document.contents;
  if (root !== null && !isMap(root) && !(isScalar(root) && root.value === null)) {
    report(root.range[0], "must be a mapping: lines of `key: value`");
    return { source: null, problems };
  }
  const value = isMap(root) ? new Reader(document, report).read(root, 0) : {};
  return value === FAILED
    ? { source: null, problems }
    : { source: sourceOf(file, document, value, lines), problems };
}

/** A problem at a place in a file. `key` points at the key instead of its value. */
export function problemAt(
  source: Source,
  path: Path,
  message: string,
  more: { suggestion?: string; key?: boolean; severity?: "error" | "warning" } = {},
): Problem {
  const { line, column } = more.key ? source.keyAt(path) : source.at(path);
  return {
    file: source.file,
    line,
    column,
    message,
    suggestion: more.suggestion,
    severity: more.severity ?? "error",
  };
}

const FAILED = Symbol("failed");
type Report = (offset: number, message: string, suggestion?: string) => void;

/** Nodes → plain JSON, by hand, since the library follows aliases without end and writes to `__proto__`. */
class Reader {
  private readonly document: Document.Parsed;
  private readonly report: Report;
  private count = 0;

  constructor(document: Document.Parsed, report: Report) {
    this.document = document;
    this.report = report;
  }

  read(node: unknown, depth: number): unknown {
    const here = (node as Node | null)?.range?.[0] ?? 0;
    if (++this.count > MOST_VALUES || depth > DEEPEST) {
      this.report(
        here,
        depth > DEEPEST ? "is nested too deeply" : "stands for too many values (aliases multiply)",
      );
      return FAILED;
    }
    if (node === null || node === undefined) return null;
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (target) return this.read(target, depth + 1);
      this.report(here, `there is no anchor "&${node.source}" above`);
      return FAILED;
    }
    if (isMap(node)) return this.readMap(node, depth);
    if (isSeq(node)) return this.readAll(node.items, depth);
    const value = isScalar(node) ? node.value : undefined;
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    this.report(here, "is neither text nor a number nor true or false");
    return FAILED;
  }

  private readAll(items: readonly unknown[], depth: number): unknown {
    const values = [];
    for (const item of items) {
      const value = this.read(item, depth + 1);
      if (value === FAILED) return FAILED;
      values.push(value);
    }
    return values;
  }

  private readMap(map: YAMLMap, depth: number): unknown {
    const entries = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      const offset = (key as Node | null)?.range?.[0] ?? map.range?.[0] ?? 0;
      if (!isScalar(key)) {
        this.report(offset, "a key must be plain text", "text that begins with { or [ goes in quotes");
        return FAILED;
      }
      const name = keyText(key.value);
      if (name === "__proto__") {
        this.report(offset, `"__proto__" can't be a key`);
        continue;
      }
      if (entries.has(name)) {
        this.report(offset, `"${name}" is here twice; each key goes once`);
        continue;
      }
      const read = this.read(value, depth + 1);
      if (read === FAILED) return FAILED;
      entries.set(name, read);
    }
    return Object.fromEntries(entries);
  }
}

function keyText(key: unknown): string {
  return typeof key === "string" ? key : key === null ? "" : JSON.stringify(key);
}

function sourceOf(file: string, document: Document.Parsed, value: unknown, lines: LineCounter): Source {
  const position = (node: unknown): Position => {
    const { line, col } = lines.linePos((node as Node | null)?.range?.[0] ?? 0);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  /** The nodes of the key and the value at a path, as far down as the path exists. */
  const walk = (path: Path) => {
    let node: unknown = document.contents;
    let key: unknown = document.contents;
    for (const segment of path) {
      while (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair = node.items.find(
          (item) => isScalar(item.key) && keyText(item.key.value) === String(segment),
        );
        if (!pair) break;
        key = pair.key;
        // An empty value has a range of its own, after the colon; where it has none the key stands for it.
        node = pair.value ?? pair.key;
      } else if (isSeq(node)) {
        const item: unknown = node.items[Number(segment)];
        if (item === undefined) break;
        key = node = item;
      } else break;
    }
    return { key, node };
  };
  return {
    file,
    value,
    at: (path) => position(walk(path).node),
    keyAt: (path) => position(walk(path).key),
  };
}

const SYNTAX: Partial<Record<ErrorCode, { message: string; suggestion: string }>> = {
  TAB_AS_INDENT: { message: "a tab can't indent in YAML", suggestion: "use spaces" },
  BAD_INDENT: {
    message: "the indentation does not match the lines above",
    suggestion: "keys that belong together start in one column",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "there are two keys on this line",
    suggestion: 'text with ": " in it goes in quotes',
  },
  BAD_SCALAR_START: { message: "text can't begin with this character", suggestion: "put the text in quotes" },
  RESOURCE_EXHAUSTION: { message: "is nested too deeply to be read", suggestion: "check the brackets" },
  MULTIPLE_DOCS: { message: "holds several documents; a file is one", suggestion: "remove the line ---" },
};

function explainSyntax(error: YAMLError): { message: string; suggestion?: string } {
  if (error.message.startsWith("Flow ")) {
    return { message: "a list or mapping above is not closed", suggestion: "end it with ] or }" };
  }
  return SYNTAX[error.code] ?? { message: `is no valid YAML: ${error.message}` };
}
