import { classifyRefusal, type BounceClass } from "../../sending/refusal.ts";

/** What a mail says of one recipient of a mail that was sent. */
export interface InboundVerdict {
  /** In lower case; "" where the mail does not say. */
  readonly recipient: string;
  /** `5.1.1` (RFC 3463); "" where none is given. */
  readonly status: string;
  /** `complaint:` is followed by the report's kind: `abuse`, `fraud`, `auth-failure`, … */
  readonly class: "hard" | "soft" | `complaint:${string}` | "autoreply" | "delivered" | "reply" | "none";
  /** One word, such as `userunknown`. */
  readonly reason: string;
  /** Whether a bounce speaks against the address. */
  readonly counts: boolean;
  /** It is no bounce yet: the server is still trying. */
  readonly delayed?: boolean;
}

/** Where in the dialogue it was refused: only in answer to the recipient is it about them. */
type Stage = "before" | "recipient" | "content" | null;

/** What a server said of a recipient, as a report tells it. */
export interface Told {
  readonly recipient: string;
  /** The report's own status, or "". */
  readonly status: string;
  /** In the server's words, or the report's. */
  readonly text: string;
  readonly stage: Stage;
  /** The report says that it is still being tried. */
  readonly delayed: boolean;
}

export function bounceVerdict({ recipient, status: reported, text, stage, delayed }: Told): InboundVerdict {
  const status = betterOf(reported, statusIn(text));
  const read = classifyRefusal({ code: codeIn(text), status: status === "" ? null : status, text });
  const bounce = read.class === "hard" && !isAboutAddress(read.reason, status, stage, text) ? FILTERED : read;
  const { class: kind, reason, counts } = delayed ? { ...bounce, class: "soft" as const } : bounce;
  return { recipient, status, class: kind, reason, counts: counts && !delayed, delayed };
}

const FILTERED: BounceClass = { class: "soft", reason: "filtered", counts: true };

/**
 * Whether a refusal that sounds as if the address were bad is one. Filters say "user unknown" too, once they have read
 * the mail or do not like the sender: a server is believed in its answer to the recipient, or where its status says so.
 */
function isAboutAddress(reason: string, status: string, stage: Stage, text: string): boolean {
  if (/^5\.1\.(?:1|2|3|6|10)$/.test(status)) return true;
  if (stage === "recipient") return true;
  // The mailbox is there, and takes no mail.
  if (status === "5.2.1") return false;
  if (stage !== null) return false;
  if (reason !== "userunknown") return true;
  // A server that knows by itself writes no code.
  const saying = text.split("\n").filter((line) => bounceOf(line).reason === reason);
  return saying.length > 0 ? saying.every((line) => codeIn(line) === null) : codeIn(text) === null;
}

/** Whether a text says anything that a bounce is known by. */
export function isTelling(text: string): boolean {
  return statusIn(text) !== "" || bounceOf(text).reason !== "rejected";
}

function bounceOf(text: string): BounceClass {
  return classifyRefusal({ code: codeIn(text), status: null, text });
}

/** At what command a server refused, as the report says it. */
export function stageIn(text: string): Stage {
  const command =
    /^\s*>>> ([a-z]{4})\b[^\n]*\n(?:[^\n]*\n){0,2}?\s*<<< [45]/im.exec(text)?.[1] ??
    /(?:in reply to|after|response to) (?:the )?(?:end of )?(data|mail from|helo|ehlo|rcpt|initial connection)\b/i.exec(
      text,
    )?.[1] ??
    "";
  switch (command.slice(0, 4).toLowerCase()) {
    case "rcpt":
      return "recipient";
    case "data":
      return "content";
    case "mail":
    case "helo":
    case "ehlo":
    case "init":
      return "before";
    default:
      return /smtp:\s?rcpt|\brcpt to command|does not like recipient|recipient address rejected|\b5\d\d <[^\s<>]{1,300}>: /i.test(
        text,
      )
        ? "recipient"
        : null;
  }
}

/** The first enhanced status of a text; "" where there is none. */
export function statusIn(text: string): string {
  // Not a part of an IP address, a version or a number.
  return /(?<![\d.])[245]\.\d{1,2}\.\d{1,3}(?![\d.]*\d)/.exec(text)?.[0] ?? "";
}

/** The server's is better than `5.0.0` of the report. */
function betterOf(reported: string, inText: string): string {
  if (reported === "") return inText;
  if (inText === "" || inText.endsWith(".0.0")) return reported;
  return reported.endsWith(".0.0") ? inText : reported;
}

function codeIn(text: string): number | null {
  const found = /(?<![\d.[-])([45]\d\d)(?=[\s:,-])(?!\s*(?:bytes|days|hours|minutes|seconds|kb|mb))/i.exec(
    text,
  );
  return found ? Number(found[1]) : null;
}
