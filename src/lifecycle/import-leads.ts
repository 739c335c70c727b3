import type { Scalar } from "../conditions/condition.ts";
import { attributeNameField } from "../config/fields.ts";
import { nearest } from "../config/nearest.ts";
import { BUILT_IN_ATTRIBUTES } from "../config/settings.ts";
import { FURTHEST_AHEAD } from "../events/event.ts";
import { eventInput, type Input } from "../events/input.ts";
import { formatInstant, type Instant } from "../instant.ts";
import { normaliseEmail } from "../leads/address.ts";
import { STAGES, type Lead, type Stage } from "../leads/lead.ts";
import type { Programme } from "../programme/programme.ts";
import { unknownTarget, type Targets } from "./import-columns.ts";
import { asBoolean, attributeValue, instantValue, RowError, shown, textOf } from "./import-values.ts";
import type { LeadState } from "./state.ts";

/** What a row says of a lead. What it does not say is undefined and stays as it is. */
export interface LeadDraft {
  readonly line: number;
  email: string;
  readonly attributes: Record<string, Scalar>;
  owner?: string;
  stage?: Stage;
  createdAt?: Instant;
  /** Why they get no mail. */
  suppressed?: string;
  /** By topic; `*` for all. */
  readonly consent: Record<string, "given" | "withdrawn">;
  /** The lead confirmed that consent by a click of its own: since when, where the row says so. */
  confirmed?: { readonly at: Instant | null };
}

const OWN = ["email", "owner", "stage", "created_at", "consent", "confirmed", "suppressed"];

/** Why those whom a file names as opted out get no mail. */
export const IMPORTED = "imported list";

const SYNONYMS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    email: "e_mail mail email_address e_mail_address mail_address work_email business_email contact_email",
    first_name: "firstname forename given_name fname",
    last_name: "lastname surname family_name lname",
    company: "company_name organisation organization account account_name employer",
    job_title: "jobtitle title position job role",
    phone: "phone_number telephone tel mobile mobile_phone",
    country: "country_code country_region nation",
    timezone: "time_zone tz",
    locale: "language lang preferred_language",
    owner: "lead_owner contact_owner rep sales_rep assigned_to",
    stage: "lead_stage lifecycle_stage",
    created_at: "at created create_date created_date creation_date date_created created_on signup_date",
    consent: "email_consent marketing_consent opt_in opted_in",
    confirmed: "confirmed_at opt_in_confirmed confirm_time double_opt_in",
    suppressed:
      "do_not_email do_not_mail unsubscribed opt_out opted_out email_opt_out has_opted_out_of_email donotemail",
  }).flatMap(([target, names]) => names.split(" ").map((name) => [name, target])),
);

/** What columns of a leads file mean under this programme. */
export function leadTargets({ settings, reps }: Programme, now: Instant): Targets<LeadDraft> {
  const declared = settings.attributes;
  const builtIn = BUILT_IN_ATTRIBUTES.filter((name) => name !== "email");
  const attributes = [...builtIn, ...(declared?.keys() ?? [])];
  const topics = settings.topics.map(({ topic }) => topic);
  const refuse = (target: string) => {
    if (declared !== null)
      return unknownTarget("attribute", target, [...OWN, ...attributes], "declare it in kindling.yaml");
    const checked = attributeNameField.safeParse(target);
    return checked.success ? null : checked.error.issues[0]!.message;
  };
  return {
    // A rep's name in some other system says nothing where there are no reps.
    own: reps.reps.length > 0 ? OWN : OWN.filter((name) => name !== "owner"),
    attributes,
    synonyms: SYNONYMS,
    refuse,
    begin: (line) => ({ line, email: "", attributes: {}, consent: {} }),
    take(draft, target, value) {
      if (!OWN.includes(target)) {
        const type = declared?.get(target) ?? (builtIn.includes(target) ? "text" : null);
        const typed = attributeValue(target, type, value);
        if (typed !== undefined) draft.attributes[target] = typed;
        return;
      }
      if (value === undefined || value === null) return;
      const text = textOf(target, value);
      if (text === "") return;
      switch (target) {
        case "email":
          draft.email = emailValue(text);
          return;
        case "owner":
          draft.owner = repValue(text, reps);
          return;
        case "stage":
          draft.stage = stageValue(text);
          return;
        case "created_at":
          draft.createdAt = instantValue(target, text);
          if (draft.createdAt > now + FURTHEST_AHEAD)
            throw new RowError(`created_at lies in the future: ${text}`);
          return;
        case "suppressed":
          if (asBoolean(text) !== false) draft.suppressed = asBoolean(text) === true ? IMPORTED : text;
          return;
        case "confirmed":
          draft.confirmed = confirmedValue(text, now);
          return;
        case "consent":
          Object.assign(draft.consent, consentValue(text, topics));
          return;
      }
    },
    finish({ email }) {
      if (email === "") throw new RowError("has no email");
    },
  };
}

export function emailValue(text: string): string {
  const email = normaliseEmail(text);
  if (email === null) throw new RowError(`${shown(text)} is no email address`);
  return email;
}

/** A rep by their word, name or address. */
function repValue(text: string, { reps }: Programme["reps"]): string {
  const wanted = text.toLowerCase();
  const found = reps.find((rep) =>
    [rep.rep, rep.name, rep.email].some((word) => word.toLowerCase() === wanted),
  );
  if (found) return found.rep;
  const near = nearest(
    text,
    reps.map((rep) => rep.rep),
  );
  throw new RowError(
    `there is no rep ${shown(text)}${near === undefined ? "" : ` (did you mean "${near}"?)`}`,
  );
}

function stageValue(text: string): Stage {
  const stage = STAGES.find((word) => word === text.toLowerCase());
  if (stage === undefined)
    throw new RowError(`stage must be one of ${STAGES.join(", ")}, not ${shown(text)}`);
  return stage;
}

/** Yes, or when; undefined for no. */
function confirmedValue(text: string, now: Instant): LeadDraft["confirmed"] {
  const word = asBoolean(text);
  if (word !== null) return word ? { at: null } : undefined;
  const at = instantValue("confirmed", text);
  if (at > now + FURTHEST_AHEAD) throw new RowError(`confirmed lies in the future: ${text}`);
  return { at };
}

/** Yes or no to all mail, or topics that they said yes to. */
function consentValue(text: string, topics: readonly string[]): LeadDraft["consent"] {
  const all = asBoolean(text);
  if (all !== null) return { "*": all ? "given" : "withdrawn" };
  const consent: LeadDraft["consent"] = {};
  for (const word of text.split(/[\s,;|]+/)) {
    const topic = topics.find((name) => name.toLowerCase() === word.toLowerCase());
    if (topic === undefined)
      throw new RowError(`consent must be yes, no or topics (${topics.join(", ")}), not ${shown(text)}`);
    consent[topic] = "given";
  }
  return consent;
}

/** A lead as it stands, with what it said about consent. */
export interface Known {
  readonly lead: Lead;
  readonly consent: LeadState["consent"];
}

/**
 * What has to happen so that the lead is as the row says; nothing where it is already. A consent that somebody
 * withdrew is theirs to give again, and nobody is taken off the suppression list.
 */
export function inputsFor(draft: LeadDraft, known: Known | null, source: string): Input[] {
  const inputs: Input[] = [];
  const event = (type: string, properties: Readonly<Record<string, unknown>>, at: Instant | null = null) =>
    inputs.push(eventInput(type, "system", properties, { at }));
  if (known === null) {
    const first = Object.entries(draft.attributes).filter(([, value]) => value !== null);
    event("lead.created", { attributes: Object.fromEntries(first) }, draft.createdAt ?? null);
  } else {
    const changed = Object.entries(draft.attributes).filter(
      ([name, value]) => (known.lead.attributes[name] ?? null) !== value,
    );
    if (changed.length > 0) event("lead.updated", { attributes: Object.fromEntries(changed) });
  }
  for (const [topic, word] of Object.entries(draft.consent)) {
    const before = known?.consent[topic];
    const proof = word === "given" && draft.confirmed;
    if (before === word || before === "withdrawn" || (before === "asked" && word === "given" && !proof))
      continue;
    const about = topic === "*" ? {} : { topic };
    const since = proof && proof.at !== null ? { confirmed_at: formatInstant(proof.at) } : {};
    const confirmed = proof ? { confirmed: true, ...since } : {};
    event(`consent.${word}`, { ...about, words: "imported", source, ...confirmed });
  }
  const owner = draft.owner !== undefined && draft.owner !== (known?.lead.owner ?? null);
  const stage = draft.stage !== undefined && draft.stage !== (known?.lead.stage ?? "lead");
  if (owner || stage)
    inputs.push({
      kind: "set",
      ...(owner ? { owner: draft.owner } : {}),
      ...(stage ? { stage: draft.stage } : {}),
    });
  if (draft.suppressed !== undefined && (known?.lead.suppressed ?? null) === null)
    inputs.push({ kind: "suppress", reason: draft.suppressed, source: "import" });
  return inputs;
}
