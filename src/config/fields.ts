import { z } from "zod";
import { DAY, parseDuration } from "../instant.ts";
import type { Duration } from "../instant.ts";
import { WEEKDAYS } from "./settings.ts";
import type { Mailbox } from "./settings.ts";

const LONGEST = 36_500 * DAY;
const DURATION = "a duration is a whole number and a unit: 90s, 15m, 4h, 3d or 2w";
const UNIT_WORDS = /^\s*(\d+)\s*(s|m|h|d|w)(ec|econd|in|inute|our|ay|eek)?s?\s*$/i;

/** What goes wrong in a text field, with what would be right; null: it is fine. */
type Complaint = { message: string; suggestion?: string } | null;

/** A text that some function has to like. `form` stands in the JSON Schema as a pattern. */
export function textField(
  complaint: (value: string) => Complaint,
  wrongType = "expected text",
  form?: RegExp,
  missing?: string,
) {
  return z
    .string({
      error: (issue) => {
        if (issue.input === undefined) return missing;
        return issue.input === null ? undefined : wrongType;
      },
    })
    .check((context) => {
      const found = complaint(context.value);
      if (found === null) return;
      const { message, suggestion } = found;
      context.issues.push({ code: "custom", input: context.value, message, params: { suggestion } });
    })
    .meta(form ? { pattern: form.source } : {});
}

/** `3d`, as text; `milliseconds` makes a number of it. */
export const durationField = textField(complainAboutDuration, DURATION, /^\d+[smhdw]$/);

/** A duration longer than nothing. */
export const lengthField = requiredLength();

/** A duration longer than nothing, with what is said where it is left out. */
export function requiredLength(missing?: string) {
  return textField(
    (value) =>
      complainAboutDuration(value) ??
      (milliseconds(value) === 0 ? { message: "must be longer than 0" } : null),
    DURATION,
    /^\d+[smhdw]$/,
    missing,
  );
}

function complainAboutDuration(value: string): Complaint {
  const length = parseDuration(value);
  if (length === undefined) {
    const [, count, unit] = UNIT_WORDS.exec(value) ?? [];
    return { message: DURATION, suggestion: count && `did you mean "${count}${unit!.toLowerCase()}"?` };
  }
  return length > LONGEST ? { message: "is longer than 100 years" } : null;
}

/** Of a duration that was checked. */
export function milliseconds(value: string): Duration {
  return parseDuration(value)!;
}

const PERCENT = "a share is a percentage: 10%";

/** `10%`, as text; `share` makes 0.1 of it. */
export const percentField = textField(
  (value) => (/^\d+(\.\d+)?%$/.test(value) && share(value) <= 1 ? null : { message: PERCENT }),
  PERCENT,
  /^\d+(\.\d+)?%$/,
);

export function share(value: string): number {
  return Number(value.slice(0, -1)) / 100;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** The word by which files call something: a window, a rep, a segment, a step. */
export const nameField = textField(
  (value) => {
    if (value.length > 64) return { message: `"${value.slice(0, 20)}…" is longer than 64 characters` };
    if (NAME.test(value)) return null;
    const clean = value
      .trim()
      .normalize("NFKD")
      .replaceAll(/[^A-Za-z0-9_-]+/g, "-")
      .replaceAll(/^[-_]+|-+$/g, "");
    return {
      message: `"${value}" can't be a name: letters, digits, - and _ only`,
      suggestion: clean === "" ? undefined : `did you mean "${clean}"?`,
    };
  },
  "a name is text: letters, digits, - and _",
  NAME,
);

/** A name that starts with a letter: a mapping of them keeps its order, which JavaScript denies to numbers. */
export const wordField = textField(
  (value) =>
    /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(value)
      ? null
      : { message: `"${value}" can't be a name: a letter, then up to 63 letters, digits, - and _` },
  "a name is text: a letter, then letters, digits, - and _",
  /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
);

/** An attribute's name, such as templates can print. */
const ATTRIBUTE = /^\p{L}[\p{L}\p{N}_-]{0,63}$/u;

export const attributeNameField = textField((value) => {
  if (value in Object.prototype) return { message: `"${value}" is a word of JavaScript and no attribute` };
  if (ATTRIBUTE.test(value)) return null;
  const clean = value.trim().replaceAll(/[^\p{L}\p{N}_-]+/gu, "_");
  return {
    message: `"${value}" can't be an attribute: a letter, then up to 63 letters, digits, - and _`,
    suggestion: ATTRIBUTE.test(clean) ? `did you mean "${clean}"?` : undefined,
  };
}, "an attribute is a name");

export const filledField = z.string().trim().min(1).max(1000);

const TIME = 'a time is HH:MM in quotes, from "00:00" to "23:59"';

/** `09:00`, local. */
export const timeField = textField(
  (value) => (/^([01]\d|2[0-3]):[0-5]\d$/.test(value) ? null : { message: TIME }),
  TIME,
  /^([01]\d|2[0-3]):[0-5]\d$/,
);

export const daysField = z.array(z.enum(WEEKDAYS)).min(1);

const ENVIRONMENT = "names an environment variable: CAPITALS, digits and _";

/** Secrets are never in these files: they name where one is. */
export const environmentField = textField(
  (value) =>
    /^[A-Z][A-Z0-9_]*$/.test(value)
      ? null
      : { message: ENVIRONMENT, suggestion: "secrets stay out of files" },
  ENVIRONMENT,
  /^[A-Z][A-Z0-9_]*$/,
);

const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN =
  /^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

function isAddress(value: string): boolean {
  const at = value.lastIndexOf("@");
  const local = value.slice(0, Math.max(at, 0));
  return (
    local.length <= 64 && value.length <= 254 && LOCAL_PART.test(local) && DOMAIN.test(value.slice(at + 1))
  );
}

/** `ada@acme.example`, bare. */
export const addressField = textField(
  (value) => (isAddress(value) ? null : { message: `"${value}" is no email address` }),
  "an email address is text",
);

export const domainField = textField(
  (value) => (DOMAIN.test(value) && value.length <= 253 ? null : { message: `"${value}" is no domain name` }),
  "a domain is text",
);

/** `Ada at Acme <ada@acme.example>`, `"Ada, Acme" <…>` or the address alone; undefined for anything else. */
export function parseMailbox(value: string): Mailbox | undefined {
  // A line break would become a header of its own.
  if (/\p{Cc}/u.test(value)) return undefined;
  const bare = value.trim();
  if (isAddress(bare)) return { name: null, address: bare };
  const [, quoted, plain, address] = /^(?:"([^"\\]*)"|([^"<>]*?))\s*<([^<>\s]+)>$/.exec(bare) ?? [];
  if (address === undefined || !isAddress(address)) return undefined;
  return { name: (quoted ?? plain ?? "").trim() || null, address };
}

export const mailboxField = textField(
  (value) =>
    parseMailbox(value)
      ? null
      : { message: `"${value}" is no mailbox`, suggestion: "write it as: Name <name@domain.example>" },
  "a mailbox is text: Name <name@domain.example>",
);
