import type { Row } from "./case.ts";

const WIDTHS = [52, 60];

export function printHead(): void {
  console.log(line("", "must show", "shown"));
}

export function printRow(row: Row): void {
  console.log(`${line(row.case, row.expected, row.got)}${row.ok ? "" : "  FAILED"}`);
}

/** The table of docs/operators/torture.md. */
export function markdown(rows: readonly Row[]): string {
  const lines = rows.map(
    (row) => `| ${row.case} | ${row.expected} | ${row.got}${row.ok ? "" : " **FAILED**"} |`,
  );
  return ["| what was done | must show | shown |", "| --- | --- | --- |", ...lines, ""].join("\n");
}

function line(...[first, second, third]: [string, string, string]): string {
  return `${first.padEnd(WIDTHS[0]!)}  ${second.padEnd(WIDTHS[1]!)}  ${third}`;
}
