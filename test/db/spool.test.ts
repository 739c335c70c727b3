import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSpool } from "../../src/db/spool.io.ts";
import { temporaryFolder } from "../database.ts";

let spools = 0;
const newPath = () => join(temporaryFolder(), `spools/${++spools}.jsonl`);

function collector(): { taken: unknown[]; take: (rows: unknown[]) => Promise<void> } {
  const taken: unknown[] = [];
  return { taken, take: (rows) => Promise.resolve(void taken.push(...rows)) };
}

test("rows come back once, in the order they came, also after a restart", async () => {
  const path = newPath();
  const before = openSpool(path);
  const rows = Array.from({ length: 1200 }, (_, n) => ({ n, text: 'é "quoted"\n' }));
  await Promise.all(rows.map((row) => before.append(row)));
  expect(before.pending()).toBe(1200);

  const spool = openSpool(path);
  expect(spool.pending()).toBe(1200);
  const { taken, take } = collector();
  expect(await spool.drain(take)).toBe(1200);
  expect(taken).toEqual(rows);
  expect(spool.pending()).toBe(0);
  expect(await spool.drain(take)).toBe(0);
  expect(openSpool(path).pending()).toBe(0);
});

test("a line that a crash cut off is kept aside and swallows none that follows", async () => {
  const path = newPath();
  await openSpool(path).append({ n: 1 });
  appendFileSync(path, '{"n":2,"te');
  const spool = openSpool(path);
  await spool.append({ n: 3 });
  const { taken, take } = collector();
  expect(await spool.drain(take)).toBe(2);
  expect(taken).toEqual([{ n: 1 }, { n: 3 }]);
  expect(readFileSync(`${path}.torn`, "utf8")).toBe('{"n":2,"te\n');
  expect(spool.pending()).toBe(0);
});

test("a drain that fails keeps what was not taken, and the next one goes on there", async () => {
  const spool = openSpool(newPath());
  const rows = Array.from({ length: 700 }, (_, n) => ({ n }));
  await Promise.all(rows.map((row) => spool.append(row)));
  const { taken, take } = collector();
  const failing = (some: unknown[]) =>
    taken.length > 0 ? Promise.reject(new Error("still down")) : take(some);
  await expect(spool.drain(failing)).rejects.toThrow("still down");
  expect(taken.length).toBe(500);
  expect(spool.pending()).toBe(200);
  await spool.append({ n: 700 });
  expect(await spool.drain(take)).toBe(201);
  expect(taken).toEqual([...rows, { n: 700 }]);
});

test("a drain that fails on a full disk hands all rows over again, and counts each once", async () => {
  const path = newPath();
  const spool = openSpool(path);
  const rows = Array.from({ length: 700 }, (_, n) => ({ n }));
  await Promise.all(rows.map((row) => spool.append(row)));
  // What is left can't be written.
  mkdirSync(`${path}.draining.new`);
  const { taken, take } = collector();
  const failing = (some: unknown[]) =>
    taken.length > 0 ? Promise.reject(new Error("still full")) : take(some);
  await expect(spool.drain(failing)).rejects.toThrow(".draining.new");
  expect(spool.pending()).toBe(700);
  rmdirSync(`${path}.draining.new`);
  taken.length = 0;
  expect(await spool.drain(take)).toBe(700);
  expect(taken).toEqual(rows);
  expect(spool.pending()).toBe(0);
});

test("a crash in the midst of a drain hands its rows over again, before newer ones", async () => {
  const path = newPath();
  await openSpool(path).append({ n: 1 });
  renameSync(path, `${path}.draining`);
  writeFileSync(path, '{"n":2}\n');
  const spool = openSpool(path);
  expect(spool.pending()).toBe(2);
  const { taken, take } = collector();
  expect(await spool.drain(take)).toBe(2);
  expect(taken).toEqual([{ n: 1 }, { n: 2 }]);
  expect(existsSync(`${path}.draining`)).toBe(false);
});

test("rows that arrive during a drain wait for the next one", async () => {
  const spool = openSpool(newPath());
  await spool.append({ n: 1 });
  const taken: unknown[] = [];
  const drained = await spool.drain(async (rows) => {
    taken.push(...rows);
    await spool.append({ n: 2 });
  });
  expect(drained).toBe(1);
  expect(taken).toEqual([{ n: 1 }]);
  expect(spool.pending()).toBe(1);
});
