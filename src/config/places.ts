import { z } from "zod";
import { nearest } from "./nearest.ts";

/** IANA names, lower case → as written. Aliases that Intl alone knows (`US/Eastern`) are found by asking it. */
const ZONES = new Map(
  [...Intl.supportedValuesOf("timeZone"), "UTC", "Etc/UTC"].map((zone) => [zone.toLowerCase(), zone]),
);

/** A time zone that this machine knows, as IANA spells it. */
export function isZone(value: string): boolean {
  if (ZONES.get(value.toLowerCase()) === value) return true;
  if (!/^[A-Za-z]+(\/[A-Za-z0-9_+-]+)+$/.test(value)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return !ZONES.has(value.toLowerCase());
  } catch {
    return false;
  }
}

export const zoneField = z.string().check((context) => {
  const value = context.value;
  if (isZone(value)) return;
  const suggestion = suggestZone(value);
  const message = `"${value}" is no time zone`;
  context.issues.push({ code: "custom", input: value, message, params: { suggestion } });
});

/** `did you mean "Europe/Lisbon"?` for `Lisbon` or `Europe/Lisboa`. */
export function suggestZone(value: string): string {
  const tail = value.toLowerCase().replaceAll(" ", "_");
  const city = [...ZONES.values()].find((zone) => zone.toLowerCase().endsWith(`/${tail}`));
  const near = city ?? nearest(value, ZONES.values());
  return near ? `did you mean "${near}"?` : "an IANA name like Europe/Lisbon";
}

const NAMES = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

/** Regions with a code that are no countries. */
const NO_COUNTRIES = new Set(["EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"]);

/** ISO 3166 alpha-2, in capitals, in use today (`UK` and `SU` are other names of today's codes). */
export function isCountry(value: string): boolean {
  if (!/^[A-Z]{2}$/.test(value) || NO_COUNTRIES.has(value)) return false;
  return NAMES.of(value) !== undefined && new Intl.Locale(`und-${value}`).region === value;
}

function suggestCountry(value: string): string {
  const capitals = value.trim().toUpperCase();
  const region = /^[A-Z]{2}$/.test(capitals) ? new Intl.Locale(`und-${capitals}`).region : undefined;
  const code = region !== undefined && isCountry(region) ? region : codeByName(value);
  return code ? `did you mean "${code}"?` : "two capitals, like PT";
}

function codeByName(value: string): string | undefined {
  const codes = new Map<string, string>();
  for (let number = 0; number < 26 * 26; number++) {
    const code = String.fromCharCode(65 + Math.floor(number / 26), 65 + (number % 26));
    if (isCountry(code)) codes.set(NAMES.of(code)!.toLowerCase(), code);
  }
  return codes.get(nearest(value, codes.keys()) ?? "");
}

export const countryField = z.string().check((context) => {
  const value = context.value;
  if (isCountry(value)) return;
  const params = { suggestion: suggestCountry(value) };
  context.issues.push({ code: "custom", input: value, message: `"${value}" is no country code`, params });
});

/** BCP 47, as `Intl` spells it. */
export const localeField = z.string().check((context) => {
  const value = context.value;
  const tag = canonicalLocale(value);
  if (tag === value) return;
  const suggestion = tag ? `did you mean "${tag}"?` : "a language, like en or pt-BR";
  const message = `"${value}" is no locale`;
  context.issues.push({ code: "custom", input: value, message, params: { suggestion } });
});

function canonicalLocale(value: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(value.replaceAll("_", "-"))[0];
  } catch {
    return undefined;
  }
}
