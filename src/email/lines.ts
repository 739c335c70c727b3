/** RFC 5322 §2.1.1: no line of a mail is longer, in bytes. */
export const LONGEST_LINE = 998;

/** What a placeholder may grow to: a tracked address, an attribute of usual length. */
const LINK = 120;
const VARIABLE = 40;

const UNIT = /\uE000[A-Z]?\d+\uE001|[^]/gu;

/** Indentation goes, except where white space is shown as written. Tags must be placeholders still. */
export function withoutIndent(html: string): string {
  return keepsSpace(html) ? html : html.replace(/(?<![ \t])[ \t]*\n\s*/g, "\n");
}

function keepsSpace(html: string): boolean {
  return /<(pre|textarea)\b|white-space:\s*(pre|break-spaces)/i.test(html);
}

/**
 * Breaks lines that would be longer than mail allows, where a break shows nowhere: at a space, or inside a tag before
 * its `>`. Null where one can't be broken. Tags must be placeholders still, so that none is torn.
 */
export function breakLines(text: string, markup: boolean): string | null {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (Buffer.byteLength(line) < LONGEST_LINE / 2 && !line.includes("\uE000")) lines.push(line);
    else if (!breakLine(line, markup, markup && keepsSpace(text), lines)) return null;
  }
  return lines.join("\n");
}

/** Adds the pieces of one line; false where one is too long still. */
function breakLine(line: string, markup: boolean, onlyInTags: boolean, lines: string[]): boolean {
  let start = 0;
  let width = 0;
  let best = -1; // where a break may go, and how much is behind it
  let behind = 0;
  for (const { 0: unit, index } of line.matchAll(UNIT)) {
    const size = unit.length <= 2 ? Buffer.byteLength(unit) : unit[1] === "N" ? LINK : VARIABLE;
    const atSpace = unit === " " && !onlyInTags;
    if (atSpace || (markup && unit === ">" && /[\w"]/.test(line[index - 1] ?? ""))) {
      best = index;
      behind = 0;
    }
    width += size;
    behind += size;
    if (width <= LONGEST_LINE) continue;
    if (best <= start) return false;
    lines.push(line.slice(start, best));
    start = line[best] === " " ? best + 1 : best;
    width = line[best] === " " ? behind - 1 : behind;
    best = -1;
  }
  lines.push(line.slice(start));
  return true;
}
