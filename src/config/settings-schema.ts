import { z } from "zod";
import {
  addressField,
  attributeNameField,
  daysField,
  domainField,
  durationField,
  environmentField,
  filledField,
  lengthField,
  mailboxField,
  nameField,
  textField,
  timeField,
} from "./fields.ts";
import { suggest } from "./nearest.ts";
import { providersFile } from "./providers-schema.ts";
import { isRange } from "./ranges.ts";
import { countryField, isCountry, isZone, localeField, suggestZone, zoneField } from "./places.ts";

const zoneChoice = textField((value) =>
  value === "lead" || value === "company" || isZone(value)
    ? null
    : { message: `"${value}" is no zone`, suggestion: suggestZone(value) },
);

const holidaysChoice = textField((value) =>
  value === "lead" || value === "company" || isCountry(value)
    ? null
    : { message: `"${value}" has no holidays`, suggestion: "lead, company, or a country's code like PT" },
);

export const windowFile = z.strictObject({
  days: daysField,
  from: timeField,
  to: textField((value) =>
    value === "24:00" || timeField.safeParse(value).success
      ? null
      : { message: 'a time is HH:MM in quotes, up to "24:00"' },
  ),
  zone: zoneChoice.optional(),
  holidays: holidaysChoice.optional(),
});

/** Frequency caps, the company's and a sequence's own. */
export const capsFile = z.array(z.strictObject({ emails: z.int().min(1), in: lengthField }));

const rangeField = textField((value) =>
  isRange(value) ? null : { message: `"${value}" is no address range`, suggestion: "like 203.0.113.0/24" },
);

/** A host alone, as a URL has it: lower case, in punycode; null for anything else. */
export function hostOf(text: string): string | null {
  const address = `http://${text}/`;
  return /^[^\s/:?#@%\\]+$/.test(text) && URL.canParse(address) ? new URL(address).hostname : null;
}

const siteField = textField((value) =>
  hostOf(value) === null
    ? { message: `"${value}" is no host`, suggestion: "the name alone, like www.acme.example" }
    : null,
);

const urlField = textField((value) =>
  z.url({ protocol: /^https?$/ }).safeParse(value).success
    ? null
    : { message: `"${value}" is no http or https address` },
);

const PLACEHOLDERS = ["sequence", "template", "step", "variant"];

const utmField = textField((value) => {
  const unknown = [...value.matchAll(/\{\{(.*?)\}\}/g)].map((found) => found[1]!.trim());
  const wrong = unknown.find((name) => !PLACEHOLDERS.includes(name));
  if (wrong === undefined) return null;
  return { message: `{{${wrong}}} can't stand here`, suggestion: suggest(wrong, PLACEHOLDERS) };
});

const eventField = textField((value) =>
  /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$/.test(value)
    ? null
    : {
        message: `"${value}" is no event`,
        suggestion: "lower case with dots between words, like deal.opened",
      },
);

const ATTRIBUTE_TYPES = ["text", "number", "boolean", "date"] as const;

export const attributesFile = z.record(
  attributeNameField,
  z.union([z.enum(ATTRIBUTE_TYPES), z.array(z.union([z.string().min(1), z.number()])).min(1)]),
);

/** `config/kindling.yaml` as it is written. */
export const settingsFile = z.strictObject({
  company: z.strictObject(
    {
      name: filledField,
      address: filledField,
      country: countryField.optional(),
      timezone: zoneField.optional(),
      locale: localeField.optional(),
    },
    required('"company" is missing: it needs name and address'),
  ),
  mail: z.strictObject(
    {
      from: mailboxField,
      reply_to: mailboxField.optional(),
      dkim: z
        .strictObject({ domain: domainField, selector: domainLabel(), key_file: filledField })
        .optional(),
      bounces: z
        .strictObject({ domain: domainField.optional(), soft_limit: z.int().min(1).optional() })
        .optional(),
      rate: z
        .strictObject({
          per_minute: z.int().min(1).optional(),
          per_domain_per_minute: z.int().min(1).optional(),
        })
        .optional(),
      in_doubt: z.enum(["never_twice", "retry"]).optional(),
      reply_pause: durationField.optional(),
    },
    required('"mail" is missing: it needs from'),
  ),
  topics: z.array(z.strictObject({ topic: nameField, title: filledField.optional() })).optional(),
  consent: z
    .strictObject({ required: z.boolean().optional(), double_opt_in: z.boolean().optional() })
    .optional(),
  windows: z.record(nameField, windowFile).optional(),
  caps: capsFile.optional(),
  utm: z
    .strictObject({
      source: utmField.optional(),
      medium: utmField.optional(),
      campaign: utmField.optional(),
      content: utmField.optional(),
      term: utmField.optional(),
    })
    .optional(),
  tracking: z
    .strictObject({
      opens: z.boolean().optional(),
      clicks: z.boolean().optional(),
      settle: durationField.optional(),
      scanner_ranges: z.array(rangeField).optional(),
      relay_ranges: z.array(rangeField).optional(),
      sites: z.array(siteField).optional(),
    })
    .optional(),
  webhooks: z
    .array(
      z.strictObject({
        webhook: nameField,
        url: urlField,
        on: z.array(eventField).optional(),
        secret_env: environmentField.optional(),
      }),
    )
    .optional(),
  providers: providersFile.optional(),
  announce: z.array(addressField).optional(),
  attributes: attributesFile.optional(),
});

/** The same file, where only the attributes matter (`kindling score`). */
export const attributesOnly = z.looseObject({ attributes: attributesFile.optional() });

/** What is said where a whole block is left out. */
function required(message: string) {
  return { error: (issue: { readonly input: unknown }) => (issue.input === undefined ? message : undefined) };
}

function domainLabel() {
  return textField((value) =>
    /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(value)
      ? null
      : { message: `"${value}" is no DKIM selector` },
  );
}
