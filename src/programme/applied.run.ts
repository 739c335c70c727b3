import { InputError } from "../config/problems.ts";
import type { Db } from "../db/tables.ts";
import type { Compiler } from "../email/compiler.ts";
import { withEarlier } from "./definitions.store.ts";
import { loadProgramme } from "./load.ts";
import type { Programme } from "./programme.ts";
import { filesOf, lastApply, type Apply } from "./versions.store.ts";

/** What is live, as it was applied. */
export interface Applied {
  readonly apply: Apply;
  readonly programme: Programme;
  readonly files: ReadonlyMap<string, string>;
}

/** What is applied, for whoever only looks; null before the first apply. @throws InputError where it can't be loaded */
export async function readApplied(db: Db, compile: Compiler): Promise<Applied | null> {
  const apply = await lastApply(db);
  if (apply === null) return null;
  const files = (await filesOf(db, apply.version)) ?? new Map<string, string>();
  const loaded = await loadProgramme(files, compile);
  if ("problems" in loaded) {
    throw new InputError(loaded.problems.map((problem) => ({ ...problem, file: `applied ${problem.file}` })));
  }
  const programme = {
    ...(await withEarlier(db, loaded.programme)),
    enrolExisting: new Set(apply.enrolExisting),
  };
  return { apply, programme, files };
}
