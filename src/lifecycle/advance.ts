import type { Instant } from "../instant.ts";
import { openEnrolments } from "./enrol.ts";
import type { Ahead, Life } from "./life.ts";
import { nextSegmentChange } from "./membership.ts";
import { drainQueue } from "./record.ts";
import { react } from "./react.ts";
import { nextCrossings, passTime } from "./score.ts";

/** Two dues of one lead are at least a millisecond apart but for a handful at one instant; more is a bug of ours. */
const MOST_TURNS = 100_000;

/**
 * Lives through all that is due up to and including `until`, in order of time: crossings, settling times, waits and
 * deadlines, memberships that end. Nothing depends on how often this is called.
 */
export function advance(life: Life, until: Instant): void {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const next = nextDue(life);
    if (next === null || next > until) {
      life.now = Math.max(life.now, until);
      return;
    }
    life.ahead = null;
    life.now = Math.max(life.now, next);
    life.state.lived = life.now;
    passTime(life, life.now);
    const { settling } = life.state;
    const settled = settling.filter((waiting) => waiting.until <= life.now);
    if (settled.length > 0) life.state.settling = settling.filter((waiting) => waiting.until > life.now);
    react(
      life,
      settled.map((waiting) => waiting.event),
    );
    drainQueue(life);
  }
  throw new Error(`lead ${life.lead.id} has something due for ever at ${life.now}`);
}

/** The next instant at which anything happens to this lead by time alone; may lie in the past. */
export function nextDue(life: Life): Instant | null {
  return (life.ahead ??= lookAhead(life)).due;
}

function lookAhead(life: Life): Ahead {
  const crossings = nextCrossings(life);
  let due: Instant | null = null;
  const consider = (at: Instant | null) => {
    if (at !== null && (due === null || at < due)) due = at;
  };
  for (const crossing of crossings.values()) if (crossing) consider(crossing.at);
  for (const waiting of life.state.settling) consider(waiting.until);
  for (const enrolment of openEnrolments(life)) consider(enrolment.dueAt);
  consider(nextSegmentChange(life));
  return { due, crossings };
}
