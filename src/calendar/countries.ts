import { DAY, type Instant } from "../instant.ts";
import { spanAt } from "./offsets.ts";

/** What people write for a country beside its code and the name that the Unicode tables give it. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  america: "US",
  bosnia: "BA",
  britain: "GB",
  burma: "MM",
  "cape verde": "CV",
  congo: "CG",
  "czech republic": "CZ",
  "democratic republic of the congo": "CD",
  "east timor": "TL",
  england: "GB",
  "great britain": "GB",
  holland: "NL",
  "hong kong": "HK",
  "ivory coast": "CI",
  korea: "KR",
  macao: "MO",
  macedonia: "MK",
  "northern ireland": "GB",
  palestine: "PS",
  "peoples republic of china": "CN",
  "republic of ireland": "IE",
  "republic of korea": "KR",
  "republic of the congo": "CG",
  "russian federation": "RU",
  scotland: "GB",
  swaziland: "SZ",
  "the gambia": "GM",
  "the netherlands": "NL",
  turkey: "TR",
  uae: "AE",
  uk: "GB",
  "united states of america": "US",
  usa: "US",
  vatican: "VA",
  "viet nam": "VN",
  wales: "GB",
};

/** Names that the zone database has given up since the Unicode tables were made. */
const RENAMED: Readonly<Record<string, string>> = {
  "Africa/Asmera": "Africa/Asmara",
  "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
};

let byName: Map<string, string> | undefined;
const zones = new Map<string, string | null>();

/**
 * ISO 3166 alpha-2, upper case, of a code or an English name in any case (`pt`, `Portugal`, `Côte d’Ivoire`,
 * `cote d'ivoire`, `UK`); null where it is neither.
 */
export function countryCode(text: string): string | null {
  byName ??= countriesByName();
  return byName.get(plain(text)) ?? null;
}

/**
 * The one IANA zone of a country; null where it has several, or none. Zones whose clocks agree are one: Germany's
 * enclave of Büsingen does not make it a country of two times.
 *
 * @param code upper case, as `countryCode` gives it.
 */
export function onlyZone(code: string): string | null {
  let zone = zones.get(code);
  if (zone === undefined) zones.set(code, (zone = findOnlyZone(code)));
  return zone;
}

function findOnlyZone(code: string): string | null {
  const [first, ...others] = zonesOf(code);
  if (first === undefined || !others.every((other) => agree(first, other))) return null;
  // Of zones that agree the capital's is not always first in the alphabet, but any of them tells the same time.
  return RENAMED[first] ?? first;
}

/** Standard since ECMA-402's Locale Info; TypeScript's library does not know it yet. */
function zonesOf(code: string): readonly string[] {
  const locale = new Intl.Locale(`und-${code}`) as Intl.Locale & { getTimeZones?(): string[] | undefined };
  return locale.getTimeZones?.() ?? [];
}

/** 2025-01-01 to 2029-01-01: fixed, so that a country's zone does not hang on the day it is asked for. */
const COMPARED = { from: 1_735_689_600_000, until: 1_861_920_000_000 };

function agree(a: string, b: string): boolean {
  for (let at: Instant = COMPARED.from; at < COMPARED.until; at += DAY) {
    if (spanAt(a, at).offset !== spanAt(b, at).offset) return false;
  }
  return true;
}

function countriesByName(): Map<string, string> {
  const names = new Map<string, string>();
  const english = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });
  for (let first = 65; first <= 90; first++) {
    for (let second = 65; second <= 90; second++) {
      const code = String.fromCharCode(first, second);
      // Codes that a country no longer has (SU, DD) turn into its new one here; groups such as EU have no zone.
      if (new Intl.Locale(`und-${code}`).region !== code) continue;
      const name = english.of(code);
      if (name === undefined || (zonesOf(code).length === 0 && code !== "XK")) continue;
      names.set(plain(code), code);
      names.set(plain(name), code);
    }
  }
  for (const [name, code] of Object.entries(OTHER_NAMES)) names.set(name, code);
  return names;
}

/** Lower case, without accents and apostrophes; `&` is `and`, all else that is no letter is a space. */
function plain(text: string): string {
  return text
    .normalize("NFD")
    .replace(/[\u0300-\u036f'’.]/g, "")
    .toLowerCase()
    .replaceAll("&", " and ")
    .replace(/[^\p{L}]+/gu, " ")
    .trim();
}
