import { encodeWords } from "nodemailer/lib/mime-funcs";
import { mailDate } from "../calendar/local.ts";
import type { Mailbox } from "../config/settings.ts";
import type { Instant } from "../instant.ts";
import { domainOf, normaliseEmail } from "../leads/address.ts";
import { headerText } from "./header-text.ts";

/** All that a mail's headers are made of. */
export interface MailInput {
  readonly from: Mailbox;
  readonly replyTo: Mailbox | null;
  /** One address, normalised. */
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** When it is sent. */
  readonly at: Instant;
  /** The message's `verp` token (email/token.ts): the same for each attempt, so the Message-ID is too. */
  readonly token: string;
  /** Its `leave` token, for the address that an unsubscribe is mailed to. */
  readonly leaveToken: string;
  /** `mail.bounces.domain` */
  readonly bouncesDomain: string | null;
  /** Postmark tells of a mail by a number of its own: it is given the token, and hands it back. */
  readonly postmark: boolean;
  /** The lead's one-click address; null for what is no marketing: a notice, a confirmation. */
  readonly unsubscribeUrl: string | null;
  /** The sequence that it belongs to. */
  readonly sequence: { readonly name: string; readonly title: string } | null;
  readonly template: string;
  /** RFC 3834: `auto-replied` answers something a person did, `auto-generated` does not; null for a campaign's mail. */
  readonly automatic: "auto-replied" | "auto-generated" | null;
}

/** A mail ready for finishing (email/mime.io.ts). Equal inputs finish to equal bytes. */
export interface ComposedMail {
  readonly envelope: { readonly from: string; readonly to: string };
  readonly messageId: string;
  readonly from: MailHeaderBox;
  readonly replyTo: MailHeaderBox | undefined;
  readonly to: string;
  readonly subject: string;
  readonly date: string;
  readonly text: string;
  readonly html: string;
  /** Finished header values, folded where they need to be. */
  readonly headers: Readonly<Record<string, string>>;
  /** What MIME boundaries are made of. */
  readonly boundary: string;
}

interface MailHeaderBox {
  readonly name: string;
  readonly address: string;
}

/**
 * What DKIM signs. The library's own list leaves out List-Unsubscribe-Post, which RFC 8058 §4 wants signed, and
 * Feedback-ID, which Gmail ignores unsigned.
 */
export const SIGNED_HEADERS =
  "From:Reply-To:To:Subject:Date:Message-ID:MIME-Version:Content-Type:Content-Transfer-Encoding:" +
  "List-Unsubscribe:List-Unsubscribe-Post:List-ID:Feedback-ID:Auto-Submitted";

/**
 * The headers and parts of one mail. Pure.
 *
 * @throws RangeError where an address is not exactly one.
 */
export function composeMessage(input: MailInput): ComposedMail {
  for (const address of [input.to, input.from.address, input.replyTo?.address]) {
    if (address !== undefined && normaliseEmail(address) !== address.toLowerCase()) {
      throw new RangeError(`${JSON.stringify(address)} is not exactly one mail address.`);
    }
  }
  const { token, bouncesDomain } = input;
  const domain = domainOf(input.from.address);
  return {
    envelope: {
      from: bouncesDomain === null ? input.from.address : returnPath(token, bouncesDomain),
      to: input.to,
    },
    messageId: messageIdOf(token, domain),
    from: headerBox(input.from),
    replyTo: input.replyTo ? headerBox(input.replyTo) : undefined,
    to: input.to,
    subject: headerText(input.subject),
    date: mailDate(input.at),
    text: input.text,
    html: input.html,
    headers: headersOf(input, domain),
    boundary: token,
  };
}

function headersOf(input: MailInput, domain: string): Record<string, string> {
  const { unsubscribeUrl, bouncesDomain, sequence, automatic } = input;
  const headers: Record<string, string> = {};
  if (unsubscribeUrl !== null) {
    const mailto =
      bouncesDomain === null
        ? ""
        : `,\r\n <mailto:${unsubscribeAddress(input.leaveToken, bouncesDomain)}?subject=unsubscribe>`;
    headers["List-Unsubscribe"] = `<${unsubscribeUrl}>${mailto}`;
    headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click";
  }
  if (sequence) headers["List-ID"] = listId(sequence.name, sequence.title, domain);
  headers["Feedback-ID"] = feedbackId(sequence?.name ?? "none", input.template, domain);
  if (automatic) headers["Auto-Submitted"] = automatic;
  if (input.postmark) headers["X-PM-Metadata-kindling"] = input.token;
  return headers;
}

/** RFC 2919: a phrase and an identifier. */
function listId(name: string, title: string, domain: string): string {
  const phrase = headerText(title);
  const printable = /^[ -~]*$/.test(phrase) && !phrase.includes("=?") && phrase.length < 200;
  const written = printable ? `"${phrase.replace(/["\\]/g, "\\$&")}"` : encodeWords(phrase, "Q", 52, true);
  return `${written.replaceAll(/(\?=) (=\?)/g, "$1\r\n $2")}\r\n <${label(name)}.${domain}>`;
}

/** Gmail's `campaign:customer:kind:sender`: numbers by sequence and by template, with the sender last. */
function feedbackId(sequence: string, template: string, domain: string): string {
  return [sequence, template, "kindling", domain].map(label).join(":");
}

/** What may stand in an identifier; all else is a hyphen. */
function label(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 100);
}

function headerBox({ name, address }: Mailbox): MailHeaderBox {
  return { name: name === null ? "" : headerText(name), address };
}

/** `<k.TOKEN@acme.example>`: derived from the row, on the From domain. */
function messageIdOf(token: string, fromDomain: string): string {
  return `<k.${token}@${fromDomain}>`;
}

/** The token in a Message-ID of ours, in a bounce or a reply; null for another's. */
export function tokenOfMessageId(messageId: string): string | null {
  return /^\s*<?k\.([0-9a-f]+)@[^\s<>@]+>?\s*$/i.exec(messageId)?.[1]?.toLowerCase() ?? null;
}

/** What `tokenOfMessageId` reads, for a token that came without one. */
export function messageIdOfToken(token: string): string {
  return messageIdOf(token, "kindling");
}

/** Where bounces of a message go: `b-TOKEN@bounces.acme.example` (VERP). */
function returnPath(token: string, bouncesDomain: string): string {
  return `b-${token}@${bouncesDomain}`;
}

/** Where an unsubscribe by mail goes: `u-TOKEN@bounces.acme.example`. */
function unsubscribeAddress(leaveToken: string, bouncesDomain: string): string {
  return `u-${leaveToken}@${bouncesDomain}`;
}

/**
 * What a mail to one of our own addresses is for, and the message's token (still to be verified: `verp` of a bounce,
 * `leave` of an unsubscribe); null for others.
 */
export function readOwnAddress(address: string): { kind: "bounce" | "unsubscribe"; token: string } | null {
  const found = /^\s*<?([bu])-([0-9a-f]+)@[^\s<>@]+>?\s*$/i.exec(address);
  if (!found) return null;
  return { kind: found[1]!.toLowerCase() === "b" ? "bounce" : "unsubscribe", token: found[2]!.toLowerCase() };
}
