import type { Message } from "../email/message.ts";
import { byLogOrder, isCounted, settles, type Event } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import { withAttributes, type Lead } from "../leads/lead.ts";
import type { Programme } from "../programme/programme.ts";
import { nextTemperatureCrossing, totalAt } from "../scoring/fold.ts";
import type { Enrolment } from "../sequences/enrolment.ts";
import { advance, nextDue } from "./advance.ts";
import { isNewBounce } from "./bounces.ts";
import type { Changes } from "./changes.ts";
import { formerAddress, suppress, unsuppress } from "./effects.ts";
import { enrol } from "./enrol.ts";
import { follow } from "./follow.ts";
import { judgeHits, NO_VERDICTS, type Verdicts } from "./hits.ts";
import { eventInput, type Call, type EventInput } from "../events/input.ts";
import { isAtHome } from "./in-flight.ts";
import { beginLife, happened, type Ids, type Life, type Snapshot } from "./life.ts";
import { afterFold, append, drainQueue, fold } from "./record.ts";
import { catchUpSilently, react, withdrawBaseless } from "./react.ts";
import { refold } from "./refold.ts";
import { beginScores, nextCrossings, passTime, prepareActs } from "./score.ts";

/** What a lead has become: its rows as they are now, and what is new. */
export interface Reduced {
  readonly lead: Lead;
  readonly state: string;
  readonly dueAt: Instant | null;
  readonly scores: readonly Score[];
  /** Models that scored the lead before and no longer do. */
  readonly unscored: readonly string[];
  readonly enrolments: readonly Enrolment[];
  readonly messages: readonly Message[];
  readonly changes: Changes;
}

export interface Score {
  readonly model: string;
  readonly temperature: string;
  readonly total: number;
  readonly at: Instant;
  readonly nextAt: Instant | null;
}

/**
 * The heart: one lead's snapshot, what reached it and the programme in; what it has become out. Pure. Verdict → time
 * → fold → crossing → reactions, for each call in turn, then time alone up to `now`.
 * @throws LogNeeded where the snapshot has no `past` and a late event, a changed verdict or a new rule asks for it
 */
export function reduce(
  snapshot: Snapshot,
  calls: readonly Call[],
  programme: Programme,
  now: Instant,
  ids: Ids,
): Reduced {
  let begun = snapshot.state !== null;
  const life = begun ? takeUp(snapshot, programme, now, ids) : beginLife(snapshot, programme, ids);
  if (!begun) {
    life.now = calls[0]?.at ?? now;
    prepareActs(life);
  }
  const verdicts = judgeHits(life, calls);
  if (!verdicts.countsChange) {
    for (const [seq, flip] of verdicts.flipped) life.changes.verdicts.push({ seq, ...flip });
  }
  for (const call of [...calls].sort((a, b) => a.at - b.at)) {
    life.live = true;
    if (begun) advance(life, call.at);
    live(life, call, verdicts, begun);
    begun = true;
  }
  life.live = true;
  if (begun) advance(life, now);
  return finish(life);
}

/**
 * A working copy of a lead that has begun, as it last was; where it was lived under another programme, taken over to
 * this one at `now`. To be lived on in memory by `advance` and `hear`, as `plan` does.
 * @throws LogNeeded as `reduce` does
 */
export function takeUp(snapshot: Snapshot, programme: Programme, now: Instant, ids: Ids): Life {
  const life = beginLife(snapshot, programme, ids);
  life.now = Math.max(life.state.at, life.state.lived);
  if (snapshot.programme !== programme.hash || !life.enrolments.every((open) => isAtHome(programme, open)))
    follow(life, snapshot.programme, now);
  return life;
}

/** Lets one call that brings no open or click reach a lead that has begun. */
export function hear(life: Life, call: Call): void {
  advance(life, call.at);
  live(life, call, NO_VERDICTS, true);
  life.live = true;
}

function live(life: Life, call: Call, verdicts: Verdicts, begun: boolean): void {
  life.ahead = null;
  life.live = call.live;
  life.now = Math.max(life.now, call.at);
  if (!begun && call.live) happened(life, "lead.created", {});
  const events = record(life, call, verdicts);
  const flips =
    verdicts.countsChange &&
    life.changes.verdicts.length === 0 &&
    call.inputs.some((input) => input.kind === "event" && verdicts.inputs.has(input));
  const late = begun && events.some((event) => event.at < life.state.at);
  if (late || flips) {
    refold(life, verdicts.flipped);
    for (const event of events) afterFold(life, event);
  } else {
    if (!begun) beginAt(life, events);
    for (const event of events) fold(life, event);
  }
  for (const input of call.inputs) {
    if (input.kind === "set") {
      const { owner = life.lead.owner, stage = life.lead.stage } = input;
      life.lead = { ...life.lead, owner, stage };
    }
    if (input.kind === "suppress") {
      // The lead's own yes takes back that it left, and no complaint of meanwhile.
      const own = input.source === "lead" && life.lead.suppressed !== "unsubscribed";
      if (input.reason !== null) suppress(life, input.reason, input.source);
      else if (!own) unsuppress(life);
    }
  }
  life.now = Math.max(life.now, life.state.at);
  life.state.lived = life.now;
  passTime(life, life.now);
  if (!call.live) return catchUpSilently(life);
  const heard = events.filter((event) => isCounted(event) && !settles(event.type));
  react(life, heard, !begun);
  if (late || flips) withdrawBaseless(life);
  for (const input of call.inputs) {
    const sequence = input.kind === "enrol" ? life.programme.sequences.get(input.sequence) : undefined;
    if (sequence && life.lead.suppressed === null) enrol(life, sequence);
  }
  drainQueue(life);
}

/** Appends the call's events to the log, in order; a click by a person proves an open where there is none. */
function record(life: Life, call: Call, verdicts: Verdicts): Event[] {
  const events: Event[] = [];
  const opened = new Set<number>();
  for (const input of call.inputs) {
    if (input.kind !== "event") continue;
    if (input.type === "email.bounced" && !isNewBounce(life.state, input)) continue;
    const judged = verdicts.inputs.get(input);
    const seen: EventInput = judged
      ? { ...input, verdict: judged.verdict, verdictReason: judged.reason }
      : withAddress(life, input);
    const at = input.at ?? Math.max(call.at, life.state.at);
    events.push(append(life, seen, at, judged?.seq));
    const { message } = seen;
    if (message === null || !isCounted(seen)) continue;
    if (seen.type === "email.opened") opened.add(message);
    if (seen.type !== "email.clicked" || opened.has(message) || life.messages.get(message)?.openedAt !== null)
      continue;
    opened.add(message);
    events.push(
      append(
        life,
        eventInput("email.opened", "lead", { inferred: true }, { verdict: seen.verdict, message }),
        at,
      ),
    );
  }
  return events.sort(byLogOrder);
}

const ABOUT_AN_ADDRESS = new Set(["email.bounced", "email.complained", "email.unsubscribed"]);

/** What is told of an address that the lead has left says which. */
function withAddress(life: Life, input: EventInput): EventInput {
  const address = ABOUT_AN_ADDRESS.has(input.type) ? formerAddress(life, input.message) : null;
  return address === null ? input : { ...input, properties: { ...input.properties, address } };
}

/** The first attributes hold from the lead's beginning, also where an event came before `lead.created`. */
function beginAt(life: Life, events: readonly Event[]): void {
  const created = events.find((event) => event.type === "lead.created");
  const attributes = created?.properties["attributes"];
  if (typeof attributes === "object" && attributes !== null) {
    life.lead = { ...life.lead, attributes: withAttributes({}, attributes as Record<string, unknown>) };
  }
  beginScores(life, events[0]?.at ?? life.now);
}

/** What the working copy has become, for the writer. */
export function finish(life: Life): Reduced {
  const dueAt = nextDue(life);
  const crossings = life.ahead?.crossings ?? nextCrossings(life);
  const scores: Score[] = [];
  for (const model of life.programme.models) {
    const score = life.state.models[model.name];
    if (!score || score.temperature === null) continue;
    const { attributes } = life.lead;
    // A mark may come before the temperature does.
    let next = crossings.get(model.name) ?? null;
    if (next?.temperature === null) next = nextTemperatureCrossing(model, score, attributes, life.now);
    scores.push({
      model: model.name,
      temperature: score.temperature,
      total: totalAt(model, score, attributes, life.now).total,
      at: life.now,
      nextAt: next?.at ?? null,
    });
  }
  return {
    lead: life.lead,
    state: JSON.stringify(life.state),
    dueAt,
    scores,
    unscored: life.scoredBefore.filter((name) => !scores.some((score) => score.model === name)),
    enrolments: life.enrolments,
    messages: [...life.messages.values()],
    changes: life.changes,
  };
}
