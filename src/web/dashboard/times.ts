import { zoneOf } from "../../calendar/place.ts";
import type { Company } from "../../config/settings.ts";
import { DAY, HOUR, MINUTE, WEEK, type Duration, type Instant } from "../../instant.ts";
import { counted } from "../../reps/words.ts";

/** How a page writes instants: all of one page in one zone, seen from one now. */
export interface Times {
  readonly zone: string;
  readonly now: Instant;
  /** `Tue 3 Mar`, with the year where it is another one than now. */
  day(at: Instant): string;
  /** `10:05`. */
  clock(at: Instant): string;
  /** `Tue 3 Mar, 10:05`. */
  moment(at: Instant): string;
  /** `Tuesday, 3 March 2026 at 10:05:12 WET`. */
  exact(at: Instant): string;
}

/** In the company's zone. */
export function companyTimes(company: Company, now: Instant): Times {
  return timesIn(zoneOf({}, company), now);
}

export function timesIn(zone: string, now: Instant): Times {
  const formats = formatsFor(zone);
  const thisYear = formats.year.format(now);
  const day = (at: Instant) => {
    const year = formats.year.format(at);
    return `${formats.day.format(at).replace(",", "")}${year === thisYear ? "" : ` ${year}`}`;
  };
  const clock = (at: Instant) => formats.clock.format(at);
  return {
    zone,
    now,
    day,
    clock,
    moment: (at) => `${day(at)}, ${clock(at)}`,
    exact: (at) => formats.exact.format(at),
  };
}

interface Formats {
  readonly year: Intl.DateTimeFormat;
  readonly day: Intl.DateTimeFormat;
  readonly clock: Intl.DateTimeFormat;
  readonly exact: Intl.DateTimeFormat;
}

// They cost far more to make than to use; a process knows its company's zone and hardly any other.
const kept = new Map<string, Formats>();

function formatsFor(timeZone: string): Formats {
  let found = kept.get(timeZone);
  if (!found) {
    found = {
      year: new Intl.DateTimeFormat("en-GB", { timeZone, year: "numeric" }),
      day: new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short", day: "numeric", month: "short" }),
      clock: new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }),
      exact: new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "full", timeStyle: "long" }),
    };
    if (kept.size >= 100) kept.clear();
    kept.set(timeZone, found);
  }
  return found;
}

/** `in 3 days`, rounded to the nearest; `now` for what is due. */
export function ahead(at: Instant, now: Instant): string {
  const left = at - now;
  if (left <= 0) return "now";
  if (left < MINUTE) return "within a minute";
  return `in ${spanWords(left)}`;
}

/** `3 days`, `2 weeks`: rounded to one unit. */
function spanWords(span: Duration): string {
  if (span < 90 * MINUTE) return counted(Math.max(1, Math.round(span / MINUTE)), "minute");
  if (span < 36 * HOUR) return counted(Math.round(span / HOUR), "hour");
  if (span < 2 * WEEK) return counted(Math.round(span / DAY), "day");
  if (span < 9 * WEEK) return counted(Math.round(span / WEEK), "week");
  return counted(Math.round(span / (30 * DAY)), "month");
}
