import { harmless } from "./chat.ts";
import { html } from "./html.ts";
import { button, HEAT, heading, mailFrame, muted } from "./layout.ts";
import type { MailBody } from "./notice-mail.ts";
import { clean, counted } from "./words.ts";

/** That another version is live, for those who work with it. */
export interface Announcement {
  /** It is one that was live before. */
  readonly back: boolean;
  readonly author: string;
  /** Why; empty where the author gave no reason. */
  readonly message: string;
  /** What differs, a line each. */
  readonly changes: readonly string[];
  /** What becomes of those who are in a sequence that changed; null where none did. */
  readonly inFlight: string | null;
  readonly company: string;
  /** The page of this version. */
  readonly url: string;
}

const MOST_LINES = 20;

export function composeAnnouncement(about: Announcement): MailBody {
  const subject = headline(about);
  const lines = shortened(about.changes);
  const text = [
    `${who(about)}.`,
    ...(about.message === "" ? [] : [`Why: ${clean(about.message, 500)}`]),
    "",
    ...lines.map((line) => `- ${line}`),
    ...(about.inFlight === null ? [] : ["", about.inFlight]),
    "",
    about.url,
    "",
    `Sent by Kindling for ${about.company}.`,
  ].join("\n");
  const items = lines.map((line) => html`<li style="margin:0 0 4px">${line}</li>`);
  const body = html`<p style="margin:0 0 8px;font-size:18px;font-weight:600">${subject}</p>
    <p style="margin:0 0 8px">
      ${who(about)}.${about.message === "" ? "" : ` Why: ${clean(about.message, 500)}`}
    </p>
    ${heading("What changed")}
    <ul style="margin:0 0 12px;padding:0 0 0 20px">
      ${items}
    </ul>
    ${about.inFlight === null ? null : html`<p style="margin:0 0 16px">${muted(about.inFlight)}</p>`}
    <p style="margin:0 0 16px">${button(about.url, "See it in full", HEAT["warm"]!)}</p>`;
  return {
    subject,
    html: mailFrame(who(about), HEAT["warm"]!, body, html`Sent by Kindling for ${about.company}.`),
    text,
  };
}

/** The same for the channel, in the incoming-webhook JSON that chat tools take. */
export function announcementMessage(about: Announcement): { text: string } {
  const why = about.message === "" ? [] : [`Why: ${clean(about.message, 500)}`];
  const lines = [`${who(about)}.`, ...why, ...shortened(about.changes).map((line) => `• ${line}`)];
  return { text: [...lines.map(harmless), about.url].join("\n") };
}

function headline({ back, message, changes }: Announcement): string {
  const what = message === "" ? (changes[0] ?? "") : clean(message, 80);
  return `${back ? "Kindling is back at an earlier version" : "Kindling was changed"}: ${what}`;
}

function who({ back, author, changes }: Announcement): string {
  const things = counted(changes.length, "thing");
  return back
    ? `${clean(author)} went back to an earlier version: ${things} differ from the one before`
    : `${clean(author)} changed ${things}`;
}

function shortened(changes: readonly string[]): string[] {
  if (changes.length <= MOST_LINES) return [...changes];
  return [...changes.slice(0, MOST_LINES - 1), `and ${changes.length - MOST_LINES + 1} more`];
}
