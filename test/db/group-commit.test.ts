import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { groupCommit } from "../../src/db/group-commit.io.ts";
import { forEachDatabase } from "../database.ts";

test("what arrives within one turn is written together, in order, and answered afterwards", async () => {
  const groups: number[][] = [];
  const inbox = groupCommit<number>((rows) => {
    groups.push(rows);
    return Promise.resolve();
  });
  const answers = [1, 2, 3].map((row) => inbox.append(row));
  expect(groups).toEqual([]);
  await Promise.all(answers);
  expect(groups).toEqual([[1, 2, 3]]);
});

test("while one group is written the next one gathers, and only its own failure rejects it", async () => {
  const groups: number[][] = [];
  let fail: (reason: Error) => void = () => {};
  let started = () => {};
  const firstStarted = new Promise<void>((resolve) => (started = resolve));
  const inbox = groupCommit<number>((rows) => {
    groups.push(rows);
    if (groups.length > 1) return Promise.resolve();
    started();
    return new Promise((_, reject) => (fail = reject));
  });
  const first = inbox.append(1);
  await firstStarted;
  const second = [2, 3].map((row) => inbox.append(row));
  fail(new Error("disk full"));
  await expect(first).rejects.toThrow("disk full");
  await Promise.all(second);
  expect(groups).toEqual([[1], [2, 3]]);
});

test("a group has no more rows than the most allowed, and idle waits for all of them", async () => {
  const groups: number[][] = [];
  const inbox = groupCommit<number>(
    (rows) => {
      groups.push(rows);
      return Promise.resolve();
    },
    { max: 2 },
  );
  await inbox.idle();
  for (const row of [1, 2, 3, 4, 5]) void inbox.append(row);
  await inbox.idle();
  expect(groups).toEqual([[1, 2], [3, 4], [5]]);
});

forEachDatabase("a killed process", (open, { url }) => {
  test("has lost nothing that it had answered for", async () => {
    const database = await open();
    const answered = await appendUntilKilled(url(database), 300);
    expect(answered.length).toBeGreaterThanOrEqual(300);
    const rows = await database.kysely.selectFrom("inbox").select("body").execute();
    const kept = new Set(rows.map(({ body }) => body));
    expect(answered.filter((body) => !kept.has(body))).toEqual([]);
  });
});

/** Kills the process in the midst of its work, once it has answered for so many. */
function appendUntilKilled(database: string, enough: number): Promise<string[]> {
  const script = fileURLToPath(new URL("./append-forever.ts", import.meta.url));
  const child = spawn(process.execPath, [script, database], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
    if (printed.split("\n").length > enough) child.kill("SIGKILL");
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // The last piece may be a line that the kill cut off.
    child.once("close", () => resolve(printed.split("\n").slice(0, -1)));
  });
}
