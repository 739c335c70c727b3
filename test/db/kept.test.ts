import { expect, test } from "vitest";
import { inList, insertMany, updateMany } from "../../src/db/batch.store.ts";
import { kept } from "../../src/db/kept.store.ts";
import type { Db } from "../../src/db/tables.ts";
import { forEachDatabase } from "../database.ts";

const columns = ["id", "email", "attributes", "owner", "stage", "confirmed", "created_at"] as const;
const leads = [1, 2, 3].map((id) => ({
  id,
  email: `lead${id}@a.example`,
  attributes: `{"quote":"'\\"😀"}`,
  owner: id === 2 ? null : "rita",
  stage: "lead",
  confirmed: 1,
  created_at: Number.MAX_SAFE_INTEGER,
}));

let built = 0;
const ownedBy = kept((db: Db, ids: readonly number[], owner: string, limit: number) => {
  built++;
  return db
    .selectFrom("leads")
    .select(columns)
    .where(inList(db, "id", ids))
    .where("owner", "=", owner)
    .orderBy("id")
    .limit(limit);
});
const remove = kept((db: Db, ids: readonly number[]) => db.deleteFrom("leads").where(inList(db, "id", ids)));

forEachDatabase("a kept statement", (open) => {
  test("is made once and answers alike inside a unit and outside", async () => {
    const db = await open();
    await db.unit((trx) => insertMany(trx, "leads", leads, { columns }));
    built = 0;
    const outside = await ownedBy(db.kysely, [1, 2, 3], "rita", 5);
    const inside = await db.unit((trx) => ownedBy(trx, [1, 2, 3], "rita", 5));
    expect(inside).toEqual([leads[0], leads[2]]);
    expect(outside).toEqual(inside);
    expect(await ownedBy(db.kysely, [3], "rita", 5)).toEqual([leads[2]]);
    expect(await ownedBy(db.kysely, [1, 3], "rita", 1)).toEqual([leads[0]]);
    expect(await ownedBy(db.kysely, [], "rita", 5)).toEqual([]);
    expect(built).toBeLessThanOrEqual(1);
  });

  test("writes within the unit that it is used in, and goes with it", async () => {
    const db = await open();
    await db.unit((trx) => insertMany(trx, "leads", leads, { columns }));
    await expect(
      db.unit(async (trx) => {
        await remove(trx, [1, 2]);
        expect(await trx.selectFrom("leads").select("id").execute()).toEqual([{ id: 3 }]);
        throw new Error("undo");
      }),
    ).rejects.toThrow("undo");
    expect(await ownedBy(db.kysely, [1, 2, 3], "rita", 5)).toHaveLength(2);
  });

  test("says so at once where a unit reaches past its transaction", async () => {
    const db = await open();
    await expect(db.unit(() => ownedBy(db.kysely, [1], "rita", 1))).rejects.toThrow(
      "inside a unit use its transaction",
    );
  });

  test("rows written inside a unit are those written outside", async () => {
    const db = await open();
    await db.unit((trx) => insertMany(trx, "leads", leads.slice(0, 2), { columns }));
    await insertMany(db.kysely, "leads", leads.slice(2), { columns });
    const change = leads.map(({ id }) => ({ id, owner: id === 1 ? null : `rep ${id}`, created_at: id }));
    const inside = await db.unit((trx) =>
      updateMany(trx, "leads", ["id"], ["owner", "created_at"], [change[0]!, { ...change[1]!, id: 99 }]),
    );
    const outside = await updateMany(db.kysely, "leads", ["id"], ["owner", "created_at"], change.slice(1));
    expect([inside, outside]).toEqual([1, 2]);
    expect(
      await db.kysely.selectFrom("leads").select(["id", "owner", "created_at"]).orderBy("id").execute(),
    ).toEqual(change);
    await expect(
      db.unit((trx) => insertMany(trx, "leads", [{ ...leads[0]!, id: Number.NaN }], { columns })),
    ).rejects.toThrow(RangeError);
  });
});
