import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvLine } from "../../src/lifecycle/export-csv.ts";
import { CsvReader, delimiterOf } from "../../src/lifecycle/import-csv.ts";
import { LastLines } from "../../src/lifecycle/import-last-lines.ts";
import { readLines, type Line } from "../../src/lifecycle/import-lines.io.ts";
import { openTable, type Row } from "../../src/lifecycle/import-table.io.ts";
import { fileOf } from "./import-house.ts";

function linesOf(text: string): Line[] {
  const lines = text.split("\n").map((line, index) => ({ number: index + 1, text: line, garbled: false }));
  return text.endsWith("\n") ? lines.slice(0, -1) : lines;
}

/** The rows, read in pieces of so many lines. */
function read(
  text: string,
  piece = 1000,
  delimiter = ",",
): [line: number, cells: readonly string[] | "bad"][] {
  const reader = new CsvReader(delimiter);
  const lines = linesOf(text);
  const rows = [];
  for (let at = 0; at < lines.length; at += piece) rows.push(...reader.read(lines.slice(at, at + piece)));
  rows.push(...reader.read(null));
  return rows.map(({ line, cells, problem }) => [line, problem === null ? cells : "bad"]);
}

async function rowsOf(file: string): Promise<Row[]> {
  const rows = [];
  for await (const row of (await openTable(file)).rows()) rows.push(row);
  return rows;
}

describe("a CSV file", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", "ü", '"', ",", ";", "\n", " ", "'", "\t") });
  const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 20 });

  test("is read as it was written, whatever is in it and however it comes in pieces", () => {
    fc.assert(
      fc.property(
        rows,
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(",", ";", "\t"),
        (table, piece, delimiter) => {
          // A row of nothing but blanks is none.
          const told = table.filter((row) => csvLine(row, delimiter).trim() !== "");
          const text = told.map((row) => csvLine(row, delimiter)).join("");
          expect(read(text, piece, delimiter).map(([, cells]) => cells)).toEqual(told);
        },
      ),
    );
  });

  test("loses no row to a quote that stays open in another", () => {
    const text = 'a,b\n1,"open\n2,fine\n3,8" screen\n"4","two\nlines"\n\n5,"in" side\n6,"end\n';
    for (const piece of [1, 2, 100]) {
      expect(read(text, piece)).toEqual([
        [1, ["a", "b"]],
        [2, "bad"],
        [3, ["2", "fine"]],
        [4, "bad"],
        [5, ["4", "two\nlines"]],
        [8, "bad"],
        [9, "bad"],
      ]);
    }
  });

  test("with an open quote in its first line gives up on that line alone, thousands of lines on", () => {
    const rest = Array.from({ length: 3000 }, (_, index) => `${index},x`);
    const found = read(`"open,x\n${rest.join("\n")}\n`, 100);
    expect(found).toHaveLength(3001);
    expect(found.slice(0, 2)).toEqual([
      [1, "bad"],
      [2, ["0", "x"]],
    ]);
  });

  test("may have semicolons, tabs or bars between its columns", () => {
    expect(["a,b;c,d", "a;b;c,d", "a\tb,c\td", "a|b", "a", '"a,b,c";d'].map(delimiterOf)).toEqual([
      ",",
      ";",
      "\t",
      "|",
      ",",
      ";",
    ]);
  });

  test("may end its lines in any way, begin with a byte order mark, and end in empty rows", async () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      const file = await fileOf(`\ufeffa,b${end}1,"x${end}y"${end}${end}3,4${end},${end}`);
      const rows = await rowsOf(file);
      expect(rows.map(({ line, cells }) => [line, cells])).toEqual([
        [2, ["1", "x\ny"]],
        [5, ["3", "4"]],
      ]);
    }
  });

  test("with a line that never ends is refused before memory is", async () => {
    const file = await fileOf(Buffer.alloc(17 * 2 ** 20, "a"));
    const all = async () => {
      for await (const _ of readLines(file));
    };
    await expect(all()).rejects.toThrow(":1:1: is longer than 16 MB");
  });
});

test("the last line of a word is found among many thousands", () => {
  const lines = new LastLines();
  const word = (index: number) => `lead${index % 20_000}@x.example`;
  for (let index = 0; index < 50_000; index++) expect(lines.set(word(index), index + 1)).toBe(index < 20_000);
  expect([0, 9_999, 10_000, 19_999].map((index) => lines.get(word(index)))).toEqual([
    40_001, 50_000, 30_001, 40_000,
  ]);
  expect(lines.get("nobody")).toBe(0);
});
