import { expect, test } from "vitest";
import { insertMany } from "../../src/db/batch.store.ts";
import { allocate, lockLeads, skipLocked } from "../../src/db/dialect.store.ts";
import type { Db } from "../../src/db/tables.ts";
import { forEachDatabase } from "../database.ts";

async function addLeads(db: Db, ids: readonly number[]): Promise<void> {
  const leads = ids.map((id) => ({
    id,
    email: `${id}@b.example`,
    attributes: "{}",
    folded: "{}",
    owner: null,
    stage: "lead",
    paused_until: null,
    suppressed: null,
    confirmed: 1,
    created_at: 0,
  }));
  await insertMany(db, "leads", leads);
  const states = ids.map((id) => ({ lead_id: id, state: "{}", due_at: null, programme: "" }));
  await insertMany(db, "lead_state", states);
}

forEachDatabase("numbers and locks", (open, { kind }) => {
  test("no number is given twice, also not to units side by side", async () => {
    const database = await open();
    expect(await allocate(database.kysely, "event", 0)).toEqual([]);
    expect(await allocate(database.kysely, "event", 3)).toEqual([1, 2, 3]);
    expect(await allocate(database.kysely, "message", 1)).toEqual([1]);
    const given = await Promise.all(
      Array.from({ length: 50 }, () => database.unit((trx) => allocate(trx, "event", 7))),
    );
    expect(new Set(given.flat()).size).toBe(350);
    for (const numbers of given) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  test("leads are locked in order of id, each once", async () => {
    const database = await open();
    await addLeads(database.kysely, [1, 2, 3]);
    expect(await database.unit((trx) => lockLeads(trx, [3, 1, 3]))).toEqual([1, 3]);
  });

  if (kind === "sqlite") return;

  test("a lead that another process works on is left out", async () => {
    const database = await open();
    await addLeads(database.kysely, [1, 2, 3]);
    await database.unit(async (trx) => {
      expect(await lockLeads(trx, [2])).toEqual([2]);
      const other = await open(database);
      expect(await other.unit((theirs) => lockLeads(theirs, [1, 2, 3]))).toEqual([1, 3]);
      const free = (db: Db) => skipLocked(db, db.selectFrom("lead_state").select("lead_id")).execute();
      expect(await other.unit(free)).toEqual([{ lead_id: 1 }, { lead_id: 3 }]);
    });
  });

  test("a row that refers to a lead can be added while the lead is locked", async () => {
    const database = await open();
    await addLeads(database.kysely, [1]);
    await database.unit(async (trx) => {
      await lockLeads(trx, [1]);
      const other = await open(database);
      const member = { segment: "a", lead_id: 1, joined_at: 0 };
      expect(await insertMany(other.kysely, "segment_members", [member])).toBe(1);
    });
  });
});
