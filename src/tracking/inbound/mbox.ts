/** The mails of a file: several where it is an mbox, which begins each with a line `From SENDER DATE` (RFC 4155). */
export function mailsIn(file: Uint8Array): readonly Uint8Array[] {
  const text = Buffer.from(file).toString("latin1");
  if (!text.startsWith("From ")) return [file];
  const lines = text.matchAll(/(?<=^|\n\r?\n)From \S{1,320} [^\n]{0,100}\d{4}\r?\n/g);
  const starts = [...new Set([0, ...Array.from(lines, ({ index }) => index)])];
  return starts.map((start, nth) => file.subarray(start, starts[nth + 1]));
}
