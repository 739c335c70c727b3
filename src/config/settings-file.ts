import { z } from "zod";
import { checkShape } from "./explain.ts";
import {
  attributeNameField,
  daysField,
  domainField,
  durationField,
  environmentField,
  filledField,
  lengthField,
  mailboxField,
  milliseconds,
  nameField,
  parseMailbox,
  textField,
  timeField,
} from "./fields.ts";
import { countryField, isCountry, isZone, localeField, suggestZone, zoneField } from "./places.ts";
import { suggest } from "./nearest.ts";
import type { Problem } from "./problems.ts";
import type { AttributeType, Cap, Settings, Webhook, WindowSettings } from "./settings.ts";
import { problemAt } from "./yaml.ts";
import type { Checked, Source } from "./yaml.ts";

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

const windowFile = z.strictObject({
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
  [z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()].some((form) => form.safeParse(value).success)
    ? null
    : { message: `"${value}" is no address range`, suggestion: "like 203.0.113.0/24" },
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

const attributesFile = z.record(
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
  attributes: attributesFile.optional(),
});

/** The same file, where only the attributes matter (`kindling score`). */
const attributesOnly = z.looseObject({ attributes: attributesFile.optional() });

type SettingsFile = z.infer<typeof settingsFile>;

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

/** `kindling.yaml` → Settings, or all that is wrong with it. */
export function readSettings(source: Source): Checked<Settings> {
  const checked = checkShape(settingsFile, source);
  if ("problems" in checked) return checked;
  const problems = crossCheck(checked.value, source);
  return problems.length > 0 ? { problems } : { value: toSettings(checked.value) };
}

/** The declared attributes alone, whatever else is in `kindling.yaml`; null where it declares none. */
export function readAttributes(source: Source): Checked<Settings["attributes"]> {
  const checked = checkShape(attributesOnly, source);
  if ("problems" in checked) return checked;
  const { attributes } = checked.value;
  return { value: attributes === undefined ? null : toAttributes(attributes) };
}

function crossCheck(file: SettingsFile, source: Source): Problem[] {
  const problems: Problem[] = [];
  for (const [name, window] of Object.entries(file.windows ?? {})) {
    if (window.from !== window.to) continue;
    problems.push(
      problemAt(source, ["windows", name, "to"], `the window is never open: it ends as it begins`),
    );
  }
  problems.push(...twice(file.topics ?? [], (item) => item.topic, source, ["topics"], "topic"));
  problems.push(...twice(file.webhooks ?? [], (item) => item.webhook, source, ["webhooks"], "webhook"));
  return problems;
}

/** A problem for each item of a list whose name an item above has already. */
export function twice<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  source: Source,
  path: readonly (string | number)[],
  key: string,
): Problem[] {
  const seen = new Map<string, number>();
  const problems: Problem[] = [];
  for (const [index, item] of items.entries()) {
    const name = nameOf(item);
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else {
      const { line } = source.at([...path, first, key]);
      problems.push(
        problemAt(source, [...path, index, key], `there is a ${key} "${name}" already, on line ${line}`),
      );
    }
  }
  return problems;
}

function toSettings(file: SettingsFile): Settings {
  const { company, mail } = file;
  return {
    company: { ...company, locale: company.locale ?? "en" },
    mail: {
      from: parseMailbox(mail.from)!,
      replyTo: mail.reply_to === undefined ? null : parseMailbox(mail.reply_to)!,
      dkim: mail.dkim
        ? { domain: mail.dkim.domain, selector: mail.dkim.selector, keyFile: mail.dkim.key_file }
        : null,
      bounces: { domain: mail.bounces?.domain ?? null, softLimit: mail.bounces?.soft_limit ?? null },
      rate: {
        perMinute: mail.rate?.per_minute ?? null,
        perDomainPerMinute: mail.rate?.per_domain_per_minute ?? null,
      },
      inDoubt: mail.in_doubt ?? "never_twice",
      replyPause: milliseconds(mail.reply_pause ?? "14d"),
    },
    topics: (file.topics ?? []).map(({ topic, title }) => ({ topic, title: title ?? topic })),
    consent: { required: file.consent?.required ?? false, doubleOptIn: file.consent?.double_opt_in ?? false },
    windows: new Map(
      Object.entries(file.windows ?? {}).map(([name, window]) => [name, toWindow(name, window)]),
    ),
    caps: toCaps(file.caps),
    utm: file.utm ?? null,
    tracking: {
      opens: file.tracking?.opens ?? true,
      clicks: file.tracking?.clicks ?? true,
      settle: milliseconds(file.tracking?.settle ?? "60s"),
      scannerRanges: file.tracking?.scanner_ranges ?? [],
      relayRanges: file.tracking?.relay_ranges ?? [],
    },
    webhooks: (file.webhooks ?? []).map(toWebhook),
    attributes: file.attributes === undefined ? null : toAttributes(file.attributes),
  };
}

function toWindow(name: string, window: z.infer<typeof windowFile>): WindowSettings {
  const { days, from, to } = window;
  return { name, days, from, to, zone: window.zone ?? "lead", holidays: window.holidays ?? null };
}

/** Caps of a file, checked → caps; none where left out. */
export function toCaps(caps: z.infer<typeof capsFile> | undefined): Cap[] {
  return (caps ?? []).map((cap) => ({ emails: cap.emails, in: milliseconds(cap.in) }));
}

function toWebhook(webhook: NonNullable<SettingsFile["webhooks"]>[number]): Webhook {
  const { url, on, secret_env } = webhook;
  return { webhook: webhook.webhook, url, on: on ?? [], secretEnv: secret_env ?? null };
}

function toAttributes(declared: z.infer<typeof attributesFile>): Map<string, AttributeType> {
  return new Map(
    Object.entries(declared).map(([name, type]) => [name, Array.isArray(type) ? type.map(String) : type]),
  );
}
