import { expect, test } from "vitest";
import type { Database } from "../../src/db/open.io.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { forEachDatabase } from "../database.ts";
import { created, openHouse } from "../reps/house.ts";

/** What no version of ours would write: it can't be folded. */
async function spoil(db: Database, body = SPOILT): Promise<void> {
  await db.kysely
    .insertInto("inbox")
    .values({ received_at: 0, body, failed: null } as never)
    .execute();
}

const SPOILT = '{"to":{"email":"x@y.example"},"at":1,"live":true,"create":"yes","inputs":[null]}';

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

  test("is kept too where it is no JSON at all, or is of nobody: no word of it is in the log", async () => {
    const db = await open();
    const { spine, arrive } = await openHouse(db);
    const heard: unknown[] = [];
    await arrive("ana@acme.example", created({}));
    await spoil(db, '{"to":{"email":"x@y.exam');
    await spoil(db, "null");
    await drain({ ...spine, warn: (...said) => void heard.push(said) });
    await arrive("bea@acme.example", created({}));
    const failed = await db.kysely.selectFrom("inbox").select(["body", "failed"]).orderBy("id").execute();
    expect(failed.map(({ body }) => body)).toEqual(['{"to":{"email":"x@y.exam', "null"]);
    expect(failed[0]!.failed).toContain("the row is no JSON (24 characters)");
    expect(await db.kysely.selectFrom("leads").select("email").orderBy("id").execute()).toEqual([
      { email: "ana@acme.example" },
      { email: "bea@acme.example" },
    ]);
    expect(heard).toHaveLength(2);
    expect(JSON.stringify(heard)).not.toContain("x@y");
  });

  test("ends a life in virtual time, where nobody would look for it", async () => {
    const db = await open();
    const { spine } = await openHouse(db);
    await spoil(db);
    await expect(drain({ ...spine, strict: true })).rejects.toThrow(/null/);
  });
});
