import type { Company } from "../config/settings.ts";
import { BUILT_IN_ATTRIBUTES } from "../config/settings.ts";

/** Addresses that each mail has of its own; they may be the whole of a link's `href`. */
export const URL_HELPERS: readonly string[] = [
  "unsubscribe_url",
  "preferences_url",
  "view_url",
  "confirm_url",
];

/** The one of them that only the engine's own mails have (double opt-in, "my data"): templates under `system/`. */
export const SYSTEM_HELPER = "confirm_url";

/** All that stands after `{{#`. */
export const BLOCK_HELPERS: readonly string[] = ["if", "unless", "is"];

/** The closed list; no attribute may have one of these names. */
export const HELPERS: readonly string[] = [...BLOCK_HELPERS, "else", "plural", "date", ...URL_HELPERS];

/** Names that templates give a meaning of their own, so that no attribute may be called so. */
export const RESERVED_NAMES: readonly string[] = [
  ...HELPERS,
  "body",
  "rep",
  "score",
  "temperature",
  "zone",
  "company_name",
  "company_address",
  "company_country",
  "company_timezone",
  "company_locale",
];

const REP_VARIABLES: readonly string[] = ["rep.name", "rep.email", "rep.phone"];

/** What a template may name, in one company. */
export interface Vocabulary {
  /** Attributes that leads may have; null where the company declares none, so that any name is allowed. */
  readonly attributes: ReadonlySet<string> | null;
  /** Variables that every mail has, so that they need no fallback. */
  readonly always: ReadonlySet<string>;
  /** Variables that are there for some mails only, beside the attributes. */
  readonly sometimes: ReadonlySet<string>;
}

export function vocabularyOf(declared: readonly string[] | null, company: Company): Vocabulary {
  const always = new Set(["email", "score", "temperature"]);
  const sometimes = new Set(["rep", ...REP_VARIABLES]);
  for (const [name, value] of Object.entries(companyVariables(company))) {
    (value === null ? sometimes : always).add(name);
  }
  return { attributes: declared && new Set([...BUILT_IN_ATTRIBUTES, ...declared]), always, sometimes };
}

/** `{{company_name}}` and the like; null for what the settings leave out. */
export function companyVariables(company: Company): Record<string, string | null> {
  return {
    company_name: company.name,
    company_address: company.address,
    company_country: company.country ?? null,
    company_timezone: company.timezone ?? null,
    company_locale: company.locale,
  };
}

/** All names that may be printed, for a suggestion. */
export function knownVariables({ attributes, always, sometimes }: Vocabulary): string[] {
  return [
    ...(attributes ?? BUILT_IN_ATTRIBUTES),
    ...always,
    ...[...sometimes].filter((name) => name !== "rep"),
  ];
}

/** Where any name is allowed it must still be a plain one: nothing that reaches a prototype. */
export function isVariable(name: string, { attributes, always, sometimes }: Vocabulary): boolean {
  if (always.has(name) || sometimes.has(name)) return true;
  if (attributes) return attributes.has(name);
  return /^[\p{L}][\p{L}\p{N}_-]*$/u.test(name) && !(name in Object.prototype) && name !== "prototype";
}
