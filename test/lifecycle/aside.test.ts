import { expect, test } from "vitest";
import type { Database } from "../../src/db/open.io.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { forEachDatabase } from "../database.ts";
import { created, openHouse } from "../reps/house.ts";

/** What no version of ours would write: it can't be folded. */
async function spoil(db: Database): Promise<void> {
  await db.kysely
    .insertInto("inbox")
    .values({
      received_at: 0,
      body: '{"to":{"email":"x@y.example"},"at":1,"live":true,"create":"yes","inputs":[null]}',
      failed: null,
    } as never)
    .execute();
}

forEachDatabase("a row that can't be folded", (open) => {
  test("is kept with the reason, said aloud, and what came before and after it is folded", async () => {
    const db = await open();
    const { spine, warnings, arrive } = await openHouse(db);
    await spoil(db);
    await arrive("ana@acme.example", created({}));
    await drain(spine);
    const failed = await db.kysely.selectFrom("inbox").select(["failed"]).execute();
    expect(failed).toHaveLength(1);
    expect(failed[0]!.failed).toMatch(/null/);
    expect(await db.kysely.selectFrom("leads").select("email").execute()).toEqual([
      { email: "ana@acme.example" },
    ]);
    expect(warnings).toEqual(["an inbox row can't be folded and is set aside"]);
  });

  test("ends a life in virtual time, where nobody would look for it", async () => {
    const db = await open();
    const { spine } = await openHouse(db);
    await spoil(db);
    await expect(drain({ ...spine, strict: true })).rejects.toThrow(/null/);
  });
});
