import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Case, Row } from "../torture/case.ts";
import { runCases } from "../torture/run.ts";
import { markdown } from "../torture/table.ts";
import { temporaryFolder } from "./database.ts";
import { ROOT } from "./docs.ts";

function torture(...options: string[]): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [join(ROOT, "dist/torture/main.js"), ...options]);
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  return new Promise((resolve) => child.once("close", (status) => resolve({ status, out, err })));
}

test("npm run torture kills the built program under load and shows what was lost: nothing", async () => {
  const folder = temporaryFolder();
  const [json, page] = [join(folder, "rows.json"), join(folder, "rows.md")];
  const options = ["--quick", "--seed", "7", "--only", "kill-tracking", "--json", json, "--markdown", page];
  const { status, out, err } = await torture(...options);
  expect(status, err).toBe(0);
  const report = JSON.parse(readFileSync(json, "utf8")) as { seed: number; rows: Row[] };
  const { got } = report.rows[0]!;
  expect(report).toEqual({
    seed: 7,
    rows: [
      {
        case: "SIGKILL 1 times under tracking load",
        expected: "every hit that was answered is in the log, once",
        got: expect.stringMatching(/^[1-9]\d* answered, 0 lost, 0 invented, 0 answered wrongly$/),
        ok: true,
      },
    ],
  });
  expect(out).toContain(got);
  expect(readFileSync(page, "utf8")).toContain(
    `| SIGKILL 1 times under tracking load | every hit that was answered is in the log, once | ${got} |`,
  );
}, 120_000);

test("a case or a seed that is none is refused before anything runs", async () => {
  const { status, out, err } = await torture("--only", "kill-tracking", "--only", "kindness");
  expect({ status, out }).toEqual({ status: 2, out: "" });
  expect(err).toMatch(/^--only: there is no case "kindness"\nnpm run torture/);
});

test("a case that can't be run is a failed row of the table; what it opened is closed, the others go on", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => said.mockRestore());
  const closed: string[] = [];
  const cases: Case[] = [
    {
      name: "first",
      run(context) {
        for (const name of ["a", "b"]) context.closing({ close: () => void closed.push(name) });
        throw new Error("no server");
      },
    },
    { name: "second", run: async () => [{ case: "2", expected: "peace", got: "peace", ok: true }] },
  ];
  const shown: Row[] = [];
  const run = { root: "/nowhere", seed: 1, quick: true };
  const rows = await runCases(cases, 2, run, (row) => shown.push(row));
  expect(rows).toEqual([
    { case: "first", expected: "to run to its end", got: "no server", ok: false },
    { case: "2", expected: "peace", got: "peace", ok: true },
  ]);
  expect(shown).toEqual(rows);
  expect(closed).toEqual(["b", "a"]);
  expect(said).toHaveBeenCalledWith(expect.stringMatching(/^first .* no server/));
  expect(markdown(rows)).toContain("| first | to run to its end | no server **FAILED** |\n| 2 |");
});
