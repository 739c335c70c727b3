import { byLogOrder, isCounted, type LoggedEvent } from "../events/event.ts";
import { eventInput } from "../events/input.ts";
import type { Instant } from "../instant.ts";
import { forward, type Attributes } from "../leads/lead.ts";
import { sequenceOf, type Programme } from "../programme/programme.ts";
import { advance } from "./advance.ts";
import { consentAfter, type Consent } from "./consent.ts";
import { fewerAfter, type Fewer } from "./fewer.ts";
import { suppress } from "./effects.ts";
import { endEnrolment, openEnrolments } from "./enrol.ts";
import type { Ids, Life, Snapshot } from "./life.ts";
import type { Lived } from "./lived.ts";
import { bothPauses, lastPause, pausesOf } from "./pauses.ts";
import { react, withdrawBaseless } from "./react.ts";
import { append, drainQueue, fold } from "./record.ts";
import { finish, takeUp } from "./reduce.ts";
import { refold } from "./refold.ts";
import { passTime } from "./score.ts";
import type { Acted, LeadState } from "./state.ts";

/**
 * The lead at its new address, which nobody had: all stays as it is but for what was known of the old address alone.
 * `suppressed`: why one of the two gets no mail, null where both may.
 */
export function readdress(
  before: Snapshot,
  email: string,
  suppressed: string | null,
  programme: Programme,
  now: Instant,
  ids: Ids,
): Lived {
  const life = takeUp({ ...before, lead: { ...before.lead, email, suppressed: null } }, programme, now, ids);
  life.now = Math.max(life.now, now);
  life.state.softBounces = 0;
  life.state.taken = false;
  if (suppressed !== null) suppress(life, suppressed, "rename");
  advance(life, now);
  return { before, after: finish(life) };
}

/**
 * `from` and `to`, who turn out to be one person, as one lead under the number and address of `to`: its scores are those
 * of one lead with both logs. Sequences, notices and deals react once to what is other now. Where both have an attribute
 * it is that of `to`, and the log says so. Both come with their logs, lived on to `now`.
 */
export function merge(
  to: Snapshot,
  from: Snapshot,
  suppressed: string | null,
  programme: Programme,
  now: Instant,
  ids: Ids,
): Lived {
  const log = [...to.past!.log, ...from.past!.log].sort(byLogOrder);
  const life = takeUp(bothOf(to, from, log), programme, now, ids);
  life.now = Math.max(life.now, now);
  refold(life, new Map());
  const events = insist(life, to.lead.attributes);
  if (suppressed !== null) suppress(life, suppressed, "rename");
  endRivals(life);
  life.now = Math.max(life.now, life.state.at);
  life.state.lived = life.now;
  passTime(life, life.now);
  react(life, events);
  withdrawBaseless(life);
  drainQueue(life);
  advance(life, now);
  // What is only `from`'s is not there yet for the writer.
  return {
    before: { ...to, messages: [...life.messages.keys()].flatMap(messageBefore(to, from)) },
    after: finish(life),
  };
}

function messageBefore(to: Snapshot, from: Snapshot) {
  const known = new Map([...to.messages, ...from.messages].map((message) => [message.id, message]));
  return (id: number) => known.get(id) ?? [];
}

/** One snapshot of both, whose scores are still to be folded. */
function bothOf(to: Snapshot, from: Snapshot, log: LoggedEvent[]): Snapshot {
  const { lead: own } = to;
  const { lead: other } = from;
  const [state, more] = [to, from].map((one) => JSON.parse(one.state!) as LeadState) as [
    LeadState,
    LeadState,
  ];
  const pauses = bothPauses(pausesOf(own, state), pausesOf(other, more));
  return {
    ...to,
    lead: {
      ...own,
      owner: own.owner ?? other.owner,
      stage: forward(own.stage, other.stage),
      pausedUntil: lastPause(pauses) || null,
      suppressed: null,
      createdAt: Math.min(own.createdAt, other.createdAt),
    },
    state: JSON.stringify({ ...bothStates(state, more, log), pauses }),
    dueAt: null,
    enrolments: [...to.enrolments, ...from.enrolments],
    messages: [...to.messages, ...from.messages],
    past: { log, history: [...to.past!.history, ...from.past!.history] },
  };
}

function bothStates(to: LeadState, from: LeadState, log: readonly LoggedEvent[]): LeadState {
  return {
    ...to,
    lived: later(to.lived, from.lived),
    acted: bothBy(to.acted, from.acted, hotter),
    settling: [...to.settling, ...from.settling],
    ended: bothBy(to.ended, from.ended, later),
    noticed: bothBy(to.noticed, from.noticed, later),
    deals: {
      open: [...to.deals.open, ...from.deals.open],
      count: to.deals.count + from.deals.count,
    },
    consent: log.filter(isCounted).reduce<Consent>(consentAfter, {}),
    fewer: log.filter(isCounted).reduce<Fewer | undefined>(fewerAfter, undefined),
    segments: [...new Set([...to.segments, ...from.segments])],
  };
}

function bothBy<T>(
  to: Readonly<Record<string, T>>,
  from: Readonly<Record<string, T>>,
  choose: (a: T, b: T) => T,
): Record<string, T> {
  const both = { ...from, ...to };
  for (const name of Object.keys(both)) {
    if (name in to && name in from) both[name] = choose(to[name]!, from[name]!);
  }
  return both;
}

function later(a: Instant, b: Instant): Instant {
  return Math.max(a, b);
}

const HEATS: readonly (string | null)[] = [null, "cold", "warm", "hot"];

/** Nobody is told again of what was acted on for either. */
function hotter(a: Acted, b: Acted): Acted {
  const known = [...new Set([...(a.known ?? []), ...(b.known ?? [])])];
  return {
    temperature: HEATS.indexOf(a.temperature) >= HEATS.indexOf(b.temperature) ? a.temperature : b.temperature,
    marks: [...new Set([...a.marks, ...b.marks])],
    ...(known.length > 0 ? { known } : {}),
  };
}

/** The attributes of `to` stay where the fold of both logs comes to others; the change is an event of its own. */
function insist(life: Life, attributes: Attributes): LoggedEvent[] {
  const lost = Object.entries(attributes).filter(([name, value]) => life.lead.attributes[name] !== value);
  if (lost.length === 0) return [];
  const at = Math.max(life.now, life.state.at);
  const input = eventInput("lead.updated", "system", { attributes: Object.fromEntries(lost) });
  const event = append(life, input, at) as LoggedEvent;
  fold(life, event);
  return [event];
}

/**
 * Two enrolments in one sequence are never open at once, nor two in one track. What ends is what would have for one
 * lead: a second entry into a sequence is lost, and another sequence of a track ends the one before.
 */
function endRivals(life: Life): void {
  const trackOf = (enrolment: Parameters<typeof sequenceOf>[1]) =>
    sequenceOf(life.programme, enrolment)?.track;
  const open = openEnrolments(life).sort((a, b) => a.enteredAt - b.enteredAt || a.id - b.id);
  const kept: typeof open = [];
  for (const enrolment of open) {
    if (kept.some(({ sequence }) => sequence === enrolment.sequence)) {
      endEnrolment(life, enrolment, "moved");
      continue;
    }
    const track = trackOf(enrolment) ?? null;
    const rival = track === null ? -1 : kept.findIndex((other) => trackOf(other) === track);
    if (rival >= 0) endEnrolment(life, kept.splice(rival, 1)[0]!, "moved");
    kept.push(enrolment);
  }
}
