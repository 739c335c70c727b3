import type { z } from "zod";
import { checkShape } from "./explain.ts";
import { milliseconds, parseMailbox } from "./fields.ts";
import type { Problem } from "./problems.ts";
import { toProviders } from "./providers-schema.ts";
import { attributesOnly, hostOf, settingsFile } from "./settings-schema.ts";
import type { attributesFile, capsFile, windowFile } from "./settings-schema.ts";
import type { AttributeType, Cap, Settings, Webhook, WindowSettings } from "./settings.ts";
import { problemAt } from "./yaml.ts";
import type { Checked, Source } from "./yaml.ts";

type SettingsFile = z.infer<typeof settingsFile>;

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
      sites: (file.tracking?.sites ?? []).map((site) => hostOf(site)!),
    },
    webhooks: (file.webhooks ?? []).map(toWebhook),
    providers: toProviders(file.providers),
    announce: file.announce ?? [],
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
