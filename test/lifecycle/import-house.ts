import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readLog } from "../../src/events/log.store.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { parseMap } from "../../src/lifecycle/import-columns.ts";
import {
  importFile,
  type ImportListener,
  type ImportOptions,
  type ImportReport,
} from "../../src/lifecycle/import.run.ts";
import { formatInstant } from "../../src/instant.ts";
import type { Table } from "../../src/db/tables.ts";
import type { Spine } from "../../src/lifecycle/spine.ts";
import { temporaryFolder } from "../database.ts";

/** A file of a name of its own in a folder that goes; an array of objects becomes JSON Lines. */
export async function fileOf(content: string | Buffer | readonly object[], ending = "csv"): Promise<string> {
  const path = join(temporaryFolder(), `${randomUUID()}.${ending}`);
  const text = Array.isArray(content) ? content.map((row) => `${JSON.stringify(row)}\n`).join("") : content;
  await writeFile(path, text as string | Buffer);
  return path;
}

type More = Partial<Omit<ImportOptions, "map">> & {
  readonly map?: string;
  readonly listener?: ImportListener;
};

/** Imports what the file says as leads, unless `more` says otherwise. */
export function bring(
  spine: Spine,
  file: string,
  { map, listener, ...more }: More = {},
): Promise<ImportReport> {
  const options = { kind: "leads", live: false, dryRun: false, bad: null, ...more } as const;
  return importFile(spine, { file, map: parseMap(map === undefined ? [] : [map]), ...options }, listener);
}

/** The counts of an outcome that are not zero. */
export function counts({ created, changed, unchanged, recorded, bad }: ImportReport): Record<string, number> {
  const all = { created, changed, unchanged, recorded, bad };
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count !== 0));
}

export async function badRows({ badFile }: ImportReport): Promise<string[]> {
  return (await readFile(badFile!, "utf8")).trimEnd().split("\n");
}

export async function attributesOf({ db }: Spine, email: string) {
  return (await findLead(db.kysely, email))?.attributes;
}

/** `2026-03-02T10:00:00.000Z lead.created`, in the order of the log. */
export async function logOf({ db }: Spine, email: string): Promise<string[]> {
  const lead = await findLead(db.kysely, email);
  if (!lead) return [];
  const log = (await readLog(db.kysely, [lead.id])).get(lead.id) ?? [];
  return log.map(({ at, type }) => `${formatInstant(at)} ${type}`);
}

export async function countOf({ db }: Spine, table: Table): Promise<number> {
  const row = await db.kysely
    .selectFrom(table as "leads")
    .select(({ fn }) => fn.countAll<number>().as("n"))
    .executeTakeFirstOrThrow();
  return row.n;
}
