import type { Line } from "./import-lines.io.ts";
import { fileError, readLines } from "./import-lines.io.ts";
import { CsvReader, delimiterOf } from "./import-csv.ts";
import { isObject } from "./import-values.ts";

/** A row of a file, before anyone asks what it means. */
export interface Row {
  /** Where it begins, from 1. */
  readonly line: number;
  /** In the order of `Table.columns`; what is not there is undefined. Text in CSV, any JSON in JSON Lines. */
  readonly values: readonly unknown[];
  /** As it stands in the file: cells, or the whole line of JSON Lines. */
  readonly cells: readonly string[];
  /** Why it is none; null where it is one. */
  readonly problem: string | null;
}

/** A file with rows. `rows()` reads it from the start each time, piece by piece. */
export interface Table {
  readonly file: string;
  readonly format: "csv" | "jsonl";
  readonly delimiter: string;
  /** The header of a CSV file; keys of JSON Lines as they turn up, those inside `attributes` as `attributes.x`. */
  readonly columns: readonly string[];
  rows(): AsyncGenerator<Row>;
}

/** Finds out what kind of file it is. Throws InputError where it can't be read or is empty. */
export async function openTable(file: string): Promise<Table> {
  const first = await firstLine(file);
  if (first === null) throw fileError(file, null, "is empty");
  if (first.text.startsWith("["))
    throw fileError(file, first.number, "is a JSON array; write one object a line (JSON Lines)");
  if (first.text.startsWith("{") || /\.(jsonl|ndjson|json)$/i.test(file)) return jsonLines(file);
  const delimiter = delimiterOf(first.text);
  return csv(file, delimiter, await headerOf(file, delimiter), true);
}

/** The same rows where the first line is no header: its columns are called so. */
export function withoutHeader({ file, delimiter }: Table, columns: readonly string[]): Table {
  return csv(file, delimiter, columns, false);
}

/** The first that is not blank, spaces in front of it gone. */
async function firstLine(file: string): Promise<Line | null> {
  for await (const lines of readLines(file)) {
    const found = lines.find((line) => line.text.trim() !== "");
    if (found) return { ...found, text: found.text.trimStart() };
  }
  return null;
}

async function headerOf(file: string, delimiter: string): Promise<readonly string[]> {
  const reader = new CsvReader(delimiter);
  for await (const record of recordsOf(file, reader)) {
    const { line, cells, problem } = record;
    if (problem !== null) throw fileError(file, line, `the header ${problem}`);
    if (cells.some((cell) => cell.includes("\0"))) throw fileError(file, line, "is no text file");
    return cells.map((cell) => cell.trim());
  }
  throw fileError(file, null, "is empty");
}

async function* recordsOf(file: string, reader: CsvReader) {
  for await (const lines of readLines(file)) yield* reader.read(lines);
  yield* reader.read(null);
}

function csv(file: string, delimiter: string, columns: readonly string[], hasHeader: boolean): Table {
  return {
    file,
    format: "csv",
    delimiter,
    columns,
    async *rows() {
      let header = hasHeader;
      for await (const { line, cells, problem } of recordsOf(file, new CsvReader(delimiter))) {
        if (header) {
          header = false;
          continue;
        }
        // Spreadsheets write rows of nothing at their end.
        if (problem === null && cells.every((cell) => cell.trim() === "")) continue;
        const count = problem === null && cells.length !== columns.length;
        const wrong = count ? `has ${cells.length} columns, the header ${columns.length}` : problem;
        yield { line, values: cells, cells, problem: wrong };
      }
    },
  };
}

function jsonLines(file: string): Table {
  const places = new Map<string, number>();
  const columns: string[] = [];
  const set = (values: unknown[], name: string, value: unknown) => {
    let place = places.get(name);
    if (place === undefined) {
      place = columns.push(name) - 1;
      places.set(name, place);
    }
    values[place] = value;
  };
  return {
    file,
    format: "jsonl",
    delimiter: ",",
    columns,
    async *rows() {
      for await (const lines of readLines(file)) {
        for (const line of lines) {
          if (line.text.trim() === "") continue;
          yield jsonRow(line, set);
        }
      }
    },
  };
}

function jsonRow(line: Line, set: (values: unknown[], name: string, value: unknown) => void): Row {
  const row = { line: line.number, cells: [line.text] };
  if (line.garbled) return { ...row, values: [], problem: "is no UTF-8 text: save the file as UTF-8" };
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch (error) {
    return { ...row, values: [], problem: `is no JSON: ${(error as Error).message}` };
  }
  if (!isObject(value)) return { ...row, values: [], problem: "must be a JSON object" };
  const values: unknown[] = [];
  for (const [key, inner] of Object.entries(value)) {
    if (key === "attributes" && isObject(inner)) {
      for (const [name, attribute] of Object.entries(inner)) set(values, `attributes.${name}`, attribute);
    } else set(values, key, inner);
  }
  return { ...row, values, problem: null };
}
