import { atLocal } from "../calendar/local.ts";
import { spanAt } from "../calendar/offsets.ts";
import { textField } from "../config/fields.ts";
import {
  DAY,
  formatInstant,
  HOUR,
  MINUTE,
  parseInstant,
  SECOND,
  type Duration,
  type Instant,
} from "../instant.ts";

/** All that a written time may mean, both ends included: a day, a minute, a second or one millisecond. */
export interface Moment {
  readonly from: Instant;
  readonly until: Instant;
}

const FORM =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](?:([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{3}))?)?)(Z|[+-]\d{2}:\d{2})?)?$/;

/** `2026-03-03`, `2026-03-03 09:00`, `2026-03-03 09:00:30`, or with a zone of its own, `2026-03-03T09:00:00Z`. */
export const momentField = textField(
  (text) =>
    parseMoment(text, "UTC")
      ? null
      : {
          message: `${JSON.stringify(text)} is no time`,
          suggestion: "write it like 2026-03-03 09:00, or 2026-03-03T09:00:00Z for UTC",
        },
  "a time is text, like 2026-03-03 09:00",
  FORM,
);

/** A written time as a clock of that zone shows it, unless the text names a zone; undefined where it is none. */
export function parseMoment(text: string, zone: string): Moment | undefined {
  const found = FORM.exec(text);
  const midnight = found ? parseInstant(found[1]!) : undefined;
  if (!found || midnight === undefined) return undefined;
  const [, , hour, minute, second, fraction, own] = found;
  const day = midnight / DAY;
  if (hour === undefined) return { from: atLocal(zone, day, 0), until: atLocal(zone, day + 1, 0) - 1 };
  const time =
    Number(hour) * HOUR + Number(minute) * MINUTE + Number(second ?? 0) * SECOND + Number(fraction ?? 0);
  const from = own === undefined ? atLocal(zone, day, time) : midnight + time - offsetOf(own);
  const precision = fraction !== undefined ? 1 : second !== undefined ? SECOND : MINUTE;
  return { from, until: from + precision - 1 };
}

function offsetOf(own: string): Duration {
  if (own === "Z") return 0;
  const size = Number(own.slice(1, 3)) * HOUR + Number(own.slice(4)) * MINUTE;
  return own.startsWith("-") ? -size : size;
}

/** As the zone's clocks show it and as it can be read again: `2026-03-03 09:00`; seconds only where there are any. */
export function writeMoment(at: Instant, zone: string): string {
  const local = formatInstant(at + spanAt(zone, at).offset);
  const time = local.slice(11, 23).replace(/(:00)?\.000$/, "");
  return `${local.slice(0, 10)} ${time}`;
}
