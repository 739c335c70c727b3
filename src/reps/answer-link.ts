import { readToken, signToken, type TokenKeys } from "../email/token.ts";
import type { Answer } from "./reason.ts";

/** What signs links, and where they lead. */
export interface Links {
  readonly tokenKeys: TokenKeys;
  /** Without a slash at its end. */
  readonly baseUrl: string;
}

/** Which mail of a notice a link is in: a notice that escalates goes to one rep after another, each answers as themself. */
export interface AnswerLink {
  readonly notice: number;
  /** The place in the notice's `told`. */
  readonly place: number;
}

// The token carries one number, so the place is its low part.
const PLACES = 256;

/** The page on which whoever got this mail answers; with an answer, the page with this one button. */
export function answerUrl(links: Links, { notice, place }: AnswerLink, answer?: Answer): string {
  const token = signToken(links.tokenKeys, "answer", {
    notice: notice * PLACES + Math.min(place, PLACES - 1),
  });
  return `${links.baseUrl}/r/${token}${answer === undefined ? "" : `?answer=${answer}`}`;
}

/** Null for anything that is no answer token of ours. */
export function readAnswerToken(keys: TokenKeys, token: string): AnswerLink | null {
  const fields = readToken(keys, "answer", token);
  if (!fields) return null;
  return { notice: Math.floor(fields.notice / PLACES), place: fields.notice % PLACES };
}

/** The lead's page in the dashboard. */
export function leadUrl(baseUrl: string, email: string): string {
  return `${baseUrl}/leads/${encodeURIComponent(email)}`;
}
