import type { Row } from "../../db/tables.ts";
import type { LoggedEvent } from "../../events/event.ts";
import { readLog } from "../../events/log.store.ts";
import { DAY, type Instant } from "../../instant.ts";
import type { Lead } from "../../leads/lead.ts";
import { findLead } from "../../leads/leads.store.ts";
import type { Spine } from "../../lifecycle/spine.ts";
import type { LeadState } from "../../lifecycle/state.ts";
import type { Programme } from "../../programme/programme.ts";
import { listDeals, type Deal } from "../../reps/deals.store.ts";
import { noticesOfLead } from "../../reps/notices.store.ts";
import type { Notice } from "../../reps/notices.ts";
import { curve, explain, type Explanation, type Sample } from "../../scoring/explain.ts";
import type { Model } from "../../scoring/model.ts";
import { enrolmentsOf, historyOf, mailsOf, stateOf, type MailRow } from "./lead.store.ts";

/** One model's view of a lead. */
export interface ScoreView {
  readonly model: Model;
  readonly explanation: Explanation;
  /** The total over time, and on into the time to come if nothing happens. */
  readonly line: readonly Sample[];
}

/** All that the page of a lead shows. */
export interface LeadView {
  readonly now: Instant;
  readonly lead: Lead;
  readonly programme: Programme;
  /** In order. */
  readonly log: readonly LoggedEvent[];
  /** By the models that score it. */
  readonly scores: readonly ScoreView[];
  /** Newest first, as all lists here. */
  readonly mails: readonly MailRow[];
  readonly enrolments: readonly Row<"enrolments">[];
  readonly history: readonly Row<"score_history">[];
  readonly notices: readonly Notice[];
  readonly deals: readonly Deal[];
  readonly state: LeadState | null;
  /** When the engine looks at it next by itself. */
  readonly dueAt: Instant | null;
}

const LONGEST_LOOK_BACK = 240 * DAY;
const SAMPLES = 160;

/** null: there is no such lead. A fixed number of statements, however much has happened to it. */
export async function viewLead(
  { db: { kysely: db }, clock, programme: live }: Spine,
  email: string,
): Promise<LeadView | null> {
  const lead = await findLead(db, email);
  if (!lead) return null;
  const now = clock.now();
  const programme = live();
  const log = (await readLog(db, [lead.id])).get(lead.id) ?? [];
  const kept = await stateOf(db, lead.id);
  return {
    now,
    lead,
    programme,
    log,
    scores: programme.models.flatMap((model) => scoreView(model, log, now) ?? []),
    mails: await mailsOf(db, lead.id),
    enrolments: await enrolmentsOf(db, lead.id),
    history: await historyOf(db, lead.id),
    notices: await noticesOfLead(db, lead.id),
    deals: (await listDeals(db, { lead: lead.id })).deals,
    state: kept && (JSON.parse(kept.state) as LeadState),
    dueAt: kept?.due_at ?? null,
  };
}

function scoreView(model: Model, events: readonly LoggedEvent[], now: Instant): ScoreView | null {
  const log = { created: null, events };
  const explanation = explain(model, log, now);
  if (!explanation) return null;
  const from = Math.max(events[0]!.at, now - LONGEST_LOOK_BACK);
  const ahead = Math.min(45 * DAY, Math.max(5 * DAY, (now - from) / 4));
  return { model, explanation, line: curve(model, log, from, now + ahead, SAMPLES) };
}
