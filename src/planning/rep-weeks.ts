import type { CompanyPlace } from "../calendar/place.ts";
import { DAY, WEEK, type Instant } from "../instant.ts";
import type { Reps } from "../reps/definition.ts";
import { routeNotice, type RoutingFacts } from "../reps/routing.ts";

/** A notice that would have been, and what decides who gets it. */
export interface ToRoute {
  readonly at: Instant;
  /** The owner is today's; attributes are those of that instant. */
  readonly lead: RoutingFacts["lead"];
}

/** What one rep would have been told. */
export interface RepWeek {
  readonly rep: string;
  readonly notices: number;
  /** Of them, those that only their turn gave them: who is next also depends on notices that this does not know. */
  readonly byTurn: number;
  readonly perWeek: number;
  /** The most in one week, Monday to Sunday, UTC. */
  readonly busiest: number;
}

export interface RepWeeks {
  readonly reps: readonly RepWeek[];
  /** Found nobody who was there: everyone was away, or there is no rep. */
  readonly toNobody: number;
}

/** A Monday. */
const FIRST_MONDAY = 4 * DAY;

/**
 * Gives these notices to reps by the routing of reps.yaml, in order of time, as if they were the only ones: notices on
 * events, escalations and answers, which can't be known here, move whose turn it is, but not how many there are.
 */
export function repWeeks(
  reps: Reps,
  company: CompanyPlace,
  notices: readonly ToRoute[],
  from: Instant,
  until: Instant,
): RepWeeks {
  const weeks = Math.max(1, (until - from) / WEEK);
  const lastNotified = new Map<string, Instant>();
  const counts = new Map(
    reps.reps.map(({ rep }) => [rep, { notices: 0, byTurn: 0, perWeek: new Map<number, number>() }]),
  );
  let toNobody = 0;
  // A millisecond apart, as notices are told: who waits longest is never a draw.
  let turn = 0;
  for (const { at, lead } of notices.toSorted((a, b) => a.at - b.at)) {
    const routed = routeNotice(reps, { lead, lastNotified, now: at, company, exclude: NOBODY });
    if (!routed) {
      toNobody++;
      continue;
    }
    const { rep, by } = routed;
    turn = Math.max(turn + 1, at);
    lastNotified.set(rep.rep, turn);
    const count = counts.get(rep.rep)!;
    const week = Math.floor((at - FIRST_MONDAY) / WEEK);
    count.notices++;
    if (by === "round_robin") count.byTurn++;
    count.perWeek.set(week, (count.perWeek.get(week) ?? 0) + 1);
  }
  return {
    reps: [...counts].map(([rep, { notices: told, byTurn, perWeek }]) => ({
      rep,
      notices: told,
      byTurn,
      perWeek: told / weeks,
      busiest: Math.max(0, ...perWeek.values()),
    })),
    toNobody,
  };
}

const NOBODY: ReadonlySet<string> = new Set();
