import type { Db, Row } from "../../db/tables.ts";
import type { Instant } from "../../instant.ts";

/** A place in a lead's log, newest first. */
export interface LogPlace {
  readonly at: Instant;
  readonly seq: number;
}

/** The lead's events before this place (and at most at `until`), newest first. */
export async function eventsBefore(
  db: Db,
  lead: number,
  until: Instant | null,
  before: LogPlace | null,
  limit: number,
): Promise<Row<"events">[]> {
  return db
    .selectFrom("events")
    .selectAll()
    .where("lead_id", "=", lead)
    .$if(until !== null, (query) => query.where("at", "<=", until!))
    .$if(before !== null, (query) =>
      query.where((where) =>
        where.or([
          where("at", "<", before!.at),
          where.and([where("at", "=", before!.at), where("seq", "<", before!.seq)]),
        ]),
      ),
    )
    .orderBy("at", "desc")
    .orderBy("seq", "desc")
    .limit(limit)
    .execute();
}

/** What is no event of the log but happened to the lead all the same; some rows each. */
export async function besidesEvents(db: Db, lead: number) {
  const crossings = await db
    .selectFrom("score_history")
    .selectAll()
    .where("lead_id", "=", lead)
    .orderBy("at")
    .orderBy("place")
    .orderBy("model")
    .execute();
  const enrolments = await db
    .selectFrom("enrolments")
    .selectAll()
    .where("lead_id", "=", lead)
    .orderBy("id")
    .execute();
  const unsent = await db
    .selectFrom("messages")
    .select(["id", "state", "template", "sequence", "step", "reason", "done_at"])
    .where("lead_id", "=", lead)
    .where("state", "in", ["dropped", "failed", "in_doubt"])
    .where("done_at", "is not", null)
    .orderBy("id")
    .execute();
  return { crossings, enrolments, unsent };
}
