import { insertMany } from "../db/batch.store.ts";
import { readSetting, writeSetting } from "../db/settings.store.ts";
import type { Db } from "../db/tables.ts";
import type { Template } from "../email/template.ts";
import type { Instant } from "../instant.ts";
import type { Programme } from "./programme.ts";

/** Keeps a programme under its content hash and makes it the one that is applied. Says whether it was another before. */
export async function applyVersion(
  db: Db,
  programme: Programme,
  files: ReadonlyMap<string, string>,
  by: { readonly author: string; readonly message: string; readonly at: Instant },
): Promise<boolean> {
  const before = await readSetting(db, "applied");
  const version = {
    hash: programme.hash,
    applied_at: by.at,
    author: by.author,
    message: by.message,
    files: JSON.stringify(Object.fromEntries(files)),
  };
  await insertMany(db, "versions", [version], {
    onConflict: { keys: ["hash"], update: ["applied_at", "author", "message"] },
  });
  const templates = [...programme.templates.values()].flatMap((locales) => [...locales.values()]);
  await insertMany(
    db,
    "templates",
    templates.map((template) => ({
      hash: template.hash,
      name: template.name,
      locale: template.locale ?? "",
      body: JSON.stringify(template),
    })),
    { onConflict: "nothing" },
  );
  await writeSetting(db, "applied", programme.hash);
  return before !== programme.hash;
}

/** The files of the applied version by path; null before the first. */
export async function appliedFiles(db: Db): Promise<ReadonlyMap<string, string> | null> {
  const hash = await readSetting(db, "applied");
  if (hash === null) return null;
  const row = await db.selectFrom("versions").select("files").where("hash", "=", hash).executeTakeFirst();
  return row ? new Map(Object.entries(JSON.parse(row.files) as Record<string, string>)) : null;
}

/** A template by its hash, of whatever version: a mail can be shown as it was sent. */
export async function findTemplate(db: Db, hash: string): Promise<Template | null> {
  const row = await db.selectFrom("templates").select("body").where("hash", "=", hash).executeTakeFirst();
  return row ? (JSON.parse(row.body) as Template) : null;
}
