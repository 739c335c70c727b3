import { InputError } from "../config/problems.ts";
import type { Db } from "../db/tables.ts";
import { formatInstant, type Instant } from "../instant.ts";
import type { ChangedFile } from "../programme/changed-files.ts";
import { findVersions, lastApply } from "../programme/versions.store.ts";

/** Enough of a hash for people. */
export function short(version: string): string {
  return version.slice(0, 12);
}

/** `2026-03-02 10:00:00 UTC` */
export function whenUtc(at: Instant): string {
  return `${formatInstant(at).slice(0, 19).replace("T", " ")} UTC`;
}

const SIGNS = { added: "+", changed: "~", removed: "-" } as const;

/** A line a file. */
export function changeLines(files: readonly ChangedFile[]): string[] {
  return files.map(({ path, change }) => `  ${SIGNS[change]} ${path}`);
}

/** The hash of the version that is meant: `live`, or how a hash begins. @throws InputError where it is none, or several */
export async function findVersion(db: Db, asked: string): Promise<string> {
  if (asked === "live") {
    const live = await lastApply(db);
    if (live === null) throw nothingApplied();
    return live.version;
  }
  const found = /^[0-9a-f]+$/i.test(asked) ? await findVersions(db, asked.toLowerCase()) : [];
  if (found.length === 1) return found[0]!;
  throw new InputError(
    found.length === 0
      ? `VERSION: there is no version "${asked}"; \`kindling versions\` lists them`
      : `VERSION: "${asked}" may be ${found.slice(0, 5).map(short).join(", ")}${found.length > 5 ? ", …" : ""}; give more of it`,
  );
}

export function nothingApplied(): InputError {
  return new InputError("nothing is applied yet: `kindling apply` or `kindling start` comes first");
}
