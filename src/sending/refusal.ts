import { BY_TEXT } from "./wording.ts";

/** What a mail server said when it refused a mail, in an answer or in a bounce that it sent later. */
export interface Refusal {
  /** `550`; null where only a status is known. */
  readonly code: number | null;
  /** The enhanced status, `5.1.1` (RFC 3463); null where the server gave none. */
  readonly status: string | null;
  readonly text: string;
}

export interface BounceClass {
  /** `hard`: the address is bad for ever, and is suppressed at once. */
  readonly class: "hard" | "soft";
  /** One word, such as `userunknown`, `mailboxfull`, `spamdetected`. */
  readonly reason: string;
  /** Whether it speaks against the address: a soft one that does counts towards `mail.bounces.soft_limit`. */
  readonly counts: boolean;
}

const HARD = new Set(["userunknown", "hostunknown", "hasmoved", "notaccept"]);

/** The mailbox is full, or the mail or its sender is what they object to: the address itself is fine. */
const BLAMELESS = new Set([
  "mailboxfull",
  "mesgtoobig",
  "spamdetected",
  "virusdetected",
  "blocked",
  "badreputation",
  "authfailure",
  "requireptr",
  "norelaying",
  "speeding",
  "policyviolation",
  "contenterror",
]);

/** By enhanced status (RFC 3463, RFC 7505, RFC 7372), where the text says nothing. */
const BY_STATUS: Readonly<Record<string, string>> = {
  "1.0": "userunknown",
  "1.1": "userunknown",
  "1.2": "hostunknown",
  "1.3": "userunknown",
  "1.6": "hasmoved",
  "1.7": "rejected",
  "1.8": "rejected",
  "1.10": "notaccept",
  "2.0": "suspend",
  "2.1": "suspend",
  "2.2": "mailboxfull",
  "2.3": "mesgtoobig",
  "3.1": "systemfull",
  "3.4": "mesgtoobig",
  "4.1": "networkerror",
  "4.4": "hostunknown",
  "4.7": "expired",
};

const OWN_HOST =
  /recipient|destination|\bhost (?:unknown|not found)|no such domain|account or domain|unrout/i;

const BAD_ADDRESS = new Set(["1.1", "1.2", "1.3", "1.6", "1.10"]);

/** Classes of status, where the exact one is not listed. */
const BY_SUBJECT: Readonly<Record<string, string>> = {
  "3": "systemerror",
  "4": "networkerror",
  "5": "contenterror",
  "6": "contenterror",
  "7": "policyviolation",
};

/** By code alone (RFC 5321 §4.2.2, RFC 7504), where there is neither. */
const BY_CODE: Readonly<Record<number, string>> = {
  521: "notaccept",
  523: "mesgtoobig",
  552: "mailboxfull",
  553: "userunknown",
  554: "policyviolation",
  556: "notaccept",
};

/**
 * What a permanent refusal means for the address. An unknown reason is soft (`rejected`) and counts: it takes several
 * in a row to suppress. A 4xx is never hard.
 */
export function classifyRefusal({ code, status, text }: Refusal): BounceClass {
  const reason = reasonOf(code, status, text);
  const permanent = status === null ? code === null || code >= 500 : status.startsWith("5");
  const hard = permanent && HARD.has(reason);
  return { class: hard ? "hard" : "soft", reason, counts: !hard && !BLAMELESS.has(reason) };
}

/** What a refusal after the content means: filters say "user unknown" too, once they have read the mail. */
export function onceItWasRead(found: BounceClass, status: string | null, text: string): BounceClass {
  return found.class === "soft" || isCertain(status ?? "", text) ? found : FILTERED;
}

/** Whether an address is bad whenever it is said: by its status (the last two are Microsoft's), or Yahoo's 0. */
export function isCertain(status: string, text: string): boolean {
  return (
    /^5\.(?:1\.(?:1|2|3|6|10)|4\.4|1\.351|4\.310)$/.test(status) ||
    /\buser doesn't have a \S{1,100} account\b.{0,350}\[0\]/i.test(text)
  );
}

export const FILTERED: BounceClass = { class: "soft", reason: "filtered", counts: true };

function reasonOf(code: number | null, status: string | null, text: string): string {
  const [, subject = "", detail = ""] = status?.split(".") ?? [];
  // These say one thing only, whatever the words around them.
  if (`${subject}.${detail}` === "2.2") return "mailboxfull";
  if (`${subject}.${detail}` === "3.4" || `${subject}.${detail}` === "2.3") return "mesgtoobig";
  if (subject === "1" && (detail === "7" || detail === "8")) return "rejected";
  const said = reasonInWords(text);
  // Postfix's own rule; with 5.4.1 it is how Exchange Online says that there is no such recipient.
  if (subject === "7" && said === "userunknown" && /access denied/i.test(text)) return "policyviolation";
  // The recipient's host is known to who answers for it: a domain that it does not know is the sender's.
  if (said === "hostunknown" && code !== null && subject !== "1" && subject !== "4" && !OWN_HOST.test(text))
    return "rejected";
  // "Mailbox unavailable" there means the one that is disabled.
  if (subject === "2" && detail === "1" && said === "userunknown" && /(?:un|not )available/i.test(text))
    return "suspend";
  // A bad address by its status is one, unless the words blame the mail or who sent it.
  if (BAD_ADDRESS.has(`${subject}.${detail}`) && said !== null && !BLAMELESS.has(said) && said !== "rejected")
    return HARD.has(said) ? said : BY_STATUS[`${subject}.${detail}`]!;
  return (
    said ??
    BY_STATUS[`${subject}.${detail}`] ??
    BY_SUBJECT[subject] ??
    (code === null ? undefined : BY_CODE[code]) ??
    "rejected"
  );
}

function reasonInWords(text: string): string | null {
  const words = plain(text);
  for (const [reason, pattern] of BY_TEXT) if (pattern.test(words)) return reason;
  return null;
}

/** As `BY_TEXT` has it: some servers write `Empfänger`, some `Empfanger`, some a curly apostrophe. */
function plain(text: string): string {
  const lower = text.slice(0, 4000).toLowerCase().normalize("NFD");
  const bare = lower.replace(/[\u0300-\u036f]/g, "").replace(/[’`´]/g, "'");
  return bare
    .normalize("NFC")
    .replace(/[\s_]+/g, " ")
    .slice(0, 2000);
}
