import { asText } from "./spreadsheet.ts";

/** One line of CSV (RFC 4180), ended by a line feed. null and undefined are empty cells; no text is a formula. */
export function csvLine(cells: readonly unknown[], delimiter = ","): string {
  return `${cells.map((cell) => csvCell(cell, delimiter)).join(delimiter)}\n`;
}

function csvCell(cell: unknown, delimiter: string): string {
  if (cell === null || cell === undefined) return "";
  const text = typeof cell === "string" ? asText(cell) : JSON.stringify(cell);
  const plain = !/["\r\n]/.test(text) && !text.includes(delimiter) && text.trim() === text;
  return plain ? text : `"${text.replaceAll('"', '""')}"`;
}
