import type { Company } from "../config/settings.ts";
import { html } from "../reps/html.ts";
import { button, HEAT, mailFrame } from "../reps/layout.ts";
import { fill, type Language } from "./words.ts";

/** The mail with the link to one's data, in the reader's language. */
export function composeMyData(
  { tag, words }: Language,
  { name: company, address }: Company,
  link: string,
): { readonly subject: string; readonly html: string; readonly text: string } {
  const subject = fill(words.dataSubject, { company });
  const [asked, not] = [fill(words.dataMail, { company }), words.dataMailNot];
  const accent = HEAT["cold"]!;
  const body = html`<div style="font-size:22px;line-height:1.25;font-weight:700;margin:0 0 12px">
      ${subject}
    </div>
    <p style="margin:0 0 18px">${asked}</p>
    <p style="margin:0 0 12px">${button(link, words.dataOpen, accent)}</p>
    <p style="margin:0 0 16px">${not}</p>`;
  return {
    subject,
    html: mailFrame(asked, accent, body, html`${company}, ${address}`, { lang: tag, title: subject }),
    text: `${asked}\n\n${link}\n\n${not}\n\n${company}, ${address}\n`,
  };
}
