import { readSetting, writeSetting } from "../db/settings.store.ts";
import type { Db } from "../db/tables.ts";

/** While a hold is on, nothing leaves. */
export async function isHeld(db: Db): Promise<boolean> {
  return (await readSetting(db, "hold")) !== null;
}

export async function setHold(db: Db, on: boolean, reason = "held"): Promise<void> {
  await writeSetting(db, "hold", on ? reason : null);
}
