import { insertMany } from "../db/batch.store.ts";
import type { Db, Row } from "../db/tables.ts";
import { AB_LOOKS, HOLDOUT_LOOKS, togetherAt } from "../sequences/ab.ts";
import type { Lived } from "./lived.ts";

/** New parts in experiments; a lead has one in each, the first. */
export async function writeTrials(db: Db, lived: readonly Lived[]): Promise<void> {
  const rows = lived.flatMap(({ after }) =>
    after.changes.trials.map(({ test, variant, message, at }): Row<"trials"> => {
      const looks = message === null ? HOLDOUT_LOOKS : AB_LOOKS;
      return {
        test,
        lead_id: after.lead.id,
        variant,
        message_id: message,
        asked_at: at,
        began_at: null,
        look_at: togetherAt(looks, at + looks.ages[0]),
        converted_at: null,
      };
    }),
  );
  await insertMany(db, "trials", rows, { onConflict: "nothing" });
}
