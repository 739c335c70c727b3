import type { Random } from "./random.ts";

// A company's leads as they might be: all of them made up, all at .example domains (RFC 2606).

interface Country {
  readonly code: string;
  readonly locale: string;
  readonly first: readonly string[];
  readonly last: readonly string[];
  readonly companies: readonly string[];
}

const COUNTRIES: readonly Country[] = [
  {
    code: "PT",
    locale: "en",
    first: ["Inês", "Tiago", "Marta", "Rui", "Joana", "Nuno", "Sofia", "Pedro"],
    last: ["Almeida", "Carvalho", "Ferreira", "Lopes", "Moreira", "Teixeira"],
    companies: ["Porto Azul", "Serra Logística", "Tejo Foods", "Casa Verde", "Atlântico Energia"],
  },
  {
    code: "DE",
    locale: "de",
    first: ["Anna", "Jonas", "Lena", "Felix", "Katrin", "Moritz", "Sabine", "Uwe"],
    last: ["Becker", "Hartmann", "Krüger", "Lehmann", "Schäfer", "Vogel"],
    companies: ["Nordlicht Pflege", "Hafenwerk", "Alpenquell", "Rheintal Technik", "Waldner Bau"],
  },
  {
    code: "GB",
    locale: "en",
    first: ["Grace", "Oliver", "Priya", "Callum", "Hannah", "Imran", "Ruth", "Theo"],
    last: ["Bennett", "Clarke", "Hughes", "Patel", "Walker", "Wright"],
    companies: ["Harbour Care", "Fenland Foods", "Pennine Rail", "Juniper Retail", "Kestrel Energy"],
  },
  {
    code: "FR",
    locale: "en",
    first: ["Camille", "Hugo", "Léa", "Mathis", "Nadia", "Yann"],
    last: ["Bernard", "Fontaine", "Lambert", "Moreau", "Roussel"],
    companies: ["Val de Loire Santé", "Bastide Transport", "Miramar Hôtels", "Rivage Industrie"],
  },
];

const TITLES = [
  "Operations manager",
  "Head of people",
  "Shift planner",
  "Managing director",
  "Training lead",
  "HR assistant",
];
const INDUSTRIES = ["care", "logistics", "retail", "manufacturing", "food", "energy"];
const SOURCES = ["webinar", "search", "referral", "fair", "newsletter"];

export interface Person {
  readonly email: string;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** The n-th lead: a name, a company, and what a form would have asked. */
export function inventPerson(random: Random, n: number, keen: boolean): Person {
  const country = random.pick(COUNTRIES);
  const first = random.pick(country.first);
  const last = random.pick(country.last);
  const company = random.pick(country.companies);
  const attributes = {
    first_name: first,
    last_name: last,
    company,
    country: country.code,
    locale: country.locale,
    job_title: random.pick(TITLES),
    employees: keen ? random.between(120, 900) : random.between(5, 400),
    industry: random.pick(INDUSTRIES),
    authority: keen ? random.pick(["decides", "recommends"]) : random.pick(["recommends", "none"]),
    lead_source: random.pick(SOURCES),
  };
  return {
    email: `${plain(first)}.${plain(last)}${n}@${plain(company)}.example`,
    attributes,
  };
}

/** `Inês` → `ines`, `Val de Loire Santé` → `valdeloiresante`. */
function plain(name: string): string {
  return name
    .normalize("NFD")
    .toLowerCase()
    .replace(/[^a-z]/g, "");
}
