import {
  classifyRefusal,
  FILTERED,
  isCertain,
  onceItWasRead,
  type BounceClass,
} from "../../sending/refusal.ts";
import type { Stage } from "./stage.ts";

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

/**
 * Precedence. 1: a status of the server's own stands for the report's (`betterOf`). 2: what is said in the server's
 * answer goes before what the report says around it. 3: words and status together make the reason (`classifyRefusal`).
 * 4: a bad address is believed only where `isAboutAddress`. 5: a delay is no bounce yet.
 */
export function bounceVerdict({ recipient, status: reported, text, stage, delayed }: Told): InboundVerdict {
  const status = betterOf(reported, statusIn(text));
  const read = classifyRefusal({
    code: codeIn(text),
    status: status === "" ? null : status,
    text: tellingPart(text),
  });
  const bounce =
    stage === "content"
      ? onceItWasRead(read, status, text)
      : read.class === "hard" && !isAboutAddress(read.reason, status, stage, text)
        ? FILTERED
        : read;
  const { class: kind, reason, counts } = delayed ? { ...bounce, class: "soft" as const } : bounce;
  return { recipient, status, class: kind, reason, counts: counts && !delayed, delayed };
}

/**
 * Whether a refusal that sounds as if the address were bad is one. Filters say "user unknown" too, once they have read
 * the mail or do not like the sender: a server is believed in its answer to the recipient, or where its status says so.
 */
function isAboutAddress(
  reason: string,
  status: string,
  stage: "before" | "recipient" | null,
  text: string,
): boolean {
  if (isCertain(status, text) || stage === "recipient" || reason === "notaccept") return true;
  // Yahoo answers so after the content only.
  if (/\buser doesn't have a \S{1,100} account\b.{0,350}\[-\d+\]/i.test(text)) return false;
  // The mailbox is there, and takes no mail.
  if (status === "5.2.1") return false;
  if (stage !== null) return false;
  if (reason !== "userunknown") return true;
  // A server that knows by itself writes no code.
  const saying = text.split("\n").filter((line) => bounceOf(line).reason === reason);
  return (saying.length > 0 ? saying : [text]).every((line) => codeIn(line) === null && !QUOTED.test(line));
}

/** A relay that puts another server's words in brackets leaves out when they were said. */
const QUOTED = /@\S{1,300} \[[^\]]{1,200}\]\s*$/;

/** Whether a text says anything that a bounce is known by. */
export function isTelling(text: string): boolean {
  return statusIn(text) !== "" || bounceOf(text).reason !== "rejected";
}

function bounceOf(text: string): BounceClass {
  return classifyRefusal({ code: codeIn(text), status: null, text });
}

/** The first enhanced status of a text; "" where there is none. */
export function statusIn(text: string): string {
  // Not a part of an IP address, a version or a number.
  return /(?<![\d.])[245]\.\d{1,2}\.\d{1,3}(?![\d.]*\d)/.exec(text)?.[0] ?? "";
}

/** The server's own is better than the report's, unless it says less or is of another class. */
function betterOf(reported: string, inText: string): string {
  if (reported === "") return inText;
  const lessSaid = inText.endsWith(".0.0") || (inText.endsWith(".0") && !reported.endsWith(".0"));
  return inText[0] === reported[0] && !lessSaid ? inText : reported;
}

/** The server's own words, unless they say nothing or the report says more precisely how it is with the mailbox. */
function tellingPart(text: string): string {
  const answer = answerIn(text);
  const reason = reasonOf(text);
  return reason === "mailboxfull" || reason === "suspend" || reasonOf(answer) === "rejected" ? text : answer;
}

/** From the first code to the end of its paragraph: without the advice around it. */
function answerIn(text: string): string {
  const at = CODE.exec(text)?.index;
  return at === undefined ? "" : text.slice(at, at + 1000).split(/\n[ \t]*\n/, 1)[0]!;
}

function reasonOf(text: string): string {
  return classifyRefusal({ code: null, status: null, text }).reason;
}

const CODE = /(?<![\d.[-])([45]\d\d)(?=[\s:,-])(?!\s*(?:bytes|days|hours|minutes|seconds|kb|mb))/i;

function codeIn(text: string): number | null {
  const found = CODE.exec(text);
  return found ? Number(found[1]) : null;
}
