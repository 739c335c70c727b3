import type { Db } from "../db/tables.ts";
import type { Template } from "../email/template.ts";

/** Every stored version, or the one whose hash begins so (hex). */
export async function readTemplates(db: Db, prefix = ""): Promise<Template[]> {
  const rows = await db
    .selectFrom("templates")
    .select("body")
    .where("hash", ">=", prefix)
    .where("hash", "<", `${prefix}g`)
    .execute();
  return rows.map((row) => JSON.parse(row.body) as Template);
}

/** What the UTM parameters of a mail's links may name and a click token does not carry. */
export interface MailNames {
  readonly sequence: string | null;
  readonly step: string | null;
  readonly variant: string | null;
}

export async function readMailNames(db: Db, message: number): Promise<MailNames | null> {
  const row = await db
    .selectFrom("messages")
    .select(["sequence", "step", "variant"])
    .where("id", "=", message)
    .executeTakeFirst();
  return row ?? null;
}
