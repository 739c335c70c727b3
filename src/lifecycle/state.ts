import type { Event } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import type { ScoreState } from "../scoring/fold.ts";
import type { Attributes } from "../leads/lead.ts";
import type { Consent } from "./consent.ts";
import type { Fewer } from "./fewer.ts";
import type { Pauses } from "./pauses.ts";

/** What a lead's next moment needs, besides the lead and its open enrolments. One JSON text a lead. */
export interface LeadState {
  /** The instant of the last fold or crossing: an event before it is late. */
  at: Instant;
  /** The last instant at which anything was lived, also what changed no score: nothing before it is lived again. */
  lived: Instant;
  /** The last event folded at that instant. */
  seq: number;
  /** The place of the lead.created with which the lead began; only where its log has another one. */
  birth?: number;
  models: Record<string, ScoreState>;
  /** For each `did` of the programme (its didKey) the last instants that it needs. */
  acts: Record<string, Instant[]>;
  /** What sequences, notices and deals last reacted to, a model. */
  acted: Record<string, Acted>;
  /** The last crossing of each temperature (by model) and mark (`model/mark`): when, and from what. */
  crossed: Record<string, { at: Instant; from: string }>;
  /** Opens and clicks whose settling time is not over. */
  settling: Settling[];
  /** What the scores would be without those; null where all has settled. */
  tail: Tail | null;
  /** When the last enrolment in each sequence ended. */
  ended: Record<string, Instant>;
  /** When the last notice of each kind was asked for. */
  noticed: Record<string, Instant>;
  /** Open deals, and how many there ever were. */
  deals: { open: string[]; count: number };
  /** The last word on each topic; `*` for all. */
  consent: Consent;
  /** How seldom the lead wants mail; left out where it did not say. */
  fewer?: Fewer;
  /** Whose pauses `paused_until` is made of; left out where nobody paused. */
  pauses?: Pauses;
  segments: string[];
  /** In a row. */
  softBounces: number;
  /** A server took the last mail, and it has not come back. */
  taken: boolean;
  /** The last mails that came back, and how bad the worst that was told of each is; left out where none did. */
  bounced?: { readonly message: number; readonly weight: number }[];
}

export interface Acted {
  temperature: string | null;
  marks: string[];
  /** All marks that the model had then; left out where it had none. */
  known?: string[];
}

export interface Settling {
  until: Instant;
  event: Event;
}

/**
 * What has been folded since the first open or click that has not settled, and the scores before it. A page view ten
 * seconds after a click is reacted to at once, but not to what the click did; so the scores without the click are needed.
 */
export interface Tail {
  models: Record<string, ScoreState>;
  attributes: Attributes;
  readonly events: Event[];
}

export function emptyState(): LeadState {
  return {
    at: 0,
    lived: 0,
    seq: 0,
    models: {},
    acts: {},
    acted: {},
    crossed: {},
    settling: [],
    tail: null,
    ended: {},
    noticed: {},
    deals: { open: [], count: 0 },
    consent: {},
    segments: [],
    softBounces: 0,
    taken: false,
  };
}
