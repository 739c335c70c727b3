import type { Db } from "../db/tables.ts";
import { openBacktest, type Backtest, type Question } from "./backtest.ts";
import { readLeads } from "./read-leads.store.ts";

interface Watching {
  /** Told after each chunk how many leads have been read, and waited for. */
  read?(leads: number): void | Promise<void>;
  /** Leads at once; few of them where others wait for this process. */
  readonly chunk?: number;
}

/** Replays the whole log under the question's models, in memory, a chunk of leads at a time. Changes nothing. */
export async function backtest(db: Db, question: Question, watching: Watching = {}): Promise<Backtest> {
  const { add, result } = openBacktest(question);
  let read = 0;
  for await (const leads of readLeads(db, watching.chunk === undefined ? {} : { chunk: watching.chunk })) {
    for (const { lead, log } of leads) add({ lead: lead.lead, log });
    read += leads.length;
    await watching.read?.(read);
  }
  return result();
}
