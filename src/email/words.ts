import { compileOperators } from "../conditions/values.ts";
import type { Instant } from "../instant.ts";
import { parseInstant } from "../instant.ts";

/** null, nothing and text without a letter are all "missing", as in conditions (spec/scoring.md). */
export function isMissing(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === "string" && value.trim() === "");
}

/** `{{#is a b}}`: as the condition `is` compares; never where one of the two is missing. */
export function isSame(a: unknown, b: unknown): boolean {
  if (isMissing(a) || isMissing(b)) return false;
  return compileOperators({ is: b as string | number | boolean })(a);
}

/** `{{plural n "seat" "seats"}}`: the word alone, by the rules of the mail's language (0 is one in French). */
export function plural(count: unknown, one: string, other: string, locale: string): string {
  const number = typeof count === "string" ? Number(count) : count;
  if (typeof number !== "number" || Number.isNaN(number)) return other;
  return pluralRules(locale).select(number) === "one" ? one : other;
}

/**
 * `{{date renewal zone}}`: the day, written out in the mail's language. A bare date (`2026-03-01`) is that day
 * everywhere; an instant (ISO 8601 or epoch ms) is the day it falls on in the zone. What is no date prints as it is.
 */
export function formatDate(value: unknown, zone: string, locale: string): string {
  if (isMissing(value)) return "";
  const at = typeof value === "number" ? value : parseInstant(String(value).trim());
  if (at === undefined || Math.abs(at) > FURTHEST) return String(value);
  const bare = typeof value === "string" && !value.includes("T");
  return dateFormat(locale, bare ? "UTC" : zone).format(at);
}

/** The last instant that a date can have. */
const FURTHEST: Instant = 8.64e15;

/** Whether this machine knows a time zone by that name. */
export function isZone(zone: string): boolean {
  try {
    Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

const plurals = new Map<string, Intl.PluralRules>();
const dates = new Map<string, Intl.DateTimeFormat>();

function pluralRules(locale: string): Intl.PluralRules {
  return kept(plurals, locale, () => {
    try {
      return new Intl.PluralRules(locale);
    } catch {
      return new Intl.PluralRules("en");
    }
  });
}

/** A lead's zone may be anything that was imported: one that is none counts as UTC, an odd locale as English. */
function dateFormat(locale: string, zone: string): Intl.DateTimeFormat {
  return kept(dates, `${locale} ${zone}`, () => {
    for (const [tag, timeZone] of [
      [locale, zone],
      ["en", zone],
      [locale, "UTC"],
    ]) {
      try {
        return new Intl.DateTimeFormat(tag, { dateStyle: "long", timeZone });
      } catch {
        continue;
      }
    }
    return new Intl.DateTimeFormat("en", { dateStyle: "long", timeZone: "UTC" });
  });
}

/** Formats cost far more to make than to use. Bounded, since names of zones come from data. */
function kept<T>(cache: Map<string, T>, key: string, make: () => T): T {
  let found = cache.get(key);
  if (found === undefined) {
    if (cache.size >= 500) cache.clear();
    found = make();
    cache.set(key, found);
  }
  return found;
}
