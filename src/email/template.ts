/**
 * One email, compiled: what a version of the programme keeps and what a message names by its hash.
 * JSON-safe, so that it can be stored and sent from long after its files have changed.
 */
export interface Template {
  /** `warm/case-study` */
  readonly name: string;
  /** `de`, `pt-BR`; null for the default one. */
  readonly locale: string | null;
  /** SHA-256 (64 hex) over name, locale and all that follows: equal hashes render equal mails. */
  readonly hash: string;
  /** Handlebars, rendered unescaped. */
  readonly subject: string;
  /** Handlebars, rendered unescaped; "" for none. It is in `html` already. */
  readonly preheader: string;
  /** A topic of config/kindling.yaml; null where the mail belongs to none. */
  readonly topic: string | null;
  /** A mailbox (`Ada <ada@acme.example>`) where the template overrides `mail.from`. */
  readonly from: string | null;
  /** Compiled MJML with Handlebars left inside; links are placeholders. */
  readonly html: string;
  /** The plain text part, Handlebars; links are placeholders. */
  readonly text: string;
  /** Destinations of the tracked links, index = link number, in order of appearance. */
  readonly links: readonly string[];
  /** The number of the link that no person sees: `links.length`. */
  readonly hiddenLink: number;
}

/** The locales of one template: locale, or "" for the default one, to the template. */
export type Locales = ReadonlyMap<string, Template>;

/**
 * The template nearest to a lead's locale: `de-AT`, then `de`, then the default. The company's locale stands in
 * where the lead has none. Case and `_` for `-` make no difference. Undefined only where there is none at all.
 */
export function pickTemplate(
  locales: Locales,
  locale: string | null,
  companyLocale: string | null,
): Template | undefined {
  for (const candidate of widening(locale || companyLocale || "")) {
    const found = findLocale(locales, candidate);
    if (found) return found;
  }
  return locales.get("") ?? locales.values().next().value;
}

/** `zh-Hant-TW` → itself, `zh-Hant`, `zh`. */
export function widening(locale: string): string[] {
  const parts = locale.trim().replaceAll("_", "-").split("-");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("-"));
}

function findLocale(locales: Locales, wanted: string): Template | undefined {
  const exact = locales.get(wanted);
  if (exact) return exact;
  for (const [locale, template] of locales) {
    if (locale.toLowerCase() === wanted.toLowerCase()) return template;
  }
  return undefined;
}
