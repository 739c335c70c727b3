import { WEEKDAYS, type WindowSettings } from "../config/settings.ts";
import { DAY, type Duration, type Instant } from "../instant.ts";
import { isHoliday } from "./holidays.ts";
import { atLocal, localDay, parseLocal, timeOfDay, weekdayOf } from "./local.ts";
import { spanAt } from "./offsets.ts";

/**
 * When mail may leave, or a rep is asked: a named window of `kindling.yaml` (spec/sequences.md, "Windows").
 * `to` before `from` is a window over midnight; `24:00` is the end of a day.
 */
export type Window = WindowSettings;

/** A window that opens later than this does not open. */
const FURTHEST = 400 * DAY;

/** Whether `at` is inside. `zone` and `country` are resolved already (`placeOf`); no country, no holidays. */
export function isOpen(window: Window, zone: string, country: string | null, at: Instant): boolean {
  const local = at + spanAt(zone, at).offset;
  const day = Math.floor(local / DAY);
  const time = local - day * DAY;
  const { from, to, days } = planOf(window);
  if (from < to) return time >= from && time < to && isDay(days, day, country);
  // Over midnight: the part after it belongs to the day before, and a holiday is outside all the same.
  if (time >= from) return isDay(days, day, country);
  return time < to && isDay(days, day - 1, country) && isFree(day, country);
}

/** The first instant ≥ `at` inside; null where none is within 400 days. */
export function nextOpen(window: Window, zone: string, country: string | null, at: Instant): Instant | null {
  return nextStretch(planOf(window), zone, country, at)?.from ?? null;
}

/**
 * The instant at which `duration` of the window's own time has passed since `from`: 4 h from an hour before it
 * closes is 3 h after it opens again. Null where the window does not open for 400 days before that.
 */
export function addOpenTime(
  window: Window,
  zone: string,
  country: string | null,
  from: Instant,
  duration: Duration,
): Instant | null {
  const plan = planOf(window);
  let at = from;
  let left = duration;
  while (left > 0) {
    const open = nextStretch(plan, zone, country, at);
    if (!open) return null;
    if (open.from + left <= open.until) return open.from + left;
    left -= open.until - open.from;
    at = open.until;
  }
  return at;
}

/**
 * The first instant strictly after `after` at a local time. Where the time does not exist on that day, the first
 * instant after the gap; where it comes twice, the earlier.
 *
 * @throws RangeError where the text is no local time (`check` has said so before).
 */
export function untilLocal(text: string, zone: string, after: Instant): Instant {
  const moment = parseLocal(text);
  if (!moment) {
    throw new RangeError(
      `${JSON.stringify(text)} is no local time; write it like "tuesday 10:00" or "10:00".`,
    );
  }
  const today = localDay(zone, after);
  for (let day = today; ; day++) {
    if (moment.weekday !== null && weekdayOf(day) !== moment.weekday) continue;
    const at = atLocal(zone, day, moment.time);
    if (at > after) return at;
  }
}

interface Stretch {
  readonly from: Instant;
  readonly until: Instant;
}

/**
 * The next stretch inside, or what is left of it at `at`. Within a span of even clocks local time is plain
 * arithmetic; at its end the search goes on in the next. So a stretch never spans a change of clocks, a local
 * time in a gap turns into the gap's end, and the hour that comes twice is met first at its first coming.
 */
function nextStretch(plan: Plan, zone: string, country: string | null, at: Instant): Stretch | null {
  const end = at + FURTHEST;
  while (at < end) {
    const span = spanAt(zone, at);
    const local = at + span.offset;
    const localEnd = span.until + span.offset;
    for (let day = Math.floor(local / DAY); day * DAY < localEnd; day++) {
      for (const [from, to] of partsOn(plan, day, country)) {
        const open = Math.max(day * DAY + from, local);
        const close = Math.min(day * DAY + to, localEnd);
        if (open < close) return { from: open - span.offset, until: close - span.offset };
      }
    }
    at = span.until;
  }
  return null;
}

type Part = readonly [from: Duration, to: Duration];
const NO_PARTS: readonly Part[] = [];

/** When the window is open on a local day, in order. */
function partsOn(plan: Plan, day: number, country: string | null): readonly Part[] {
  const { from, to, days } = plan;
  if (from < to) return isDay(days, day, country) ? plan.parts : NO_PARTS;
  if (!isFree(day, country)) return NO_PARTS;
  const parts: Part[] = [];
  if (to > 0 && isDay(days, day - 1, country)) parts.push([0, to]);
  if (isDay(days, day, country)) parts.push([from, DAY]);
  return parts;
}

function isDay(days: number, day: number, country: string | null): boolean {
  return ((days >> weekdayOf(day)) & 1) === 1 && isFree(day, country);
}

function isFree(day: number, country: string | null): boolean {
  return country === null || !isHoliday(country, day);
}

/** A window as numbers: a bit a weekday, times in milliseconds since midnight. */
interface Plan {
  readonly days: number;
  readonly from: Duration;
  readonly to: Duration;
  readonly parts: readonly Part[];
}

const plans = new WeakMap<Window, Plan>();

function planOf(window: Window): Plan {
  let plan = plans.get(window);
  if (!plan) {
    const from = timeOfDay(window.from);
    const to = timeOfDay(window.to);
    const days = window.days.reduce((bits, day) => bits | (1 << WEEKDAYS.indexOf(day)), 0);
    plans.set(window, (plan = { days, from, to, parts: [[from, to]] }));
  }
  return plan;
}
