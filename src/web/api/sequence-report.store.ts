import { sql } from "kysely";
import type { Db } from "../../db/tables.ts";

export interface EnrolmentCount {
  readonly sequence: string;
  /** null: open. */
  readonly outcome: string | null;
  readonly count: number;
}

/** How many enrolments each sequence has, by outcome. */
export async function countEnrolments(db: Db, sequence?: string): Promise<EnrolmentCount[]> {
  const rows = await db
    .selectFrom("enrolments")
    .$if(sequence !== undefined, (query) => query.where("sequence", "=", sequence!))
    .select(({ fn }) => ["sequence", "outcome", fn.countAll<number>().as("count")])
    .groupBy(["sequence", "outcome"])
    .orderBy("sequence")
    .orderBy("outcome")
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** How many open enrolments stand at each step now. */
export async function countWaiting(db: Db, sequence: string): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("enrolments")
    .where("sequence", "=", sequence)
    .where("state", "=", "open")
    .where("step", "is not", null)
    .select(({ fn }) => ["step", fn.countAll<number>().as("count")])
    .groupBy("step")
    .execute();
  return new Map(rows.map((row) => [row.step!, Number(row.count)]));
}

/** What the mails of one step, or of one variant of it, came to: by people. */
export interface MailCount {
  readonly step: string;
  readonly variant: string | null;
  readonly entered: number;
  readonly sent: number;
  readonly opened: number;
  readonly clicked: number;
  readonly replied: number;
  readonly bounced: number;
  readonly unsubscribed: number;
  /** Their enrolment reached the sequence's goal afterwards. */
  readonly goal: number;
}

export async function countMails(db: Db, sequence: string): Promise<MailCount[]> {
  const rows = await db
    .selectFrom("messages")
    .leftJoin("enrolments", "enrolments.id", "messages.enrolment_id")
    .where("messages.sequence", "=", sequence)
    .where("messages.step", "is not", null)
    .select(({ fn }) => [
      "messages.step",
      "messages.variant",
      fn.countAll<number>().as("entered"),
      fn.count<number>("messages.sent_at").as("sent"),
      fn.count<number>("messages.opened_at").as("opened"),
      fn.count<number>("messages.clicked_at").as("clicked"),
      fn.count<number>("messages.replied_at").as("replied"),
      fn.count<number>("messages.bounced_at").as("bounced"),
      fn.count<number>("messages.unsubscribed_at").as("unsubscribed"),
      sql<number>`count(case when enrolments.outcome = 'goal' then 1 end)`.as("goal"),
    ])
    .groupBy(["messages.step", "messages.variant"])
    .execute();
  return rows.map((row) => ({
    step: row.step!,
    variant: row.variant,
    entered: Number(row.entered),
    sent: Number(row.sent),
    opened: Number(row.opened),
    clicked: Number(row.clicked),
    replied: Number(row.replied),
    bounced: Number(row.bounced),
    unsubscribed: Number(row.unsubscribed),
    goal: Number(row.goal),
  }));
}

export interface MachineCount {
  readonly step: string;
  readonly variant: string | null;
  readonly type: "email.opened" | "email.clicked";
  readonly count: number;
}

/** How many mails of each step machines opened and clicked. Its cost follows the mails that a machine has touched. */
export async function countMachines(db: Db, sequence: string): Promise<MachineCount[]> {
  const rows = await db
    .selectFrom("messages")
    .innerJoin("events", (join) =>
      join
        .onRef("events.lead_id", "=", "messages.lead_id")
        .onRef("events.at", ">=", "messages.queued_at")
        .onRef("events.message_id", "=", "messages.id"),
    )
    .where("messages.sequence", "=", sequence)
    .where("messages.step", "is not", null)
    .where("messages.machine_at", "is not", null)
    .where("events.type", "in", ["email.opened", "email.clicked"])
    .where("events.verdict", "in", ["prefetch", "scanner"])
    .select(({ fn }) => [
      "messages.step",
      "messages.variant",
      "events.type",
      fn.count<number>("messages.id").distinct().as("count"),
    ])
    .groupBy(["messages.step", "messages.variant", "events.type"])
    .execute();
  return rows.map((row) => ({
    step: row.step!,
    variant: row.variant,
    type: row.type as MachineCount["type"],
    count: Number(row.count),
  }));
}
