/** A point in time: milliseconds since 1970-01-01T00:00:00Z, the same in memory and in both databases. */
export type Instant = number;

/** A length of time in milliseconds. */
export type Duration = number;

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

const UNITS: Record<string, Duration> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: WEEK };

/** The last instant that can be written (ECMA-262 §21.4.1.1): what has no end ends then. */
export const END_OF_TIME: Instant = 8_640_000_000_000_000;

/** `30d` → 2,592,000,000; undefined where the text is not `<n>s|m|h|d|w`. */
export function parseDuration(text: string): Duration | undefined {
  const found = /^(\d+)([smhdw])$/.exec(text);
  if (!found) return undefined;
  return Number(found[1]) * UNITS[found[2]!]!;
}

/** The shortest exact form: 2,592,000,000 → `30d`; 90,000 → `90s`. Weeks are written as days. */
export function formatDuration(duration: Duration): string {
  for (const [unit, size] of [
    ["d", DAY],
    ["h", HOUR],
    ["m", MINUTE],
  ] as const) {
    if (duration >= size && duration % size === 0) return `${duration / size}${unit}`;
  }
  return `${duration / SECOND}s`;
}

/** ISO 8601 in UTC with milliseconds: `2026-01-03T10:00:00.000Z`. */
export function formatInstant(at: Instant): string {
  return new Date(at).toISOString();
}

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?$/;

/** ISO 8601 with a zone (a bare date is midnight UTC) → epoch ms; undefined where it is neither. */
export function parseInstant(text: string): Instant | undefined {
  if (!ISO.test(text)) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return undefined;
  // Date.parse rolls 2026-02-30 over into March; a day that does not exist is refused instead.
  const day = Number(text.slice(8, 10));
  const lastOfMonth = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
  return day >= 1 && day <= lastOfMonth ? at : undefined;
}

/** The UTC calendar day of an instant: `2026-01-03`. */
export function utcDay(at: Instant): string {
  return new Date(at).toISOString().slice(0, 10);
}
