import type Native from "better-sqlite3";
import { stopwatch } from "../clock.ts";
import { SECOND, type Duration } from "../instant.ts";
import { isBusy } from "./trouble.ts";

/** Longer waits freeze the event loop (SQLite blocks the thread); past this the spool takes over. */
export const BUSY_TIMEOUT = 250;

const BETWEEN_WAITS = 2 * SECOND;

/** Runs a statement that may have to wait for another process. */
export type Waiting = <T>(statement: () => T) => T;

/**
 * For a process that serves: while another one holds the file it waits in vain once in two seconds, and whoever asks in
 * between hears at once that it is busy. With a wait for each, a lock of half a minute would let hardly anybody through,
 * not even those who need no database.
 */
export function rareWaits(native: Native.Database): Waiting {
  let sinceWait: (() => Duration) | null = null;
  let waits = true;

  function patience(wanted: boolean): void {
    if (wanted === waits) return;
    native.pragma(`busy_timeout = ${wanted ? BUSY_TIMEOUT : 0}`);
    waits = wanted;
  }

  return (statement) => {
    // Whoever has a transaction open holds the file.
    if (native.inTransaction) return statement();
    patience(sinceWait === null || sinceWait() >= BETWEEN_WAITS);
    try {
      const result = statement();
      sinceWait = null;
      return result;
    } catch (error) {
      if (waits && isBusy(error)) sinceWait = stopwatch();
      throw error;
    }
  };
}
