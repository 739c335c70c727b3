import { localDay } from "../calendar/local.ts";
import { untilLocal } from "../calendar/window.ts";
import { formatDate } from "../email/words.ts";
import { DAY, utcDay, type Instant } from "../instant.ts";
import type { Lead } from "../leads/lead.ts";
import { leadUrl } from "./answer-link.ts";
import type { Rep, Reps } from "./definition.ts";
import { html, type Html } from "./html.ts";
import { HEAT, heading, mailFrame, muted, row, rows } from "./layout.ts";
import type { MailBody } from "./notice-mail.ts";
import { capital } from "./notice.ts";
import type { Notice } from "./notices.ts";
import type { Answer } from "./reason.ts";
import { ago, clean, counted, leadName, shownScore } from "./words.ts";

type Person = Pick<Lead, "id" | "email" | "attributes">;

/** What a rep's day was: everything in [from, until). What happens at the digest's own instant may come after it. */
export interface DigestFacts {
  readonly from: Instant;
  readonly until: Instant;
  /** The rep's notices that were sent, answered or withdrawn then, and those still to be answered. */
  readonly notices: readonly { readonly notice: Notice; readonly lead: Person }[];
  /** Changes of temperature of the rep's own leads then, each lead's in order. */
  readonly crossings: readonly {
    readonly lead: Person;
    readonly model: string;
    readonly from: string;
    readonly to: string;
    readonly total: number;
  }[];
  /** Open deals of the rep's own leads. */
  readonly deals: readonly {
    readonly lead: Person;
    readonly stage: string;
    readonly value: number | null;
    readonly openedAt: Instant;
  }[];
}

/** The first digest of this rep strictly after an instant: their local time, on the days that the file lists. */
export function nextDigest({ at, days }: NonNullable<Reps["digest"]>, zone: string, after: Instant): Instant {
  return Math.min(...days.map((day) => untilLocal(`${day} ${at}`, zone, after)));
}

/** The rep's local day, `2026-03-02`. */
export function digestDay(zone: string, at: Instant): string {
  return utcDay(localDay(zone, at) * DAY);
}

interface Line {
  readonly lead: Person;
  readonly words: string;
  readonly right: string;
}

interface Section {
  readonly title: string;
  /** Said of it in the subject; null: it is no news of the day. */
  readonly news: ((count: number) => string) | null;
  readonly lines: readonly Line[];
}

/** A rep's leads of the day; null where the day brought nothing. */
export function composeDigest(
  facts: DigestFacts,
  rep: Rep,
  zone: string,
  company: string,
  baseUrl: string,
): MailBody | null {
  const sections = sectionsOf(facts).filter(({ lines }) => lines.length > 0);
  const news = sections.flatMap(({ news: say, lines }) => (say ? [say(lines.length)] : []));
  if (news.length === 0) return null;
  const day = formatDate(facts.until, zone, "en");
  return {
    subject: `Your leads, ${day}: ${news.join(", ")}`,
    html: mailFrame(
      news.join(", "),
      HEAT["warm"]!,
      htmlBody(sections, day, baseUrl),
      html`Sent to ${rep.name} by Kindling for ${company}.`,
    ),
    text: textBody(sections, day, rep, company),
  };
}

/** Leads that a digest names. */
export function leadsIn(facts: DigestFacts): number[] {
  const all = [...facts.notices, ...facts.crossings, ...facts.deals].map(({ lead }) => lead.id);
  return [...new Set(all)].sort((a, b) => a - b);
}

function sectionsOf(facts: DigestFacts): Section[] {
  const { from, until, notices } = facts;
  const within = (at: Instant | null) => at !== null && at >= from && at < until;
  const sent = notices.filter(({ notice }) => notice.state !== "withdrawn" && within(notice.sentAt));
  const answered = notices.filter(
    ({ notice }) => notice.state === "answered" && within(notice.answeredAt) && !within(notice.sentAt),
  );
  const withdrawn = notices.filter(({ notice }) => notice.state === "withdrawn" && within(notice.answeredAt));
  const open = notices.filter(({ notice }) => notice.state === "sent" && !within(notice.sentAt));
  const shifts = shiftsOf(facts.crossings);
  const dealLines = (mine: DigestFacts["deals"]) =>
    mine.map(({ lead, stage, value, openedAt }) => ({
      lead,
      words: value === null ? stage : `${stage}, worth ${value.toLocaleString("en")}`,
      right: ago(openedAt, until),
    }));
  return [
    {
      title: "New for you",
      news: (count) => `${count} new`,
      lines: sent.map(({ notice, lead }) => ({
        lead,
        words: kindWords(notice),
        right: notice.answer ? answerWords(notice.answer) : "to be answered",
      })),
    },
    {
      title: "Answered",
      news: (count) => `${count} answered`,
      lines: answered.map(({ notice, lead }) => ({
        lead,
        words: kindWords(notice),
        right: answerWords(notice.answer!),
      })),
    },
    {
      title: "Withdrawn: the reason no longer holds",
      news: (count) => `${count} withdrawn`,
      lines: withdrawn.map(({ notice, lead }) => ({
        lead,
        words: kindWords(notice),
        right: ago(notice.answeredAt!, until),
      })),
    },
    {
      title: "Hotter",
      news: (count) => `${count} hotter`,
      lines: shifts.filter(({ up }) => up),
    },
    {
      title: "Cooler",
      news: (count) => `${count} cooler`,
      lines: shifts.filter(({ up }) => !up),
    },
    {
      title: "New deals",
      news: (count) => counted(count, "new deal"),
      lines: dealLines(facts.deals.filter(({ openedAt }) => within(openedAt))),
    },
    {
      title: "Still to be answered",
      news: null,
      lines: open.map(({ notice, lead }) => ({
        lead,
        words: kindWords(notice),
        right: ago(notice.sentAt!, until),
      })),
    },
    {
      title: "Open deals",
      news: null,
      lines: dealLines(facts.deals.filter(({ openedAt }) => !within(openedAt))),
    },
  ];
}

const WARMTH: Readonly<Record<string, number>> = { cold: 0, warm: 1, hot: 2 };

/** Where each lead stands at the end of the day against its beginning; there and back again is no line. */
function shiftsOf(crossings: DigestFacts["crossings"]): (Line & { readonly up: boolean })[] {
  const shifts = new Map<string, DigestFacts["crossings"][number]>();
  for (const crossing of crossings) {
    const key = `${crossing.lead.id} ${crossing.model}`;
    shifts.set(key, { ...crossing, from: shifts.get(key)?.from ?? crossing.from });
  }
  return [...shifts.values()]
    .filter(({ from, to }) => from !== to)
    .map(({ lead, model, from, to, total }) => ({
      lead,
      words: `${from} → ${to}${model === "default" ? "" : ` (${model})`}`,
      right: shownScore(total),
      up: WARMTH[to]! > WARMTH[from]!,
    }));
}

/** `hot`, `email replied`, the note of a step. */
function kindWords({ kind, reason }: Notice): string {
  return clean(reason.note) || kind.replaceAll(/[._]+/g, " ");
}

function answerWords(answer: Answer): string {
  return { mine: "mine", not_a_fit: "not a fit", later: "later" }[answer];
}

function personWords({ attributes, ...lead }: Person): string {
  const company = clean(attributes["company"], 60);
  return [leadName({ attributes, ...lead }), company].filter(Boolean).join(", ");
}

function htmlBody(sections: readonly Section[], day: string, baseUrl: string): Html {
  const person = (lead: Person) =>
    html`<a href="${leadUrl(baseUrl, lead.email)}" style="color:#0b57a4;font-weight:600;text-decoration:none"
      >${personWords(lead)}</a
    >`;
  return html`<div style="font-size:22px;line-height:1.25;font-weight:700">Your leads</div>
    <div style="margin-top:2px">${muted(day)}</div>
    ${sections.map(
      ({ title, lines }) =>
        html`${heading(title)}${rows(
          lines.map(({ lead, words, right }) => row(html`${person(lead)}<br />${capital(words)}`, right)),
        )}`,
    )}
    <div style="height:16px"></div>`;
}

function textBody(sections: readonly Section[], day: string, rep: Rep, company: string): string {
  const blocks = sections.map(({ title, lines }) =>
    [title, ...lines.map(({ lead, words, right }) => `- ${personWords(lead)}: ${words} (${right})`)].join(
      "\n",
    ),
  );
  return [`Your leads, ${day}`, ...blocks, `Sent to ${rep.name} by Kindling for ${company}.`, ""].join(
    "\n\n",
  );
}
