import { isPostgres } from "../db/dialect.store.ts";
import type { Db } from "../db/tables.ts";
import { readLog } from "../events/log.store.ts";
import type { Instant } from "../instant.ts";
import { LogNeeded, type Ids, type Snapshot } from "../lifecycle/life.ts";
import type { LeadState } from "../lifecycle/state.ts";
import type { InFlight, Programme } from "../programme/programme.ts";
import { longestCap } from "../sending/facts.ts";
import { isQuiet, needsLogs, planLead, touchesAll, type Comparison, type LeadPlan } from "./plan-lead.ts";
import { mailsBetween, type Mails } from "./plan-mails.store.ts";
import { PlanTally } from "./plan-tally.ts";
import { HORIZON, type Plan } from "./plan.ts";
import { readLeads } from "./read-leads.store.ts";

export interface Proposal {
  /** What leads live under now. */
  readonly live: Programme;
  /** What they would live under, with the definitions that those on their way may finish. */
  readonly proposed: Programme;
  readonly inFlight: InFlight;
  readonly now: Instant;
}

/**
 * What applying `proposed` at `now` would do, lead by lead, by the reducer itself in memory. Only reads. Give it a
 * transaction that sees one state of the database (`inOneView`), or leads that change meanwhile are seen half-way.
 */
export async function planOf(
  db: Db,
  { inFlight, ...comparison }: Proposal,
  progress: (done: number, leads: number) => void = () => {},
): Promise<Plan> {
  const { live, proposed, now } = comparison;
  const leads = await countLeads(db);
  const tally = new PlanTally(comparison);
  const all = touchesAll(comparison);
  const since = now - Math.max(longestCap(live), longestCap(proposed));
  const ids = freshIds();
  let done = 0;
  for await (const chunk of readLeads(db, { log: needsLogs(comparison) })) {
    const mails = await mailsBetween(db, chunk[0]!.lead.lead.id, chunk.at(-1)!.lead.lead.id, since);
    for (const { lead, log } of chunk) {
      const mine = mails.get(lead.lead.id) ?? NO_MAILS;
      const known = lead.programme === live.hash;
      if (!all && known && isQuiet(lead, mine.queued, now + HORIZON)) {
        tally.addUntouched(segmentsOf(lead));
        continue;
      }
      const snapshot = { ...lead, past: log.length > 0 ? { log, history: [] } : null };
      const plan = await withLog(db, comparison, snapshot, mine, ids);
      if (plan) tally.add(plan);
    }
    done += chunk.length;
    progress(done, leads);
  }
  return tally.result(leads, inFlight, await lastNotified(db));
}

/** All that `read` reads is of one moment, whatever others write meanwhile. */
export function inOneView<T>(db: Db, read: (trx: Db) => Promise<T>): Promise<T> {
  const transaction = db.transaction();
  return (isPostgres(db) ? transaction.setIsolationLevel("repeatable read") : transaction).execute(read);
}

const NO_MAILS: Mails = { queued: [], counted: [] };

/** A lead that is late in following an earlier apply may need its log though the models are the same. */
async function withLog(
  db: Db,
  comparison: Comparison,
  lead: Snapshot,
  mails: Mails,
  ids: Ids,
): Promise<LeadPlan | null> {
  try {
    return planLead(comparison, lead, mails, ids);
  } catch (error) {
    if (!(error instanceof LogNeeded)) throw error;
    const log = (await readLog(db, [lead.lead.id])).get(lead.lead.id) ?? [];
    return planLead(comparison, { ...lead, past: { log, history: [] } }, mails, ids);
  }
}

function segmentsOf({ state }: Snapshot): readonly string[] {
  return state === null ? [] : (JSON.parse(state) as LeadState).segments;
}

/** Numbers of rows that are never written: above all that are. */
function freshIds(): Ids {
  let last = 2 ** 52;
  const next = () => ++last;
  return { event: next, enrolment: next, message: next, notice: next };
}

async function countLeads(db: Db): Promise<number> {
  const { leads } = await db
    .selectFrom("leads")
    .select(({ fn }) => fn.countAll<number>().as("leads"))
    .executeTakeFirstOrThrow();
  return leads;
}

async function lastNotified(db: Db): Promise<Map<string, Instant>> {
  const rows = await db.selectFrom("reps").selectAll().execute();
  return new Map(
    rows.flatMap((row) => (row.last_notified_at === null ? [] : [[row.rep, row.last_notified_at]])),
  );
}
