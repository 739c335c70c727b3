import { createRequire } from "node:module";
import type { default as Holidays } from "date-holidays";
import { DateTime } from "luxon";
import { DAY, HOUR } from "../instant.ts";

interface Country {
  readonly calendar: Holidays;
  readonly years: Set<number>;
  readonly days: Set<number>;
}

const countries = new Map<string, Country | null>();

// The library is a megabyte of rules and takes a tenth of a second to load: only who asks for holidays pays.
const require = createRequire(import.meta.url);

/**
 * Whether a day is a public holiday of the whole country, or part of it is.
 *
 * @param country ISO 3166 code, upper case; of a country that the library does not know no day is.
 * @param day the local day: days since 1970-01-01.
 */
export function isHoliday(country: string, day: number): boolean {
  let known = countries.get(country);
  if (known === undefined) countries.set(country, (known = openCountry(country)));
  if (!known) return false;
  const year = yearOf(day);
  if (!known.years.has(year)) {
    // Holidays of several days (Eswatini's Incwala) run into the next year.
    addYear(known, year - 1);
    addYear(known, year);
    known.years.add(year);
  }
  return known.days.has(day);
}

function openCountry(code: string): Country | null {
  const module = require("date-holidays") as { default?: typeof Holidays } & typeof Holidays;
  const calendar = new (module.default ?? module)(code, { types: ["public"] });
  if (!(code in calendar.getCountries())) return null;
  return { calendar, years: new Set(), days: new Set() };
}

function addYear(country: Country, year: number): void {
  for (const holiday of country.calendar.getHolidays(year)) {
    // `date` is local time; `start` and `end` carry a zone of the library's choice, so only their distance counts.
    const start = DateTime.fromSQL(holiday.date.slice(0, 19), { zone: "utc" }).toMillis();
    const length = holiday.end.getTime() - holiday.start.getTime();
    const first = Math.floor(start / DAY);
    // A day on which clocks change is an hour shorter or longer.
    const end = Math.max(first + 1, Math.ceil((start + length - 1.5 * HOUR) / DAY));
    for (let day = first; day < end; day++) country.days.add(day);
  }
}

/** The year of a day since 1970-01-01, by the proleptic Gregorian calendar. */
function yearOf(day: number): number {
  // Counted from a 1 March, so that the leap day is the last of its year (Hinnant, "chrono-compatible date algorithms").
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  return yearOfEra + era * 400 + (ofYear >= 306 ? 1 : 0);
}
