import { sql } from "kysely";
import { inList, insertMany } from "../db/batch.store.ts";
import type { Db, Row } from "../db/tables.ts";
import type { Template } from "../email/template.ts";
import type { Sequence } from "../sequences/definition.ts";
import type { InFlight, Programme } from "./programme.ts";

/** The names of the sequences whose definition is not the current one. */
export async function newDefinitions(db: Db, programme: Programme): Promise<string[]> {
  const rows = await db.selectFrom("definitions").select("hash").where("in_flight", "is", null).execute();
  const current = new Set(rows.map((row) => row.hash));
  return [...programme.sequences.values()].filter(({ hash }) => !current.has(hash)).map(({ name }) => name);
}

/**
 * Keeps the programme's definitions as the current ones. What it replaces gets `inFlight`, and so do earlier ones that
 * were to migrate to what it replaces; whoever was promised to finish an earlier one does.
 */
export async function keepDefinitions(
  db: Db,
  programme: Programme,
  by: { readonly apply: number; readonly inFlight: InFlight },
): Promise<void> {
  const rows = [...programme.sequences.values()].map((sequence): Row<"definitions"> => ({
    hash: sequence.hash,
    sequence: sequence.name,
    body: JSON.stringify(sequence),
    templates: JSON.stringify(templateHashes(programme, sequence)),
    in_flight: null,
    replaced_by: null,
  }));
  const current = await db
    .selectFrom("definitions")
    .select(["hash", "sequence"])
    .where("in_flight", "is", null)
    .execute();
  const hashes = new Set(rows.map((row) => row.hash));
  const replaced = current.filter(({ hash }) => !hashes.has(hash));
  const policy = { in_flight: by.inFlight, replaced_by: by.apply };
  await db
    .updateTable("definitions")
    .set(policy)
    .where(
      inList(
        db,
        "hash",
        replaced.map((row) => row.hash),
      ),
    )
    .execute();
  await db
    .updateTable("definitions")
    .set(policy)
    .where(
      inList(
        db,
        "sequence",
        replaced.map((row) => row.sequence),
      ),
    )
    .where("in_flight", "=", "migrate")
    .execute();
  await insertMany(db, "definitions", rows, {
    onConflict: { keys: ["hash"], update: ["body", "templates", "in_flight", "replaced_by"] },
  });
}

/** The programme with what the database knows beside its files: earlier definitions that somebody may still be in. */
export async function withEarlier(db: Db, programme: Programme): Promise<Programme> {
  const rows = await db
    .selectFrom("definitions")
    .select(["hash", "body", "templates", "in_flight"])
    .where("in_flight", "is not", null)
    .where((where) =>
      where.or([
        // Another process may still be putting leads into what was replaced just now.
        where("replaced_by", "=", where.selectFrom("applies").select(sql<number>`max(id)`.as("last"))),
        where.exists(
          where
            .selectFrom("enrolments")
            .select("id")
            .whereRef("enrolments.sequence", "=", "definitions.sequence")
            .whereRef("enrolments.definition", "=", "definitions.hash")
            .where("enrolments.state", "=", "open"),
        ),
      ]),
    )
    .orderBy("hash")
    .execute();
  const earlier = new Map<
    string,
    { sequence: Sequence; inFlight: InFlight; templates: Programme["templates"] }
  >();
  for (const row of rows) {
    const inFlight = row.in_flight as InFlight;
    const hashes = inFlight === "keep" ? (JSON.parse(row.templates) as string[]) : [];
    earlier.set(row.hash, {
      sequence: JSON.parse(row.body) as Sequence,
      inFlight,
      templates: await templatesGone(db, programme, hashes),
    });
  }
  return { ...programme, earlier };
}

/** Of these, those whose name the programme has no more. */
async function templatesGone(
  db: Db,
  { templates }: Programme,
  hashes: readonly string[],
): Promise<Programme["templates"]> {
  const gone = new Map<string, Map<string, Template>>();
  if (hashes.length === 0) return gone;
  const rows = await db
    .selectFrom("templates")
    .select(["name", "locale", "body"])
    .where(inList(db, "hash", hashes))
    .orderBy("hash")
    .execute();
  for (const { name, locale, body } of rows) {
    if (templates.has(name)) continue;
    const locales = gone.get(name) ?? new Map<string, Template>();
    gone.set(name, locales.set(locale, JSON.parse(body) as Template));
  }
  return gone;
}

function templateHashes({ templates }: Programme, { steps }: Sequence): string[] {
  const names = Object.values(steps).flatMap((step) => {
    if (step.kind === "send") return step.template;
    return step.kind === "ab" ? step.variants.map((variant) => variant.template) : [];
  });
  const hashes = names.flatMap((name) => [...(templates.get(name)?.values() ?? [])].map(({ hash }) => hash));
  return [...new Set(hashes)].sort();
}
