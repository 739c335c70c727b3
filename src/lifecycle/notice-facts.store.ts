import { DEFAULT_MODEL } from "../conditions/condition.ts";
import type { Db } from "../db/tables.ts";
import { readLog } from "../events/log.store.ts";
import type { Instant } from "../instant.ts";
import type { Lead } from "../leads/lead.ts";
import { leadOf } from "../leads/leads.store.ts";
import type { Programme } from "../programme/programme.ts";
import { mailsTo } from "../reps/mails.store.ts";
import type { NoticeFacts } from "../reps/notice.ts";
import type { Notice } from "../reps/notices.ts";
import { ruleOf } from "../reps/telling.ts";
import { explain } from "../scoring/explain.ts";

const MOST_MAILS = 5;

export async function readLead(db: Db, id: number): Promise<Lead | null> {
  const row = await db.selectFrom("leads").selectAll().where("id", "=", id).executeTakeFirst();
  return row ? leadOf(row) : null;
}

/** All that is said of a notice, as of now; the lead's inbox is drained before. */
export async function readNoticeFacts(
  db: Db,
  programme: Programme,
  notice: Notice,
  lead: Lead,
  now: Instant,
): Promise<NoticeFacts> {
  const { reason } = notice;
  const log = (await readLog(db, [lead.id])).get(lead.id) ?? [];
  const { sent, subjects } = await mailsTo(db, lead.id);
  const model =
    programme.models.find((candidate) => candidate.name === (reason.model ?? DEFAULT_MODEL)) ?? null;
  return {
    now,
    lead,
    reason,
    on: ruleOf(programme.reps, notice)?.on ?? null,
    sequence: reason.sequence === null ? null : (programme.sequences.get(reason.sequence)?.title ?? null),
    model,
    explanation: model && explain(model, { created: null, events: log }, now),
    log,
    mails: sent.slice(0, MOST_MAILS),
    subjects,
  };
}
