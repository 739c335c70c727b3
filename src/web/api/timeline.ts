import type { Row } from "../../db/tables.ts";
import { isCounted, type Verdict } from "../../events/event.ts";
import type { Instant } from "../../instant.ts";
import type { HistoryRow } from "../../lifecycle/changes.ts";
import { shownInstant } from "./fields.ts";
import type { besidesEvents } from "./timeline.store.ts";

type Besides = Awaited<ReturnType<typeof besidesEvents>>;

/** One line of a timeline, with its place: newest first by `at`, then `rank`, then `key`. */
export interface Entry {
  readonly at: Instant;
  /** Of one instant what it led to is newer than the event. */
  readonly rank: number;
  readonly key: number;
  readonly line: Readonly<Record<string, unknown>>;
}

export const EVENT_RANK = 0;
const CROSSING_RANK = 1;
const ENTERED_RANK = 2;
const ENDED_RANK = 3;
const UNSENT_RANK = 4;

const HISTORY: Readonly<Record<HistoryRow["kind"], (what: string) => string>> = {
  temperature: (what) => `${what}.crossed`,
  mark: (what) => `${what}.crossed`,
  withdrawn: (what) => `${what}.withdrawn`,
  revision: (what) => `${what}.revised`,
};

export function eventEntry(row: Row<"events">): Entry {
  return {
    at: row.at,
    rank: EVENT_RANK,
    key: row.seq,
    line: {
      at: shownInstant(row.at),
      what: "event",
      type: row.type,
      actor: row.actor,
      verdict: row.verdict,
      machine: !isCounted({ verdict: row.verdict as Verdict }),
      why: row.verdict_reason,
      message: row.message_id,
      properties: JSON.parse(row.properties) as unknown,
    },
  };
}

export function otherEntries({ crossings, enrolments, unsent }: Besides): Entry[] {
  const entries: Entry[] = [];
  const add = (
    at: Instant,
    rank: number,
    key: number,
    what: string,
    more: Readonly<Record<string, unknown>>,
  ) => entries.push({ at, rank, key, line: { at: shownInstant(at), what, ...more } });
  let place = 0;
  for (const [index, row] of crossings.entries()) {
    // Its place among those of its instant, so that what is inserted elsewhere moves no cursor.
    place = crossings[index - 1]?.at === row.at ? place + 1 : 0;
    add(
      row.at,
      CROSSING_RANK,
      place,
      HISTORY[row.kind as HistoryRow["kind"]](row.mark === null ? "score" : "mark"),
      {
        model: row.model,
        ...(row.mark === null ? {} : { mark: row.mark }),
        from: row.from_state,
        to: row.to_state,
        cause: row.cause,
        event: row.event,
        total: row.total,
        revised: row.revised === 1,
      },
    );
  }
  for (const row of enrolments) {
    const { sequence } = row;
    add(row.entered_at, ENTERED_RANK, row.id, "sequence.entered", { sequence });
    if (row.ended_at !== null)
      add(row.ended_at, ENDED_RANK, row.id, "sequence.ended", { sequence, outcome: row.outcome });
  }
  for (const { id, state, template, sequence, step, reason, done_at } of unsent) {
    add(done_at!, UNSENT_RANK, id, `message.${state}`, { message: id, template, sequence, step, reason });
  }
  return entries;
}

export function newestFirst(a: Entry, b: Entry): number {
  return b.at - a.at || b.rank - a.rank || b.key - a.key;
}
