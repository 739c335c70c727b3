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

/**
 * What servers write, first match wins. A refusal for policy is looked for before an unknown user: servers answer
 * 5.1.1 to a listed sender too, and to blame an address for ever is the costlier mistake.
 */
const BY_TEXT: readonly (readonly [string, RegExp])[] = [
  [
    "mailboxfull",
    /(mail ?box|account|inbox|user|recipient)\b.{0,30}\b(full|over ?quota|quota)|quota (is )?(exceed|full)|exceed\w*.{0,20}\bquota|over ?quota|out of (storage|disk)|insufficient (system )?storage|storage (allocation|limit)/,
  ],
  [
    "mesgtoobig",
    /(message|mail|size|content).{0,30}(too (big|large|long)|exceed\w*.{0,30}(size|limit|maximum))|(size|length) limit|max(imum)?.{0,20}message size/,
  ],
  ["virusdetected", /virus|malware|infected/],
  ["requireptr", /\bptr\b|reverse dns|rdns|reverse (host|lookup)/],
  ["authfailure", /\b(spf|dkim|dmarc)\b|sender (id|policy framework)/],
  ["spamdetected", /\bspam(?!haus|cop)|junk mail|bulk mail|unsolicited|\buce\b/],
  ["badreputation", /reputation/],
  [
    "norelaying",
    /relay(ing)? (access )?(denied|not permitted|not allowed|prohibited)|not permitted to relay|unable to relay|cannot relay/,
  ],
  [
    "blocked",
    /black ?list|block ?list|deny ?list|spamhaus|spamcop|barracuda|\b[dr]n?s?bl\b|(ip|address|host|server|client|sender|you).{0,40}\b(blocked|banned|listed)|blocked (by|using|for|due)|access denied|connection refused/,
  ],
  [
    "speeding",
    /too many (connections|messages|mails|recipients)|rate limit|throttl|try again later|too fast/,
  ],
  ["hasmoved", /has moved|no longer (with|works|employed)|has been replaced/],
  [
    "userunknown",
    /(user|recipient|mailbox|address|account|addressee|alias)\b.{0,60}\b(unknown|not (be )?found|does ?n[o']t exist|not exist|no longer (exists?|valid|available)|invalid|not known|non-?existent|unavailable|not recogni[sz]ed|undeliverable|not our customer|not listed)|(unknown|no such|invalid|non-?existent|bad|not a valid|not a known) (local )?(user|recipient|mailbox|address|account|addressee|alias|person|destination mailbox)|no (mailbox|account|user)\b|not (a )?(local|known) (user|recipient|address)|(user|recipient).{0,20}not local|nobody (here|by)/,
  ],
  [
    "hostunknown",
    /(host|domain)\b.{0,40}\b(unknown|not found|does ?n[o']t exist|non-?existent|invalid)|(unknown|no such|invalid|bad) (host|domain)|nxdomain/,
  ],
  ["notaccept", /does not accept (any )?(mail|email)|null ?mx/],
  [
    "suspend",
    /(account|mailbox|user|address).{0,40}(disabled|suspended|inactive|deactivated|locked|expired)/,
  ],
  [
    "policyviolation",
    /polic(y|ies)|not allowed|prohibited|forbidden|administrative|unauthori[sz]ed|not authori[sz]ed|content (rejected|refused)/,
  ],
];

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

function reasonOf(code: number | null, status: string | null, text: string): string {
  const [, subject = "", detail = ""] = status?.split(".") ?? [];
  // These say one thing only, whatever the words around them.
  if (`${subject}.${detail}` === "2.2") return "mailboxfull";
  if (`${subject}.${detail}` === "3.4" || `${subject}.${detail}` === "2.3") return "mesgtoobig";
  const words = text.toLowerCase().replace(/\s+/g, " ").slice(0, 2000);
  for (const [reason, pattern] of BY_TEXT) if (pattern.test(words)) return reason;
  return (
    BY_STATUS[`${subject}.${detail}`] ??
    BY_SUBJECT[subject] ??
    (code === null ? undefined : BY_CODE[code]) ??
    "rejected"
  );
}
