import { kept } from "./kept.store.ts";
import type { Db } from "./tables.ts";

const settingOf = kept((db: Db, name: string) =>
  db.selectFrom("settings").select("value").where("name", "=", name),
);

/** Small facts of this installation that are no configuration: whether mail is on hold, what is applied. */
export async function readSetting(db: Db, name: string): Promise<string | null> {
  const [row] = await settingOf(db, name);
  return row?.value ?? null;
}

export async function writeSetting(db: Db, name: string, value: string | null): Promise<void> {
  if (value === null) await db.deleteFrom("settings").where("name", "=", name).execute();
  else {
    await db
      .insertInto("settings")
      .values({ name, value })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
      .execute();
  }
}
