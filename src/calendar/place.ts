import type { Window } from "./window.ts";

/** What `kindling.yaml` says under `company:` about where it is. */
export interface CompanyPlace {
  readonly timezone?: string;
  readonly country?: string;
}

type Attributes = Readonly<Record<string, unknown>>;

/** The zone of a lead: its `timezone`, else its country's only one, else the company's, else UTC. */
export function zoneOf(_attributes: Attributes, company: CompanyPlace): string {
  return company.timezone ?? "UTC";
}

/** The ISO 3166 code of a lead's `country` attribute (a code or an English name), else the company's, else null. */
export function countryOf(_attributes: Attributes, company: CompanyPlace): string | null {
  return company.country ?? null;
}

/** The zone and the holidays' country that a window has for someone. */
export function placeOf(
  _window: Window,
  attributes: Attributes,
  company: CompanyPlace,
): { zone: string; country: string | null } {
  return { zone: zoneOf(attributes, company), country: null };
}
