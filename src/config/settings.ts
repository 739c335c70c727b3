import type { Duration } from "../instant.ts";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** `config/kindling.yaml`, checked, defaults filled in, durations in milliseconds. */
export interface Settings {
  readonly company: Company;
  readonly mail: MailSettings;
  readonly topics: readonly Topic[];
  readonly consent: { readonly required: boolean; readonly doubleOptIn: boolean };
  readonly windows: ReadonlyMap<string, WindowSettings>;
  readonly caps: readonly Cap[];
  /** UTM parameters without their prefix (`source`, …); values may hold `{{sequence}}` and the like. */
  readonly utm: Readonly<Record<string, string>> | null;
  readonly tracking: TrackingSettings;
  readonly webhooks: readonly Webhook[];
  readonly providers: Providers;
  /** Who hears of each version that is applied, beside the reps. */
  readonly announce: readonly string[];
  /** The company's own attributes; null where the file declares none, so that any name is allowed. */
  readonly attributes: ReadonlyMap<string, AttributeType> | null;
}

export interface Company {
  readonly name: string;
  /** Postal, one line or several: stands in every footer. */
  readonly address: string;
  /** ISO 3166 alpha-2. */
  readonly country?: string;
  /** IANA name. */
  readonly timezone?: string;
  /** BCP 47; `en` where left out. */
  readonly locale: string;
}

export interface Mailbox {
  readonly name: string | null;
  readonly address: string;
}

export interface MailSettings {
  readonly from: Mailbox;
  readonly replyTo: Mailbox | null;
  readonly dkim: { readonly domain: string; readonly selector: string; readonly keyFile: string } | null;
  /** `softLimit` soft bounces in a row suppress; null: they never do. */
  readonly bounces: { readonly domain: string | null; readonly softLimit: number | null };
  readonly rate: { readonly perMinute: number | null; readonly perDomainPerMinute: number | null };
  readonly inDoubt: "never_twice" | "retry";
  /** How long a person's reply pauses their sequences. */
  readonly replyPause: Duration;
}

export interface Topic {
  readonly topic: string;
  readonly title: string;
}

/** The shape of calendar/window.ts's Window: `from` and `to` are local `HH:MM`. */
export interface WindowSettings {
  readonly name: string;
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly to: string;
  /** `lead`, `company` or an IANA name. */
  readonly zone: string;
  /** `lead`, `company`, an ISO 3166 country, or null for none. */
  readonly holidays: string | null;
}

/** At most `emails` sent to a lead in any (t − in, t]. */
export interface Cap {
  readonly emails: number;
  readonly in: Duration;
}

interface TrackingSettings {
  readonly opens: boolean;
  readonly clicks: boolean;
  readonly settle: Duration;
  /** CIDR ranges. */
  readonly scannerRanges: readonly string[];
  readonly relayRanges: readonly string[];
  /**
   * Hosts of the company's own pages that carry k.js, as addresses have them (`www.acme.example`): a click that leads
   * there hands the page a visitor token. None: only forms name visitors.
   */
  readonly sites: readonly string[];
}

export interface Webhook {
  readonly webhook: string;
  readonly url: string;
  /** What is sent: event types, `score.crossed`. */
  readonly on: readonly string[];
  /** The environment variable that holds the signing secret. */
  readonly secretEnv: string | null;
}

/** Whose webhooks tell of bounces and complaints, and what proves that they are theirs; null: not taken. */
export interface Providers {
  /** Amazon SES: the ARN of the one SNS topic that is believed. */
  readonly ses: { readonly topic: string } | null;
  /** SPKI in base64, as SendGrid shows it. */
  readonly sendgrid: { readonly publicKey: string } | null;
  /** The environment variable that holds the HTTP webhook signing key. */
  readonly mailgun: { readonly signingKeyEnv: string } | null;
  /** The environment variable that holds `user:password`. */
  readonly postmark: { readonly loginEnv: string } | null;
}

/** What a declared attribute holds; a list is the words allowed. */
export type AttributeType = "text" | "number" | "boolean" | "date" | readonly string[];

/** Attributes that every lead may have and that have a meaning of their own. */
export const BUILT_IN_ATTRIBUTES: readonly string[] = [
  "email",
  "first_name",
  "last_name",
  "company",
  "job_title",
  "phone",
  "country",
  "timezone",
  "locale",
];
