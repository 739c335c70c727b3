import { InputError } from "../config/problems.ts";
import type { Db } from "../db/tables.ts";
import type { Compiler } from "../email/compiler.ts";
import { withEarlier } from "./definitions.store.ts";
import { withWinners } from "./experiments.ts";
import { loadProgramme } from "./load.ts";
import type { Programme } from "./programme.ts";
import { allApplies, filesOf, lastApply, type Apply } from "./versions.store.ts";
import { readWinners } from "./winners.store.ts";

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
  const { files, programme } = await readVersion(db, apply, compile);
  const complete = await completed(db, programme, apply);
  return { apply, programme: withWinners(complete, await readWinners(db)), files };
}

/** An applied version, by its files alone. @throws InputError where this Kindling can't read them */
export async function readVersion(
  db: Db,
  { version }: Apply,
  compile: Compiler,
): Promise<Pick<Applied, "files" | "programme">> {
  const files = (await filesOf(db, version)) ?? new Map<string, string>();
  const loaded = await loadProgramme(files, compile);
  if ("programme" in loaded) return { files, programme: loaded.programme };
  throw new InputError(loaded.problems.map((problem) => ({ ...problem, file: `applied ${problem.file}` })));
}

/** With what only the database knows of an apply. */
export async function completed(db: Db, programme: Programme, apply: Apply): Promise<Programme> {
  const applies = (await allApplies(db)).filter(({ id }) => id <= apply.id);
  return {
    ...(await withEarlier(db, programme)),
    enrolExisting: applies.map(({ version, enrolExisting }) => ({ version, sequences: enrolExisting })),
  };
}
