import { IANAZone } from "luxon";
import { DAY, type Duration, type Instant } from "../instant.ts";

/** A stretch of time in which a zone's clocks run evenly: local time = instant + offset, for from ≤ instant < until. */
export interface Span {
  readonly from: Instant;
  readonly until: Instant;
  readonly offset: Duration;
}

/** Offsets are looked up a stretch of this length at a time. */
const CHUNK = 64 * DAY;

/** Far more zones than there are; only misspelt ones in odd cases could fill it. */
const MOST_ZONES = 2000;

interface Zone {
  readonly iana: IANAZone;
  readonly chunks: Map<number, readonly Span[]>;
  last: Span;
}

const zones = new Map<string, Zone>();

/**
 * The even stretch around an instant, in an IANA zone. A stretch may be cut where nothing changes: two that
 * follow each other can have one offset. Asked again near by, it costs a few comparisons.
 *
 * @throws RangeError where the zone does not exist.
 */
export function spanAt(zoneName: string, at: Instant): Span {
  const zone = zones.get(zoneName) ?? open(zoneName);
  if (at >= zone.last.from && at < zone.last.until) return zone.last;
  const chunk = Math.floor(at / CHUNK);
  let spans = zone.chunks.get(chunk);
  if (!spans) zone.chunks.set(chunk, (spans = spansOf(zone.iana, chunk * CHUNK)));
  return (zone.last = spans.find((span) => at < span.until)!);
}

/** Whether the zone is one of IANA's names (or links). Bare offsets such as `+01:00` are none. */
export function isZone(name: string): boolean {
  return zones.has(name) || (/^[A-Za-z]/.test(name) && IANAZone.isValidZone(name));
}

function open(name: string): Zone {
  if (!isZone(name)) throw new RangeError(`There is no time zone ${JSON.stringify(name)}.`);
  if (zones.size >= MOST_ZONES) zones.clear();
  const zone = { iana: IANAZone.create(name), chunks: new Map(), last: { from: 0, until: 0, offset: 0 } };
  zones.set(name, zone);
  return zone;
}

/** Clocks are never changed twice within a day, so that a look a day finds every change. */
function spansOf(zone: IANAZone, start: Instant): Span[] {
  const spans: Span[] = [];
  let from = start;
  let offset = offsetAt(zone, start);
  for (let day = start + DAY; day < start + CHUNK; day += DAY) {
    const next = offsetAt(zone, day);
    if (next === offset) continue;
    const change = changeBetween(zone, day - DAY, day, offset);
    spans.push({ from, until: change, offset });
    from = change;
    offset = next;
  }
  // The chunk's last day may end with a change too.
  const end = start + CHUNK;
  if (offsetAt(zone, end - 1) !== offset) {
    const change = changeBetween(zone, end - DAY, end - 1, offset);
    spans.push({ from, until: change, offset });
    from = change;
    offset = offsetAt(zone, end - 1);
  }
  spans.push({ from, until: end, offset });
  return spans;
}

/** The first instant after `low` at which the offset is no longer `before`, to the millisecond. */
function changeBetween(zone: IANAZone, low: Instant, high: Instant, before: Duration): Instant {
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** luxon speaks in minutes, with fractions for the local mean time of long ago. */
function offsetAt(zone: IANAZone, at: Instant): Duration {
  return Math.round(zone.offset(at) * 60_000);
}
