/** A spreadsheet runs what begins so, unless it is a number or a telephone number. Apostrophes before it are ours. */
const FORMULA = /^'*(?=[=+\-@\t\r])(?![+-][\d\s().,/-]*$)/;

/** What a stranger wrote into a form must not be run by whoever opens an export: an apostrophe makes it text there. */
export function asText(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

/** A cell as it was before `asText`. */
export function fromText(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell;
}
