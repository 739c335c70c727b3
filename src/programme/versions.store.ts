import { sql } from "kysely";
import { insertMany } from "../db/batch.store.ts";
import { isPostgres } from "../db/dialect.store.ts";
import { kept } from "../db/kept.store.ts";
import type { Db, Row } from "../db/tables.ts";
import type { Template } from "../email/template.ts";
import type { Instant } from "../instant.ts";
import { keepDefinitions, newDefinitions } from "./definitions.store.ts";
import type { InFlight, Programme } from "./programme.ts";

/** `start`: the first time that a server ran. */
export type ApplyKind = "apply" | "rollback" | "start";

/** That a version became the one that is live. */
export interface Apply {
  /** Ascending. */
  readonly id: number;
  readonly at: Instant;
  /** The hash of its files. */
  readonly version: string;
  readonly kind: ApplyKind;
  readonly author: string;
  readonly message: string;
  /** What became of those who were in a sequence that it changed. */
  readonly inFlight: InFlight;
  /** Sequences that those who were there already entered too. */
  readonly enrolExisting: readonly string[];
}

export interface ApplyOptions {
  readonly author: string;
  readonly message: string;
  readonly at: Instant;
  /** `apply` where left out. */
  readonly kind?: ApplyKind;
  /** `migrate` where left out. */
  readonly inFlight?: InFlight;
  /** Those who are there already enter sequences that are new or changed; nobody does where left out. */
  readonly enrolExisting?: boolean;
}

/**
 * Keeps a programme under its content hash and makes it the one that is live; null, and nothing is recorded, where it
 * is already. Inside a unit.
 */
export async function applyVersion(
  db: Db,
  programme: Programme,
  files: ReadonlyMap<string, string>,
  options: ApplyOptions,
): Promise<Apply | null> {
  // One at a time: each is measured against the one before it.
  if (isPostgres(db)) await sql`lock table applies in exclusive mode`.execute(db);
  const before = await lastApply(db);
  if (before?.version === programme.hash) return null;
  const { author, message, at, kind = "apply", inFlight = "migrate" } = options;
  const changed = options.enrolExisting ? await newDefinitions(db, programme) : [];
  const version = { hash: programme.hash, files: JSON.stringify(Object.fromEntries(files)) };
  await insertMany(db, "versions", [version], { onConflict: "nothing" });
  await keepTemplates(db, programme);
  const row = {
    at,
    version: programme.hash,
    kind,
    author,
    message,
    in_flight: inFlight,
    enrol_existing: JSON.stringify(changed),
  };
  const { id } = await db
    .insertInto("applies")
    .values(row as Row<"applies">)
    .returning("id")
    .executeTakeFirstOrThrow();
  await keepDefinitions(db, programme, { apply: id, inFlight });
  return { id, ...options, kind, version: programme.hash, inFlight, enrolExisting: changed };
}

async function keepTemplates(db: Db, { templates }: Programme): Promise<void> {
  const rows = [...templates.values()].flatMap((locales) =>
    [...locales.values()].map((template) => ({
      hash: template.hash,
      name: template.name,
      locale: template.locale ?? "",
      body: JSON.stringify(template),
    })),
  );
  await insertMany(db, "templates", rows, { onConflict: "nothing" });
}

const latest = kept((db: Db) => db.selectFrom("applies").selectAll().orderBy("id", "desc").limit(1));

/** What is live, and since when; null before the first apply. */
export async function lastApply(db: Db): Promise<Apply | null> {
  const [row] = await latest(db);
  return row ? applyOf(row) : null;
}

/** What was live when, newest first. */
export async function allApplies(db: Db): Promise<Apply[]> {
  return (await db.selectFrom("applies").selectAll().orderBy("id", "desc").execute()).map(applyOf);
}

function applyOf(row: Row<"applies">): Apply {
  return {
    id: row.id,
    at: row.at,
    version: row.version,
    kind: row.kind as ApplyKind,
    author: row.author,
    message: row.message,
    inFlight: row.in_flight as InFlight,
    enrolExisting: JSON.parse(row.enrol_existing) as string[],
  };
}

/** The files of a version by path; null where there is no such version. */
export async function filesOf(db: Db, version: string): Promise<ReadonlyMap<string, string> | null> {
  const row = await db.selectFrom("versions").select("files").where("hash", "=", version).executeTakeFirst();
  return row ? new Map(Object.entries(JSON.parse(row.files) as Record<string, string>)) : null;
}

/** The files of the version that is live; null before the first. */
export async function appliedFiles(db: Db): Promise<ReadonlyMap<string, string> | null> {
  const live = await lastApply(db);
  return live && filesOf(db, live.version);
}

/** The hashes of all versions that begin so. */
export async function findVersions(db: Db, prefix: string): Promise<string[]> {
  const rows = await db
    .selectFrom("versions")
    .select("hash")
    .where(sql<boolean>`substr(hash, 1, ${prefix.length}) = ${prefix}`)
    .orderBy("hash")
    .execute();
  return rows.map((row) => row.hash);
}

/** A template by its hash, of whatever version: a mail can be shown as it was sent. */
export async function findTemplate(db: Db, hash: string): Promise<Template | null> {
  const row = await db.selectFrom("templates").select("body").where("hash", "=", hash).executeTakeFirst();
  return row ? (JSON.parse(row.body) as Template) : null;
}
