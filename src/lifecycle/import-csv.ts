import { parse } from "csv-parse/sync";
import type { Line } from "./import-lines.io.ts";
import { fromText } from "./spreadsheet.ts";

/** One row of a table, or a piece of the file that is none. */
export interface CsvRow {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** Why it can't be read; null where it can. */
  readonly problem: string | null;
}

/** A field with line breaks in it spans no more lines than this; further on an open quote is a mistake. */
const MOST_LINES = 1000;

/**
 * CSV (RFC 4180) from lines, piece by piece. A line that can't be read, with a quote that is never closed, say, is a
 * problem of its own and the next one is read as if it were not there: csv-parse alone would swallow what follows.
 */
export class CsvReader {
  private waiting: Line[] = [];
  private readonly delimiter: string;

  constructor(delimiter: string) {
    this.delimiter = delimiter;
  }

  /** What is complete by now; after the last lines call it with `null`. */
  read(lines: readonly Line[] | null): CsvRow[] {
    const all = lines === null ? this.waiting : [...this.waiting, ...lines];
    const pieces: Line[][] = [];
    let at = 0;
    while (at < all.length) {
      const size = this.sizeAt(all, at);
      // Whether the quote is closed shows only with more lines.
      if (size === null && lines !== null && all.length - at < MOST_LINES) break;
      const piece = all.slice(at, at + (size ?? 1));
      at += piece.length;
      if (piece.length > 1 || piece[0]!.text.trim() !== "") pieces.push(piece);
    }
    this.waiting = all.slice(at);
    return this.parse(pieces);
  }

  /** How many lines the row at `at` has: until its quotes are even. null: they stay open. */
  private sizeAt(lines: readonly Line[], at: number): number | null {
    let open = false;
    for (let size = 1; size <= MOST_LINES && at + size <= lines.length; size++) {
      if (hasOddQuotes(lines[at + size - 1]!.text)) open = !open;
      if (!open) return size > 1 && !this.canParse(lines.slice(at, at + size)) ? 1 : size;
    }
    return null;
  }

  private canParse(piece: readonly Line[]): boolean {
    try {
      return this.parseText(textOf(piece)).length === 1;
    } catch {
      return false;
    }
  }

  private parse(pieces: readonly Line[][]): CsvRow[] {
    const clean = pieces.every((piece) => piece.every((line) => !line.garbled));
    if (clean) {
      try {
        const rows = this.parseText(pieces.map(textOf).join("\n"));
        if (rows.length === pieces.length)
          return rows.map((cells, index) => ({ line: pieces[index]![0]!.number, cells, problem: null }));
      } catch {
        // One of them is wrong: each by itself shows which.
      }
    }
    return pieces.map((piece) => this.parseOne(piece));
  }

  private parseOne(piece: readonly Line[]): CsvRow {
    const line = piece[0]!.number;
    const text = textOf(piece);
    if (piece.some(({ garbled }) => garbled))
      return { line, cells: [text], problem: "is no UTF-8 text: save the file as UTF-8" };
    try {
      const [cells, ...more] = this.parseText(text);
      if (cells && more.length === 0) return { line, cells, problem: null };
    } catch {
      // Said below.
    }
    return {
      line,
      cells: [text],
      problem: 'has a quote that is not closed or stands inside a field (in quotes it is written "")',
    };
  }

  private parseText(text: string): string[][] {
    const options = { delimiter: this.delimiter, relax_column_count: true, record_delimiter: "\n" };
    return parse(text, options).map((cells) => cells.map(fromText));
  }
}

function textOf(piece: readonly Line[]): string {
  return piece.length === 1 ? piece[0]!.text : piece.map((line) => line.text).join("\n");
}

function hasOddQuotes(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}

/** The delimiter of a header line: what it has most of outside quotes; a comma where it has none. */
export function delimiterOf(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, "");
  let best = ",";
  let most = 0;
  for (const delimiter of [",", ";", "\t", "|"]) {
    const count = bare.split(delimiter).length - 1;
    if (count > most) [best, most] = [delimiter, count];
  }
  return best;
}
