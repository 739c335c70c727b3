import { countryCode, onlyZone } from "./countries.ts";
import { isZone } from "./offsets.ts";
import type { Window } from "./window.ts";

/** What `kindling.yaml` says under `company:` about where it is. */
export interface CompanyPlace {
  readonly timezone?: string;
  readonly country?: string;
}

/** Where someone is: an IANA zone, and the ISO 3166 code of the country whose holidays count, if any do. */
export interface Place {
  readonly zone: string;
  readonly country: string | null;
}

type Attributes = Readonly<Record<string, unknown>>;

/**
 * The zone of a lead: its `timezone` where that is an IANA name, else its country's only one, else the company's
 * `timezone`, else the only one of the company's country, else UTC.
 */
export function zoneOf(attributes: Attributes, company: CompanyPlace): string {
  const own = attributes.timezone;
  if (typeof own === "string" && isZone(own.trim())) return own.trim();
  const country = ownCountry(attributes);
  return (country && onlyZone(country)) ?? companyZone(company);
}

/** The zone of the company: its own, else the only one of its country, else UTC. */
function companyZone(company: CompanyPlace): string {
  if (company.timezone !== undefined && isZone(company.timezone)) return company.timezone;
  const country = companyCountry(company);
  return (country && onlyZone(country)) ?? "UTC";
}

/** The ISO 3166 code of a lead's `country` (a code or an English name), else of the company's, else null. */
export function countryOf(attributes: Attributes, company: CompanyPlace): string | null {
  return ownCountry(attributes) ?? companyCountry(company);
}

/**
 * Where a window is for someone. For a notice's window pass the rep's `timezone` and `country` as attributes:
 * there `zone: lead` means the rep's.
 */
export function placeOf(window: Window, attributes: Attributes, company: CompanyPlace): Place {
  return { zone: zoneFor(window, attributes, company), country: holidaysFor(window, attributes, company) };
}

function zoneFor(window: Window, attributes: Attributes, company: CompanyPlace): string {
  if (window.zone === "lead") return zoneOf(attributes, company);
  if (window.zone === "company") return companyZone(company);
  return window.zone;
}

function holidaysFor(window: Window, attributes: Attributes, company: CompanyPlace): string | null {
  if (window.holidays === null) return null;
  if (window.holidays === "lead") return countryOf(attributes, company);
  if (window.holidays === "company") return companyCountry(company);
  return countryCode(window.holidays);
}

function ownCountry(attributes: Attributes): string | null {
  return typeof attributes.country === "string" ? countryCode(attributes.country) : null;
}

function companyCountry(company: CompanyPlace): string | null {
  return company.country === undefined ? null : countryCode(company.country);
}
