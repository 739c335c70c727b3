import { spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { InputError } from "../../src/config/problems.ts";
import { onlyServer } from "../../src/db/only-server.io.ts";
import { migrateToLatest } from "../../src/db/migrate.store.ts";
import { openDatabase } from "../../src/db/open.io.ts";
import { temporaryFolder } from "../database.ts";

test("a SQLite file has one server process, by whatever name; killed, it leaves room for the next", async () => {
  const path = `${temporaryFolder()}/served.db`;
  const script = fileURLToPath(new URL("./serve-until-killed.ts", import.meta.url));
  const child = spawn(process.execPath, [script, `sqlite:${path}`], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  expect(() => onlyServer(`sqlite:${path}`)).toThrow(InputError);
  expect(() => onlyServer(`sqlite://${path}`)).toThrow(`another Kindling serves ${path} already`);
  // Commands work beside the server.
  const database = await openDatabase(`sqlite:${path}`);
  await migrateToLatest(database.kysely);
  symlinkSync(path, `${path}.link`);
  expect(() => onlyServer(`sqlite:${path}.link`)).toThrow(InputError);
  const gone = once(child, "close");
  child.kill("SIGKILL");
  await gone;
  onlyServer(`sqlite:${path}`)();
  onlyServer(`sqlite:${path}`)();
  await database.close();
});

test("other files, databases in memory and PostgreSQL are nobody's alone", () => {
  const closers = ["one", "two"].map((name) => onlyServer(`sqlite:${temporaryFolder()}/${name}.db`));
  for (const url of ["sqlite::memory:", "postgres://db/kindling"])
    closers.push(onlyServer(url), onlyServer(url));
  for (const close of closers) close();
});
