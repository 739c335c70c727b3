import { allocate, type Counter } from "../db/dialect.store.ts";
import type { Database } from "../db/open.io.ts";
import type { Db } from "../db/tables.ts";
import type { Ids } from "./life.ts";

const COUNTERS = ["enrolment", "message", "notice"] as const;
const BLOCK = 500;

/** Numbers taken from the database and not given out yet. Lost with the process: gaps do no harm. */
const stocks = new WeakMap<Database, Record<(typeof COUNTERS)[number], number[]>>();

/** What a batch may give out; its events are numbered by `numberEvents`. */
export interface Stock extends Omit<Ids, "event"> {
  /** At least so many of each kind. */
  readonly size: number;
}

/** The reducer asked for more numbers than were in stock: take more and begin again. */
export class OutOfIds extends Error {
  constructor(counter: Counter) {
    super(`a batch asked for more ${counter} numbers than were in stock`);
  }
}

/** At least `n` numbers of each kind, taken outside the batch's own transaction: one rolled back must not give them again. */
export async function stockUp(db: Database, n: number): Promise<Stock> {
  let stock = stocks.get(db);
  if (!stock) {
    stock = { enrolment: [], message: [], notice: [] };
    stocks.set(db, stock);
  }
  for (const counter of COUNTERS) {
    const missing = n - stock[counter].length;
    if (missing <= 0) continue;
    const taken = await db.unit((trx) => allocate(trx, counter, Math.max(missing, BLOCK)));
    stock[counter].push(...taken);
  }
  return {
    size: n,
    enrolment: giveOut("enrolment", stock.enrolment),
    message: giveOut("message", stock.message),
    notice: giveOut("notice", stock.notice),
  };
}

/**
 * With numbers for the events of leads that this transaction has locked: larger than all in their logs, or those of
 * one instant would stand there in another order than they were folded in wherever several processes took turns.
 */
export async function numberEvents(trx: Db, stock: Stock): Promise<Ids> {
  return { ...stock, event: giveOut("event", await allocate(trx, "event", stock.size)) };
}

function giveOut(counter: Counter, numbers: number[]): () => number {
  return () => {
    const number = numbers.shift();
    if (number === undefined) throw new OutOfIds(counter);
    return number;
  };
}
