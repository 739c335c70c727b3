import { allocate, type Counter } from "../db/dialect.store.ts";
import type { Database } from "../db/open.io.ts";
import type { Ids } from "./life.ts";

const COUNTERS: readonly Counter[] = ["event", "enrolment", "message", "notice"];
const BLOCK = 500;

type Stock = Record<Counter, number[]>;

/** Numbers taken from the database and not given out yet. Lost with the process: gaps do no harm. */
const stocks = new WeakMap<Database, Stock>();

/** The reducer asked for more numbers than were in stock: take more and begin again. */
export class OutOfIds extends Error {
  constructor(counter: Counter) {
    super(`a batch asked for more ${counter} numbers than were in stock`);
  }
}

/** At least `n` numbers of each kind, taken outside the batch's own transaction: one rolled back must not give them again. */
export async function stockUp(db: Database, n: number): Promise<Ids> {
  let stock = stocks.get(db);
  if (!stock) {
    stock = { lead: [], event: [], enrolment: [], message: [], notice: [] };
    stocks.set(db, stock);
  }
  for (const counter of COUNTERS) {
    const missing = n - stock[counter].length;
    if (missing <= 0) continue;
    const taken = await db.unit((trx) => allocate(trx, counter, Math.max(missing, BLOCK)));
    stock[counter].push(...taken);
  }
  const held = stock;
  const take = (counter: Counter) => () => {
    const id = held[counter].shift();
    if (id === undefined) throw new OutOfIds(counter);
    return id;
  };
  return {
    event: take("event"),
    enrolment: take("enrolment"),
    message: take("message"),
    notice: take("notice"),
  };
}
