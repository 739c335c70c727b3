import type { Instant } from "../instant.ts";
import { advance } from "../lifecycle/advance.ts";
import type { NewNotice } from "../lifecycle/changes.ts";
import type { Ids, Snapshot } from "../lifecycle/life.ts";
import { reduce, takeUp } from "../lifecycle/reduce.ts";
import type { LeadState } from "../lifecycle/state.ts";
import { openedSince, type Programme } from "../programme/programme.ts";
import { wiringOf } from "../lifecycle/wiring.ts";
import { liveAhead, type AheadMail, type QueuedMail } from "./ahead.ts";
import type { Mails } from "./plan-mails.store.ts";
import { HORIZON } from "./plan.ts";

/** The two programmes that a plan compares, and the moment at which one would take the place of the other. */
export interface Comparison {
  readonly live: Programme;
  readonly proposed: Programme;
  readonly now: Instant;
}

/** One lead's days ahead under the programme that is live, and under the proposed one. */
export interface LeadPlan {
  /** As it is, all that is due by now lived. */
  readonly before: Snapshot;
  readonly was: Standing;
  /** As it is right after the change. */
  readonly becomes: Standing;
  /** The enrolments that were open, right after the change. */
  readonly enrolments: ReadonlyMap<number, { readonly state: string; readonly step: string | null }>;
  readonly entered: readonly string[];
  readonly ended: readonly string[];
  readonly now: Ahead;
  readonly proposed: Ahead;
}

export interface Standing {
  readonly temperatures: Readonly<Record<string, string | null>>;
  readonly segments: readonly string[];
}

export interface Ahead {
  readonly mails: readonly AheadMail[];
  readonly notices: readonly NewNotice[];
}

const NOTHING: Ahead = { mails: [], notices: [] };

/** Whether the proposed programme has to score leads anew, from their logs. */
export function needsLogs({ live, proposed }: Comparison): boolean {
  const hashes = new Set(live.models.map(({ hash }) => hash));
  if (proposed.models.some(({ hash }) => !hashes.has(hash))) return true;
  const known = wiringOf(live).keys;
  return [...wiringOf(proposed).keys.keys()].some((key) => !known.has(key));
}

/** Whether the change may touch leads who are in no sequence and for whom nothing is due. */
export function touchesAll(comparison: Comparison): boolean {
  const { live, proposed } = comparison;
  const segments = (programme: Programme) => JSON.stringify(programme.segments);
  return (
    needsLogs(comparison) ||
    openedSince(proposed, live.hash).size > 0 ||
    live.models.length !== proposed.models.length ||
    segments(live) !== segments(proposed)
  );
}

/**
 * Lives one lead through the days ahead twice, by the reducer itself. Null for a lead that has not begun.
 * @throws LogNeeded where the snapshot has no `past` and a changed model asks for it
 */
export function planLead(comparison: Comparison, read: Snapshot, mails: Mails, ids: Ids): LeadPlan | null {
  if (read.state === null) return null;
  const { live, proposed, now } = comparison;
  const { before, queued, notices } = upToNow(comparison, read, mails.queued, ids);
  const until = now + HORIZON;
  const ahead = (programme: Programme) => {
    const life = takeUp(before, programme, now, ids);
    advance(life, now);
    return life;
  };
  const quiet = isQuiet(before, queued, until);
  const base = quiet ? null : ahead(live);
  const was = standingOf(base ? base.state : (JSON.parse(before.state!) as LeadState));
  const baseMails = base ? liveAhead(base, queued, mails.counted, until) : [];
  const life = ahead(proposed);
  const changed = {
    becomes: standingOf(life.state),
    enrolments: new Map(life.enrolments.map(({ id, state, step }) => [id, { state, step }])),
    entered: told(life.changes.happenings, "sequence.entered"),
    ended: told(life.changes.happenings, "sequence.ended"),
  };
  const proposedMails = liveAhead(life, queued, mails.counted, until);
  return {
    before,
    was,
    ...changed,
    now: base
      ? { mails: baseMails, notices: [...notices, ...base.changes.notices] }
      : { ...NOTHING, notices },
    proposed: { mails: proposedMails, notices: [...notices, ...life.changes.notices] },
  };
}

/** Nothing will happen to it by itself. */
export function isQuiet(lead: Snapshot, queued: readonly QueuedMail[], until: Instant): boolean {
  return queued.length === 0 && lead.enrolments.length === 0 && (lead.dueAt === null || lead.dueAt > until);
}

interface UpToNow {
  readonly before: Snapshot;
  readonly queued: readonly QueuedMail[];
  readonly notices: readonly NewNotice[];
}

/** What the jobs have not done yet (the server is down, or busy) comes before the change. */
function upToNow(
  { live, now }: Comparison,
  lead: Snapshot,
  queued: readonly QueuedMail[],
  ids: Ids,
): UpToNow {
  if (lead.programme === live.hash && (lead.dueAt === null || lead.dueAt > now)) {
    return { before: lead, queued, notices: [] };
  }
  const after = reduce(lead, [], live, now, ids);
  const { changes } = after;
  const asked = changes.messages.map((mail): QueuedMail => ({ ...mail, dueAt: mail.at, reason: null }));
  return {
    before: {
      lead: after.lead,
      state: after.state,
      programme: live.hash,
      dueAt: after.dueAt,
      enrolments: after.enrolments.filter(({ state }) => state === "open"),
      messages: after.messages,
      past: lead.past && { ...lead.past, log: [...lead.past.log, ...changes.events] },
    },
    queued: [...queued, ...asked],
    notices: changes.notices,
  };
}

function standingOf({ models, segments }: LeadState): Standing {
  const temperatures = Object.entries(models).map(([name, { temperature }]) => [name, temperature] as const);
  return { temperatures: Object.fromEntries(temperatures), segments };
}

function told(happenings: readonly Readonly<Record<string, unknown>>[], what: string): string[] {
  return happenings.filter((line) => line["what"] === what).map((line) => String(line["sequence"]));
}
