import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** The repository's own folder. */
export const ROOT = new URL("../", import.meta.url).pathname;

/** One fenced block of a page: three backticks, the language, then what a test is to do with it. */
export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  /** The rest of the fence's first line: `config/segments.yaml`, `steps`, `wrong`, … */
  readonly what: string;
  readonly text: string;
}

/** Every page that people read: README.md and the like, and docs/. */
export function pages(): string[] {
  const inDocs = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => join("docs", path));
  const atRoot = readdirSync(ROOT).filter((name) => name.endsWith(".md"));
  return [...atRoot, ...inDocs.sort()];
}

function readPage(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; language: string; what: string; indent: number; text: string[] } | null = null;
  for (const [index, line] of readPage(page).split("\n").entries()) {
    const fence = /^( *)```(\S*) ?(.*)$/.exec(line);
    if (fence && !open) {
      const [, indent, language, what] = fence as unknown as [string, string, string, string];
      open = { line: index + 1, language, what: what.trim(), indent: indent.length, text: [] };
    } else if (fence && open) {
      const { line: start, language, what, text } = open;
      blocks.push({ page, line: start, language, what, text: `${text.join("\n")}\n` });
      open = null;
    } else open?.text.push(line.slice(open.indent));
  }
  if (open) throw new Error(`${page}:${open.line}: a block is never closed`);
  return blocks;
}

/** Relative links of a page that lead to no file. */
export function deadLinks(page: string, exists: (path: string) => boolean): string[] {
  const text = readPage(page).replace(/^```[\s\S]*?^```/gm, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1]!.replace(/#.*$/, ""))
    .filter((link) => link !== "" && !/^[a-z]+:/.test(link))
    .filter((link) => !exists(relative(".", join(page, "..", link))));
}
