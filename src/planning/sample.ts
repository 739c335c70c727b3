import { renderer, variablesUsed, type MailUrls, type RenderedMail } from "../email/render.ts";
import type { Template } from "../email/template.ts";
import type { AttributeType, Settings } from "../config/settings.ts";

/** Somebody who is nobody, for looking at a mail. */
const SOMEBODY: Readonly<Record<string, string>> = {
  first_name: "Alex",
  last_name: "Sample",
  company: "Sample & Sons",
  job_title: "Head of Operations",
  phone: "+44 20 7946 0000",
};

const NOWHERE = "https://example.com/";
const URLS: MailUrls = {
  unsubscribe: NOWHERE,
  preferences: NOWHERE,
  view: NOWHERE,
  confirm: NOWHERE,
  pixel: null,
  link: null,
};

/** The mail as somebody of whom everything is known would get it. */
export function renderSample(template: Template, settings: Settings): RenderedMail {
  const { company } = settings;
  const known = variablesUsed(template).map((name) => {
    const value = SOMEBODY[name] ?? sampleOf(name, settings.attributes?.get(name) ?? "text");
    return [name, value] as const;
  });
  return renderer(template)({
    lead: Object.fromEntries(known),
    email: "alex@example.com",
    company,
    rep: { name: "Robin Sample", email: "robin@example.com", phone: "+44 20 7946 0001" },
    score: 42,
    temperature: "warm",
    locale: company.locale,
    zone: company.timezone ?? "UTC",
    urls: URLS,
  });
}

function sampleOf(name: string, type: AttributeType): string | number | boolean {
  if (typeof type !== "string") return type[0] ?? "";
  switch (type) {
    case "number":
      return 42;
    case "boolean":
      return true;
    case "date":
      return "2026-01-15";
    case "text":
      return `some ${name.replaceAll("_", " ")}`;
  }
}
