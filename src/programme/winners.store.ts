import { inList } from "../db/batch.store.ts";
import { kept } from "../db/kept.store.ts";
import type { Db, Row } from "../db/tables.ts";

/** Keeps that a variant has won. A test is decided once. */
export async function saveWinner(db: Db, winner: Row<"winners">): Promise<void> {
  await db
    .insertInto("winners")
    .values(winner)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

const allWinners = kept((db: Db) => db.selectFrom("winners").select(["test", "variant"]));

/** All that was ever decided: test → variant. */
export async function readWinners(db: Db): Promise<ReadonlyMap<string, string>> {
  return new Map((await allWinners(db)).map(({ test, variant }) => [test, variant]));
}

const winnerCount = kept((db: Db) => db.selectFrom("winners").select(({ fn }) => fn.countAll().as("count")));

export async function countWinners(db: Db): Promise<number> {
  const [row] = await winnerCount(db);
  return Number(row!.count);
}

/** What was decided of these tests, and when. */
export function findWinners(db: Db, tests: readonly string[]): Promise<Row<"winners">[]> {
  return db
    .selectFrom("winners")
    .selectAll()
    .where(inList(db, "test", tests))
    .execute();
}
