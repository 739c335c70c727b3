/** Longer ones are cut off by mail programs anyway, and a word of a thousand letters can't be folded (RFC 5322 §2.1.1). */
const LONGEST = 250;

/** What may stand in a header: one line of printable text, not endless, whatever an attribute holds. */
export function headerText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- a header is one line (RFC 5322 §2.2)
  const line = text.replace(/[\s\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, " ").trim();
  if (line.length <= LONGEST) return line;
  // Not through the middle of a character.
  return `${line.slice(0, LONGEST).replace(/[\ud800-\udbff]$/, "")}…`;
}
