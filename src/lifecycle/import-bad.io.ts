import { open } from "node:fs/promises";
import { InputError } from "../config/problems.ts";
import { csvLine } from "./export-csv.ts";
import type { Table } from "./import-table.io.ts";

/** Rows that did not go in, in a CSV file beside the reasons. */
export interface BadRows {
  add(line: number, reason: string, cells: readonly string[]): Promise<void>;
  /** Resolves once all are written. */
  close(): Promise<void>;
}

/** Characters that wait until they are written together. */
const MOST_WAITING = 65_536;

/** Opens (empties) the file before anything goes in. Throws InputError where it can't be written. */
export async function openBadRows(path: string, table: Table): Promise<BadRows> {
  const { delimiter } = table;
  const out = await open(path, "w").catch(({ code }: NodeJS.ErrnoException) => {
    throw new InputError(`${path}: bad rows can't be written there (${code}); name another file with --bad`);
  });
  const header = table.format === "csv" ? table.columns : ["text"];
  let waiting = csvLine(["line", "reason", ...header], delimiter);
  async function flush(): Promise<void> {
    await out.write(waiting);
    waiting = "";
  }
  return {
    async add(line, reason, cells) {
      waiting += csvLine([line, reason, ...cells], delimiter);
      if (waiting.length > MOST_WAITING) await flush();
    },
    async close() {
      await flush();
      await out.close();
    },
  };
}
