import { isMet, type Row } from "./measure.ts";

const WIDTHS = [52, 12, 9, 12, 8, 16, 7];

export function printHead(): void {
  line(["", "measured", "unit", "limit", "ratio", "target", ""], "measured against");
}

export function printRow(row: Row): void {
  const wanted = "at_least" in row ? `≥ ${row.at_least}` : `≤ ${row.at_most}`;
  line(
    [
      row.name,
      shown(row.value),
      row.unit,
      shown(row.limit),
      row.ratio.toPrecision(3),
      row.of === "ratio" ? `ratio ${wanted}` : `${wanted} ${row.unit}`,
      isMet(row) ? "met" : "MISSED",
    ],
    row.against,
  );
}

function line(cells: readonly string[], last: string): void {
  const [name, ...rest] = cells.map((cell, index) =>
    index === 0 ? cell.padEnd(WIDTHS[0]!) : cell.padStart(WIDTHS[index]!),
  );
  console.log(`${name} ${rest.join(" ")}  ${last}`);
}

function shown(number: number): string {
  return number >= 100 ? Math.round(number).toLocaleString("en") : number.toPrecision(3);
}
