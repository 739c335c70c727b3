import type { Message } from "../email/message.ts";
import type { Event, LoggedEvent } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import type { Lead } from "../leads/lead.ts";
import type { Programme } from "../programme/programme.ts";
import type { NextCrossing } from "../scoring/fold.ts";
import type { Enrolment } from "../sequences/enrolment.ts";
import { noChanges, type Changes } from "./changes.ts";
import type { HistoryRow } from "./changes.ts";
import { emptyState, type LeadState } from "./state.ts";
import { wiringOf, type Wiring } from "./wiring.ts";

/** Where new rows get their numbers, ascending. */
export interface Ids {
  event(): number;
  enrolment(): number;
  message(): number;
  notice(): number;
}

/** A lead as it was loaded under its lock. Nothing in it is changed. */
export interface Snapshot {
  readonly lead: Lead;
  /** JSON of LeadState; null for a lead that has just been made. */
  readonly state: string | null;
  /** Hash of the programme that the state was last lived under. */
  readonly programme: string | null;
  /** When something is due next, by that state. */
  readonly dueAt: Instant | null;
  /** The open ones. */
  readonly enrolments: readonly Enrolment[];
  /** Those of the open enrolments, and those that the inputs name. */
  readonly messages: readonly Message[];
  /** The log and the history, only where a first pass asked for them. */
  readonly past: { readonly log: readonly LoggedEvent[]; readonly history: readonly HistoryRow[] } | null;
}

/** A working copy of one lead while its batch is lived through. */
export interface Life {
  readonly programme: Programme;
  readonly wiring: Wiring;
  readonly ids: Ids;
  readonly changes: Changes;
  /** The instant that is being lived. */
  now: Instant;
  live: boolean;
  lead: Lead;
  readonly state: LeadState;
  /** The models that scored the lead when it was loaded. */
  readonly scoredBefore: readonly string[];
  readonly enrolments: Enrolment[];
  readonly messages: Map<number, Message>;
  readonly past: Snapshot["past"];
  /** Events that reactions brought about, still to be folded. */
  readonly queue: Follow[];
  /** What time alone brings next; null where something has happened since it was looked for. */
  ahead: Ahead | null;
}

export interface Ahead {
  readonly due: Instant | null;
  /** By model; null where they have not been looked for. */
  readonly crossings: ReadonlyMap<string, NextCrossing | null> | null;
}

/** An event that the engine itself records. */
export interface Follow {
  readonly type: string;
  readonly properties: Event["properties"];
  readonly message: number | null;
}

/** Thrown where the log is needed and was not loaded: the caller loads it and begins again from the snapshot. */
export class LogNeeded extends Error {
  constructor() {
    super("the log of this lead is needed");
  }
}

export function beginLife(snapshot: Snapshot, programme: Programme, ids: Ids): Life {
  const state = snapshot.state === null ? emptyState() : (JSON.parse(snapshot.state) as LeadState);
  return {
    programme,
    scoredBefore: Object.keys(state.models).filter((name) => state.models[name]!.temperature !== null),
    wiring: wiringOf(programme),
    ids,
    changes: noChanges(),
    now: 0,
    live: true,
    lead: snapshot.lead,
    state,
    enrolments: [...snapshot.enrolments],
    messages: new Map(snapshot.messages.map((message) => [message.id, message])),
    past: snapshot.past,
    queue: [],
    ahead: snapshot.programme === programme.hash ? { due: snapshot.dueAt, crossings: null } : null,
  };
}

/** A line of what happened now. */
export function happened(life: Life, what: string, more: Readonly<Record<string, unknown>>): void {
  life.changes.happenings.push({ at: life.now, email: life.lead.email, what, ...more });
}

export function follow(
  life: Life,
  type: string,
  properties: Event["properties"],
  message: number | null = null,
): void {
  life.queue.push({ type, properties, message });
}

export function changeMessage(life: Life, id: number | null, change: Partial<Message>): void {
  const message = id === null ? undefined : life.messages.get(id);
  if (message) life.messages.set(message.id, { ...message, ...change });
}

export function changeEnrolment(life: Life, id: number, change: Partial<Enrolment>): Enrolment {
  const index = life.enrolments.findIndex((enrolment) => enrolment.id === id);
  const changed = { ...life.enrolments[index]!, ...change };
  life.enrolments[index] = changed;
  return changed;
}
