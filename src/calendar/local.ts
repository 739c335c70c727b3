import { DateTime } from "luxon";
import { WEEKDAYS } from "../config/settings.ts";
import { DAY, MINUTE, type Duration, type Instant } from "../instant.ts";
import { spanAt } from "./offsets.ts";

const FULL = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** What `until:` may say: a time of day, with or without a weekday before it (`tuesday 10:00`, `tue 10:00`). */
interface LocalMoment {
  /** 0 is Monday; null is any day. */
  readonly weekday: number | null;
  readonly time: Duration;
}

/** `tuesday 10:00`, `tue 10:00` or `10:00`, in any case; undefined where it is neither. */
export function parseLocal(text: string): LocalMoment | undefined {
  const found = /^(?:([a-z]+)\s+)?((?:[01]?\d|2[0-3]):[0-5]\d)$/.exec(text.trim().toLowerCase());
  if (!found) return undefined;
  const time = timeOfDay(found[2]!);
  if (found[1] === undefined) return { weekday: null, time };
  const weekday = Math.max(
    FULL.indexOf(found[1]),
    WEEKDAYS.findIndex((day) => day === found[1]),
  );
  return weekday < 0 ? undefined : { weekday, time };
}

/** The local day of an instant: days since 1970-01-01. */
export function localDay(zone: string, at: Instant): number {
  return Math.floor((at + spanAt(zone, at).offset) / DAY);
}

/** The instant of a local time: the first at which the zone's clocks show it, or are past it. */
export function atLocal(zone: string, day: number, time: Duration): Instant {
  const local = day * DAY + time;
  // Two days before by UTC is before by every clock: no zone is further from UTC than 26 hours, whatever it changes.
  let span = spanAt(zone, local - 2 * DAY);
  while (span.until + span.offset <= local) span = spanAt(zone, span.until);
  return Math.max(span.from, local - span.offset);
}

/** The date of a mail's header, RFC 5322 §3.3, in UTC: `Tue, 03 Mar 2026 09:00:00 +0000`. */
export function mailDate(at: Instant): string {
  return DateTime.fromMillis(at, { zone: "utc" }).toRFC2822()!;
}

/** 0 is Monday. 1970-01-01 was a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

/**
 * `09:30` → milliseconds since midnight; `24:00` is the end of the day.
 *
 * @throws RangeError where it is no time of day.
 */
export function timeOfDay(text: string): Duration {
  const found = /^([01]?\d|2[0-3]):([0-5]\d)$|^24:00$/.exec(text);
  if (!found) throw new RangeError(`${JSON.stringify(text)} is no time of day; write it like "09:30".`);
  return found[1] ? (Number(found[1]) * 60 + Number(found[2])) * MINUTE : DAY;
}
