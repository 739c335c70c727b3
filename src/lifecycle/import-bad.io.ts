import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { InputError } from "../config/problems.ts";
import { csvLine } from "./export-csv.ts";
import type { Table } from "./import-table.io.ts";

/** Rows that did not go in, in a CSV file beside the reasons. */
export interface BadRows {
  add(line: number, reason: string, cells: readonly string[]): Promise<void>;
  /** Resolves once all are on the disk. */
  close(): Promise<void>;
}

/** Opens (empties) the file before anything goes in. Throws InputError where it can't be written. */
export async function openBadRows(path: string, table: Table): Promise<BadRows> {
  const out = createWriteStream(path);
  try {
    await once(out, "open");
  } catch (error) {
    const { code } = error as { code?: string };
    throw new InputError(`${path}: bad rows can't be written there (${code}); name another file with --bad`);
  }
  const header = table.format === "csv" ? table.columns : ["text"];
  const { delimiter } = table;
  await write(out, csvLine(["line", "reason", ...header], delimiter));
  return {
    add: (line, reason, cells) => write(out, csvLine([line, reason, ...cells], delimiter)),
    async close() {
      out.end();
      await once(out, "finish");
    },
  };
}

async function write(out: WriteStream, text: string): Promise<void> {
  if (!out.write(text)) await once(out, "drain");
}
