import type { Event } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import type { ScoreState } from "../scoring/fold.ts";

/** What a lead's next moment needs, besides the lead and its open enrolments. One JSON text a lead. */
export interface LeadState {
  /** Lived through up to here: the instant of the last fold or crossing. */
  at: Instant;
  /** The last event folded at that instant. */
  seq: number;
  models: Record<string, ScoreState>;
  /** For each `did` of the programme (its didKey) the last instants that it needs. */
  acts: Record<string, Instant[]>;
  /** What sequences, notices and deals last reacted to, a model. */
  acted: Record<string, Acted>;
  /** Temperatures (by model) and marks (`model/mark`) that an open or click changed: no reaction before this instant. */
  unripe: Record<string, Instant>;
  /** Opens and clicks whose settling time is not over. */
  settling: Settling[];
  /** When the last enrolment in each sequence ended. */
  ended: Record<string, Instant>;
  /** When the last notice of each kind was asked for. */
  noticed: Record<string, Instant>;
  /** Open deals, and how many there ever were. */
  deals: { open: string[]; count: number };
  /** The last word on each topic; `*` for all. */
  consent: Record<string, "given" | "withdrawn">;
  segments: string[];
  softBounces: number;
}

export interface Acted {
  temperature: string | null;
  marks: string[];
}

export interface Settling {
  until: Instant;
  event: Event;
}

export function emptyState(): LeadState {
  return {
    at: 0,
    seq: 0,
    models: {},
    acts: {},
    acted: {},
    unripe: {},
    settling: [],
    ended: {},
    noticed: {},
    deals: { open: [], count: 0 },
    consent: {},
    segments: [],
    softBounces: 0,
  };
}
