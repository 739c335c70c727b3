import { sql, type SqlBool } from "kysely";
import type { Db, Row } from "../db/tables.ts";
import type { Lead } from "../leads/lead.ts";
import { LEAD_COLUMNS, leadOf } from "../leads/leads.store.ts";

const ROWS_AT_ONCE = 1000;

/** All leads in order of their numbers, some hundred at a time. */
export async function* pagesOfLeads(db: Db): AsyncGenerator<Lead[]> {
  for (let after = 0; ;) {
    const rows = await db
      .selectFrom("leads")
      .select(LEAD_COLUMNS)
      .where("id", ">", after)
      .orderBy("id")
      .limit(ROWS_AT_ONCE)
      .execute();
    if (rows.length === 0) return;
    yield rows.map(leadOf);
    after = rows.at(-1)!.id;
  }
}

export type ExportedEvent = Omit<Row<"events">, "recorded_at"> & { readonly email: string };

/** All logs, lead by lead and each in its order, some hundred events at a time. */
export async function* pagesOfEvents(db: Db): AsyncGenerator<ExportedEvent[]> {
  let after: readonly [lead: number, at: number, seq: number] = [0, Number.MIN_SAFE_INTEGER, 0];
  for (;;) {
    const rows = await db
      .selectFrom("events")
      .innerJoin("leads", "leads.id", "events.lead_id")
      .select([
        "events.lead_id",
        "events.at",
        "events.seq",
        "events.type",
        "events.actor",
        "events.verdict",
        "events.verdict_reason",
        "events.message_id",
        "events.properties",
        "leads.email",
      ])
      .where(sql<SqlBool>`(events.lead_id, events.at, events.seq) > (${sql.join(after)})`)
      .orderBy("events.lead_id")
      .orderBy("events.at")
      .orderBy("events.seq")
      .limit(ROWS_AT_ONCE)
      .execute();
    if (rows.length === 0) return;
    yield rows;
    const last = rows.at(-1)!;
    after = [last.lead_id, last.at, last.seq];
  }
}
