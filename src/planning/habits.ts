import { DAY, type Duration } from "../instant.ts";

/** The kinds of lead that every company knows. A bot is a security gateway in front of an inbox: it acts, and nobody is there. */
export const PERSONAS = ["keen", "curious", "fading", "gone", "bot"] as const;
export type Persona = (typeof PERSONAS)[number];

export interface Habits {
  /** How many of a hundred leads are like this. */
  readonly share: number;
  /** Of the mails it gets, how many it opens, and of those how many it clicks; of all how many it answers. */
  readonly opens: number;
  readonly clicks: number;
  readonly replies: number;
  /** Visits in the time that it is active. */
  readonly visits: readonly [least: number, most: number];
  /** Of the visits, how many are worth points. */
  readonly interest: number;
  /** For how long it is active. */
  readonly active: Duration;
  /** How well it fits the models. */
  readonly fit: "well" | "badly" | "any";
}

export const HABITS: Readonly<Record<Persona, Habits>> = {
  keen: {
    share: 18,
    opens: 0.9,
    clicks: 0.7,
    replies: 0.05,
    visits: [8, 18],
    interest: 0.8,
    active: 60 * DAY,
    fit: "well",
  },
  curious: {
    share: 34,
    opens: 0.6,
    clicks: 0.3,
    replies: 0,
    visits: [2, 8],
    interest: 0.4,
    active: 100 * DAY,
    fit: "any",
  },
  fading: {
    share: 20,
    opens: 0.7,
    clicks: 0.5,
    replies: 0,
    visits: [7, 13],
    interest: 0.8,
    active: 25 * DAY,
    fit: "any",
  },
  gone: {
    share: 22,
    opens: 0.1,
    clicks: 0.02,
    replies: 0,
    visits: [0, 2],
    interest: 0.2,
    active: 30 * DAY,
    fit: "badly",
  },
  bot: {
    share: 6,
    opens: 1,
    clicks: 1,
    replies: 0,
    visits: [0, 0],
    interest: 0,
    active: 120 * DAY,
    fit: "any",
  },
};
