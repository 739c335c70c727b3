import type { Duration, Instant } from "../instant.ts";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** When mail may leave, or a rep is asked: a named window of `kindling.yaml` (spec/sequences.md, "Windows"). */
export interface Window {
  readonly name: string;
  readonly days: readonly Weekday[];
  /** `HH:MM`, local time; inside from here on. */
  readonly from: string;
  /** `HH:MM`, local time, up to `24:00`; no longer inside. Before `from`: the window runs over midnight. */
  readonly to: string;
  /** `lead`, `company`, or an IANA name. */
  readonly zone: string;
  /** Whose public holidays are outside: `lead`, `company`, a country's ISO code, or nobody's. */
  readonly holidays: string | null;
}

/** Whether `at` is inside. `zone` and `country` are resolved already (`placeOf`); no country, no holidays. */
export function isOpen(window: Window, zone: string, country: string | null, at: Instant): boolean {
  return nextOpen(window, zone, country, at) === at;
}

/** The first instant ≥ `at` inside; null where none is within 400 days. */
export function nextOpen(
  _window: Window,
  _zone: string,
  _country: string | null,
  at: Instant,
): Instant | null {
  return at;
}

/** The instant at which `duration` of the window's own time has passed since `from`; null where none is. */
export function addOpenTime(
  _window: Window,
  _zone: string,
  _country: string | null,
  from: Instant,
  duration: Duration,
): Instant | null {
  return from + duration;
}

/** The first instant strictly after `after` at a local time: `tuesday 10:00`, `tue 10:00` or `10:00`. */
export function untilLocal(_text: string, _zone: string, after: Instant): Instant {
  return after;
}
