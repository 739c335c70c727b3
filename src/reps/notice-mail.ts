import { answerUrl, leadUrl, type AnswerLink, type Links } from "./answer-link.ts";
import type { Rep } from "./definition.ts";
import { html, type Html } from "./html.ts";
import { button, HEAT, heading, mailFrame, muted, row, rows } from "./layout.ts";
import {
  capital,
  contributions,
  lastActs,
  otherAttributes,
  outcomeOf,
  whyNow,
  who,
  type NoticeFacts,
} from "./notice.ts";
import { ago, clean, shownPoints, shownScore } from "./words.ts";

export interface MailBody {
  /** One line. */
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

export interface NoticeMail {
  readonly facts: NoticeFacts;
  readonly rep: Rep;
  readonly link: AnswerLink;
  readonly links: Links;
  readonly company: string;
  /** Why it comes to this rep now, where it is not the first time anybody hears of it. */
  readonly again: { readonly kind: "escalated"; readonly from: string } | { readonly kind: "later" } | null;
}

/** The mail by which a rep hears of a lead: who, why now, what they did, what they were sent, and three buttons. */
export function composeNotice(mail: NoticeMail): MailBody {
  const { facts, again } = mail;
  const { name, role } = who(facts);
  const { head, sentence } = whyNow(facts);
  const prefix = again === null ? "" : again.kind === "later" ? "Once more: " : "Passed on to you: ";
  const company = clean(facts.lead.attributes["company"], 60);
  const subject = clean(`${prefix}${head}: ${name}${company && `, ${company}`}`, 150);
  const accent = HEAT[facts.explanation?.temperature ?? facts.reason.now ?? "cold"] ?? HEAT["cold"]!;
  return {
    subject,
    html: mailFrame(sentence, accent, htmlBody(mail, name, role, sentence, accent), htmlFooter(mail)),
    text: textBody(mail, name, role, sentence),
  };
}

function htmlBody(mail: NoticeMail, name: string, role: string, sentence: string, accent: string): Html {
  const { facts, links, link } = mail;
  const { lead, explanation } = facts;
  const phone = clean(lead.attributes["phone"]);
  const answer = (word: "mine" | "not_a_fit" | "later") => answerUrl(links, link, word);
  return html`${noteAbove(mail)}
    <div style="font-size:24px;line-height:1.25;font-weight:700">${name}</div>
    ${role && html`<div style="font-size:16px;margin-top:2px">${role}</div>`}
    <div style="font-size:15px;margin-top:4px">${emailLink(lead.email)}${phone && html` · ${phone}`}</div>
    <p style="margin:18px 0;font-size:17px;line-height:1.45">${badge(facts, accent)}${sentence}</p>
    <div style="margin:0 0 4px">
      ${button(answer("mine"), "Mine", accent)}${button(answer("not_a_fit"), "Not a fit", null)}${button(answer("later"), "Later", null)}
    </div>
    ${section(
      explanation ? `Why ${shownScore(explanation.total)} points` : "",
      contributions(facts).map(({ name: part, detail, points }) =>
        row(html`${part} ${muted(detail)}`, shownPoints(points), true),
      ),
    )}${section(
      "What they did",
      lastActs(facts).map(({ words, when }) => row(html`${words}`, when)),
    )}${section(
      "What we sent them",
      facts.mails.map((sent) =>
        row(html`${sent.subject} ${muted(outcomeOf(sent))}`, ago(sent.sentAt, facts.now)),
      ),
    )}${section(
      "What else we know",
      otherAttributes(facts).map(({ name: attribute, value }) => row(html`${attribute}`, value)),
    )}
    <p style="margin:24px 0 16px">
      <a href="${leadUrl(links.baseUrl, lead.email)}" style="color:#0b57a4;font-weight:600"
        >All about ${name}</a
      >
    </p>`;
}

function section(title: string, lines: readonly Html[]): Html | null {
  return lines.length === 0 ? null : html`${heading(title)}${rows(lines)}`;
}

function badge({ explanation, reason }: NoticeFacts, accent: string): Html | null {
  const temperature = explanation?.temperature ?? reason.now;
  if (!temperature) return null;
  const score = explanation ? ` ${shownScore(explanation.total)}` : "";
  return html`<span
    style="display:inline-block;margin-right:8px;padding:1px 10px;border-radius:999px;background:${accent};color:#ffffff;font-size:14px;font-weight:600"
    >${capital(temperature)}${score}</span
  >`;
}

function emailLink(email: string): Html {
  return html`<a
    href="mailto:${encodeURIComponent(email).replaceAll("%40", "@")}"
    style="color:#0b57a4;text-decoration:none"
    >${email}</a
  >`;
}

function noteAbove({ again }: NoticeMail): Html | null {
  if (again === null) return null;
  return html`<p style="margin:0 0 12px;font-size:14px">${muted(againWords(again))}</p>`;
}

function againWords(again: NonNullable<NoticeMail["again"]>): string {
  return again.kind === "later"
    ? "You asked to hear of this again a week later."
    : `${again.from} was told first and has not answered yet.`;
}

function htmlFooter({ rep, company }: NoticeMail): Html {
  return html`Sent to ${rep.name} by Kindling for ${company}. The buttons are yours alone: don't forward this
  mail.`;
}

function textBody(mail: NoticeMail, name: string, role: string, sentence: string): string {
  const { facts, links, link, again, company } = mail;
  const { lead, explanation } = facts;
  const phone = clean(lead.attributes["phone"]);
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", title, ...lines.map((line) => `- ${line}`)];
  return [
    ...(again === null ? [] : [againWords(again), ""]),
    [name, role].filter(Boolean).join(", "),
    [lead.email, phone].filter(Boolean).join(", "),
    "",
    sentence,
    "",
    `Mine: ${answerUrl(links, link, "mine")}`,
    `Not a fit: ${answerUrl(links, link, "not_a_fit")}`,
    `Later: ${answerUrl(links, link, "later")}`,
    ...list(
      explanation ? `Why ${shownScore(explanation.total)} points` : "",
      contributions(facts).map(
        ({ name: part, detail, points }) => `${shownPoints(points)} ${part} (${detail})`,
      ),
    ),
    ...list(
      "What they did",
      lastActs(facts).map(({ words, when }) => `${words}, ${when}`),
    ),
    ...list(
      "What we sent them",
      facts.mails.map((sent) => `${sent.subject}, ${ago(sent.sentAt, facts.now)}: ${outcomeOf(sent)}`),
    ),
    ...list(
      "What else we know",
      otherAttributes(facts).map(({ name: attribute, value }) => `${attribute}: ${value}`),
    ),
    "",
    `All about ${name}: ${leadUrl(links.baseUrl, lead.email)}`,
    "",
    `Sent to ${mail.rep.name} by Kindling for ${company}.`,
    "",
  ].join("\n");
}
