import type { Files } from "./sources.ts";

/** A file that two versions don't share as it is. */
export interface ChangedFile {
  readonly path: string;
  readonly change: "added" | "changed" | "removed";
}

/** By path. */
export function changedFiles(before: Files, after: Files): ChangedFile[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path): ChangedFile[] => {
    if (!before.has(path)) return [{ path, change: "added" }];
    if (!after.has(path)) return [{ path, change: "removed" }];
    return before.get(path) === after.get(path) ? [] : [{ path, change: "changed" }];
  });
}

/** A line of two texts: in both, only in the one before (`-`), or only in the one after (`+`). */
export interface DiffLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** More lines than this that may differ are all taken out and put in again. */
const MOST_LINES = 3000;

/** What has to be taken out and put in, line by line, by their longest common subsequence. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end++;
  const middle = betweenLines(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const same = (text: string): DiffLine => ({ sign: " ", text });
  return [...a.slice(0, start).map(same), ...middle, ...a.slice(a.length - end).map(same)];
}

/** The last line's own end makes no line. */
function linesOf(text: string): string[] {
  if (text === "") return [];
  return text.replace(/\r?\n$/, "").split(/\r?\n/);
}

function betweenLines(a: readonly string[], b: readonly string[]): DiffLine[] {
  if (a.length > MOST_LINES || b.length > MOST_LINES) {
    return [
      ...a.map((text): DiffLine => ({ sign: "-", text })),
      ...b.map((text): DiffLine => ({ sign: "+", text })),
    ];
  }
  // longest[i][j]: of what comes from line i in `a` and j in `b` on.
  const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i]![j] =
        a[i] === b[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!);
    }
  }
  const lines: DiffLine[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sign: " ", text: a[i]! });
      i++;
      j++;
    } else if (j === b.length || (i < a.length && longest[i + 1]![j]! >= longest[i]![j + 1]!)) {
      lines.push({ sign: "-", text: a[i++]! });
    } else lines.push({ sign: "+", text: b[j++]! });
  }
  return lines;
}

/** Lines around a change that are shown with it. */
const CONTEXT = 3;

/** Only what differs, with some lines around it; null stands for lines left out. */
export function withContext(lines: readonly DiffLine[]): (DiffLine | null)[] {
  const near = lines.map(() => false);
  for (const [place, line] of lines.entries()) {
    if (line.sign !== " ") near.fill(true, Math.max(0, place - CONTEXT), place + CONTEXT + 1);
  }
  return lines.flatMap((line, place) => {
    if (near[place]) return [line];
    return place > 0 && near[place - 1] ? [null] : [];
  });
}
