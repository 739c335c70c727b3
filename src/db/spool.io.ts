import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { groupCommit } from "./group-commit.io.ts";

export interface Spool {
  /** Resolves once the row is on the disk. */
  append(row: object): Promise<void>;
  /**
   * Hands over all rows in the order they came, some hundreds at a time, and forgets what was taken. Rejects with what
   * `take` threw and keeps the rest. A crash right after `take` hands the same rows over again: they need a key.
   * Returns how many were taken. A second call joins the drain under way.
   */
  drain(take: (rows: unknown[]) => Promise<void>): Promise<number>;
  /** How many rows wait. */
  pending(): number;
}

const ROWS_AT_ONCE = 500;

/**
 * Rows as JSON lines, for as long as the database is out of reach. Of one process alone. Next to the file stand
 * `.draining`, what a drain works on, and `.torn`, lines that a crash cut off, kept for a person to look at.
 */
export function openSpool(path: string): Spool {
  const draining = `${path}.draining`;
  mkdirSync(dirname(path), { recursive: true });
  let pending = countLines(path) + countLines(draining);
  let drain: Promise<number> | null = null;

  const writer = groupCommit<object | "rotate">(async (items) => {
    const rows = items.filter((item) => item !== "rotate");
    if (rows.length > 0) {
      // A line that was cut off before must not swallow the first of these: empty lines cost nothing.
      try {
        await appendDurably(path, `\n${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
        pending += rows.length;
      } catch (error) {
        // Part of them may stand in the file.
        pending = countLines(path) + countLines(draining);
        throw error;
      }
    }
    // Renamed between two writes, never during one.
    if (rows.length < items.length && existsSync(path)) await rename(path, draining);
  });

  async function drainAll(take: (rows: unknown[]) => Promise<void>): Promise<number> {
    // What an earlier drain left comes first, and its name is needed for the rest.
    let taken = await drainFile(take);
    await writer.append("rotate");
    taken += await drainFile(take);
    return taken;
  }

  async function drainFile(take: (rows: unknown[]) => Promise<void>): Promise<number> {
    if (!existsSync(draining)) return 0;
    const { rows, torn } = parseLines(await readFile(draining, "utf8"));
    if (torn.length > 0) await appendDurably(`${path}.torn`, `${torn.join("\n")}\n`);
    let taken = 0;
    try {
      for (; taken < rows.length; taken += ROWS_AT_ONCE) await take(rows.slice(taken, taken + ROWS_AT_ONCE));
      taken = rows.length;
      await rm(draining);
    } catch (error) {
      // Where the disk takes not even that, all of them wait on and are handed over again.
      const rest = rows.slice(taken).map((row) => `${JSON.stringify(row)}\n`);
      await replaceDurably(draining, rest.join(""));
      pending -= taken + torn.length;
      throw error;
    }
    pending -= taken + torn.length;
    return taken;
  }

  return {
    append: (row) => writer.append(row),
    drain: (take) =>
      (drain ??= drainAll(take).finally(() => {
        drain = null;
      })),
    pending: () => pending,
  };
}

/** Forgets the lines that a crash cut off and that are of this kind; `path` is the spool's. */
export async function forgetTorn(path: string, isTheirs: (line: string) => boolean): Promise<void> {
  const torn = `${path}.torn`;
  if (!existsSync(torn)) return;
  const lines = (await readFile(torn, "utf8")).split("\n");
  const kept = lines.filter((line) => !isTheirs(line));
  if (kept.length < lines.length) await replaceDurably(torn, kept.join("\n"));
}

/** A line that is no whole JSON object was cut off by a crash before its row was answered for. */
function parseLines(text: string): { rows: object[]; torn: string[] } {
  const rows: object[] = [];
  const torn: string[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const row = parseObject(line);
    if (row) rows.push(row);
    else torn.push(line);
  }
  return { rows, torn };
}

function parseObject(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function countLines(path: string): number {
  if (!existsSync(path)) return 0;
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "").length;
}

async function appendDurably(path: string, text: string): Promise<void> {
  const isNew = !existsSync(path);
  const file = await open(path, "a");
  try {
    await file.appendFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  if (isNew) await syncFolder(dirname(path));
}

async function replaceDurably(path: string, text: string): Promise<void> {
  const written = `${path}.new`;
  await rm(written, { force: true });
  await appendDurably(written, text);
  await rename(written, path);
  await syncFolder(dirname(path));
}

/** A new name is safe from a power cut only once its folder is written. Windows can't open a folder. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
