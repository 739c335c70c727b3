import { sql } from "kysely";
import { kept } from "../db/kept.store.ts";
import type { Db } from "../db/tables.ts";
import type { Counted } from "../email/messages.store.ts";
import type { Instant } from "../instant.ts";
import type { QueuedMail } from "./ahead.ts";

/** A lead's mails of sequences that wait, and those that count against caps, ascending. */
export interface Mails {
  readonly queued: QueuedMail[];
  readonly counted: Counted[];
}

const between = kept((db: Db, first: number, last: number, since: Instant) =>
  db
    .selectFrom("messages")
    .select([
      "id",
      "lead_id",
      "enrolment_id",
      "sequence",
      "step",
      "template",
      "variant",
      "state",
      "priority",
      "due_at",
      "reason",
      "sent_at",
      "gated_at",
    ])
    .where("lead_id", ">=", first)
    .where("lead_id", "<=", last)
    .where("kind", "=", sql.lit("sequence"))
    .where((where) =>
      where.or([where("sent_at", ">", since), where("state", "in", ["queued", "sending", "in_doubt"])]),
    )
    .orderBy("lead_id")
    .orderBy("id"),
);

/** By lead, of those from `first` to `last`; of what was sent, what was since then. */
export async function mailsBetween(
  db: Db,
  first: number,
  last: number,
  since: Instant,
): Promise<Map<number, Mails>> {
  const found = new Map<number, Mails>();
  for (const row of await between(db, first, last, since)) {
    const lead = row.lead_id!;
    let mails = found.get(lead);
    if (!mails) found.set(lead, (mails = { queued: [], counted: [] }));
    if (row.state === "queued" || row.state === "sending") {
      const { id, enrolment_id, sequence, step, template, variant, priority, due_at, reason } = row;
      mails.queued.push({
        id,
        enrolment: enrolment_id,
        sequence,
        step,
        template,
        variant,
        priority,
        dueAt: due_at,
        reason,
      });
    } else {
      const at = row.sent_at ?? row.gated_at ?? 0;
      if (at > since) mails.counted.push({ id: row.id, lead, sequence: row.sequence, at });
    }
  }
  for (const { counted } of found.values()) counted.sort((a, b) => a.at - b.at);
  return found;
}
