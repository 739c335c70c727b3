import type { Problem } from "../config/problems.ts";
import type { AuthorLink } from "./components.ts";
import { type Composed, placeholder, type Slot } from "./compose.ts";
import { problemAtOffset } from "./tags.ts";

/** A document whose tracked links are placeholders, U+E000 `N` number U+E001, and their destinations. */
export interface Numbered {
  readonly text: string;
  readonly links: readonly string[];
  readonly problems: Problem[];
}

const AUTHOR_LINK = /"([^"\uE000]*)\uE000L(\d+)\uE001([^"]*)"/g;
const SLOT = /\uE000(\d+)\uE001/;

/**
 * Numbers the links of compiled HTML in the order in which they appear. Links of one author's element are one link,
 * however often MJML drew it; equal addresses of two elements are two.
 */
export function numberLinks(html: string, authors: readonly AuthorLink[], slots: readonly Slot[]): Numbered {
  const links: string[] = [];
  const numbers = new Map<string, string>();
  const problems: Problem[] = [];
  const text = html.replace(AUTHOR_LINK, (whole: string, before: string, id: string, after: string) => {
    const known = numbers.get(whole);
    if (known !== undefined) return known;
    const { destination, file, offset } = authors[Number(id)]!;
    // MJML may put something before it: an mj-navbar its base-url, an mj-social-element a page that shares it.
    const address = before + destination + after;
    const wrong = SLOT.test(address) ? "a link's address can't hold Handlebars" : whatIsWrong(address);
    if (wrong !== null) problems.push(problemAtOffset(file, offset, wrong));
    const tracked = /^https?:/i.test(address);
    const written = tracked ? `"${placeholder(`N${links.length}`)}"` : `"${escapeAttribute(address)}"`;
    if (tracked) links.push(address);
    numbers.set(whole, written);
    return written;
  });
  const [stray] =
    /="[^"]*\/\/[^"]*\uE000\d+\uE001[^"]*"/.exec(text.match(/href="[^"]*"/g)?.join("\n") ?? "") ?? [];
  if (stray !== undefined) problems.push(slotProblem(stray, slots));
  return { text, links, problems };
}

/** Of links that MJML leaves as they are, what `numberLinks` would say of them. */
export function wrongLinks(authors: readonly AuthorLink[]): Problem[] {
  return authors.flatMap(({ destination, whole, file, offset }) => {
    const wrong = whole ? whatIsWrong(destination) : null;
    return wrong === null ? [] : [problemAtOffset(file, offset, wrong)];
  });
}

/** A url helper to which MJML added something (an mj-social-element shares it). */
function slotProblem(text: string, slots: readonly Slot[]): Problem {
  const { file, tag } = slots[Number(SLOT.exec(text)![1])]!;
  return problemAtOffset(file, tag.start, `${tag.text} becomes only a part of a link's address here`);
}

/** Null for an address that a mail may link to. */
function whatIsWrong(address: string): string | null {
  if (address === "") return "this link leads nowhere";
  if (/^mailto:[^\s<>"]+$/i.test(address)) return null;
  if (!/^(https?):\/\//i.test(address)) return `"${address}" is no address of http, https or mailto`;
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\s\u0000-\u001f\u007f<>"`{}\\]/.test(address))
    return `"${address}" holds characters that no address may hold`;
  return URL.canParse(address) ? null : `"${address}" is no address`;
}

export function escapeAttribute(text: string): string {
  return text.replace(/[&"<>]/g, (char) => ESCAPES[char]!);
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;" };

const BARE_URL = /https?:\/\/[^\s<>"'\uE000)\]]*[^\s<>"'\uE000)\].,;:!?]/gi;

/**
 * Numbers the addresses in an author's own text part: one that the HTML part has too is the same link, others are
 * counted on.
 */
export function numberTextLinks(composed: Composed, known: readonly string[]): Numbered {
  const { text } = composed;
  const links = [...known];
  const problems: Problem[] = [];
  const numbered = text.replace(BARE_URL, (address: string, offset: number) => {
    const cut = text[offset + address.length] === "\uE000";
    const wrong = cut ? "a link's address can't hold Handlebars" : whatIsWrong(address);
    if (wrong !== null) {
      const at = composed.origin(offset);
      problems.push(problemAtOffset(at.file, at.offset, wrong));
    }
    let number = links.indexOf(address);
    if (number < 0) number = links.push(address) - 1;
    return placeholder(`N${number}`);
  });
  return { text: numbered, links, problems };
}

/**
 * Where a link of a template leads; null where it has none by that number. The hidden link, which only machines
 * follow, leads where the first one does.
 */
export function destinationOf(
  template: { readonly links: readonly string[]; readonly hiddenLink: number },
  link: number,
): string | null {
  return template.links[link === template.hiddenLink ? 0 : link] ?? null;
}
