import { convert, type DomNode, type Formatter } from "html-to-text";

/** As wide as mail is written in plain text (RFC 5322 §2.1.1 recommends at most 78). */
const WIDTH = 76;

/**
 * The plain text part of an HTML part in which tags and links are placeholders. A link is written as its text, then
 * its address in brackets; an image as its description.
 */
export function textOf(html: string, links: readonly string[]): string {
  const link: Formatter = (node, walk, builder) => {
    const words = textWithin(node).trim();
    const href = node.attribs?.href ?? "";
    // A picture alone, without a description, says nothing (MJML draws an icon beside the words of a social link).
    if (words === "" || href === "") return walk(node.children, builder);
    const number = /^\uE000N(\d+)\uE001$/.exec(href);
    const address = href.replace(/^mailto:/i, "");
    const shown = number ? links[Number(number[1])]! : address;
    if (bareAddress(words) !== bareAddress(shown)) {
      walk(node.children, builder);
      builder.addInline(` (${address})`, { noWordTransform: true });
    } else builder.addInline(address, { noWordTransform: true });
  };
  const image: Formatter = (node, _walk, builder) => {
    if (node.attribs?.alt) builder.addInline(node.attribs.alt);
  };
  const heading = { uppercase: false };
  const text = convert(html, {
    wordwrap: WIDTH,
    formatters: { link, description: image },
    selectors: [
      { selector: "a", format: "link" },
      { selector: "img", format: "description" },
      { selector: "title", format: "skip" },
      // The preheader is there for the inbox's list alone.
      { selector: 'div[style*="display:none"]', format: "skip" },
      { selector: '[aria-hidden="true"]', format: "skip" },
      { selector: "tr", format: "block", options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
      { selector: "td", format: "inlineSurround", options: { suffix: " " } },
      { selector: "th", format: "inlineSurround", options: { suffix: " " } },
      ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, options: heading })),
    ],
  });
  return tidyText(text.replaceAll("{{", "{ {"));
}

function textWithin(node: DomNode): string {
  if (node.type === "text") return node.data ?? "";
  if (node.name === "img") return node.attribs?.alt ?? "";
  return (node.children ?? []).map(textWithin).join("");
}

function bareAddress(text: string): string {
  return text
    .replace(/^https?:\/\//i, "")
    .replace(/\/$/, "")
    .toLowerCase();
}

/** No spaces at the end of a line, at most one empty line between two, one line break at the end. */
export function tidyText(text: string): string {
  return `${text
    .replace(/(?<![ \t\u00a0])[ \t\u00a0]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim()}\n`;
}
