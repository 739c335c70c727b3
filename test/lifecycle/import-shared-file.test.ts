import Native from "better-sqlite3";
import { expect, test } from "vitest";
import { migrateToLatest } from "../../src/db/migrate.store.ts";
import { openDatabase } from "../../src/db/open.io.ts";
import type { Spine } from "../../src/lifecycle/spine.ts";
import { temporaryFolder } from "../database.ts";
import { openHouse } from "../reps/house.ts";
import { bring, counts, fileOf } from "./import-house.ts";

test("an import waits while a server holds the SQLite file, and loses nothing", async () => {
  const path = `${temporaryFolder()}/shared.db`;
  const db = await openDatabase(`sqlite:${path}`);
  await migrateToLatest(db.kysely);
  const house = await openHouse(db);
  const server = new Native(path);
  server.exec("begin immediate");
  let waits = 0;
  const spine: Spine = {
    ...house.spine,
    clock: {
      now: () => house.clock.now(),
      sleepUntil: () => {
        if (++waits === 2) server.exec("commit");
        return Promise.resolve();
      },
    },
  };
  const file = await fileOf("email,employees\na@x.example,1\nb@x.example,2\n");
  expect(counts(await bring(spine, file))).toEqual({ created: 2 });
  expect(waits).toBe(2);
  server.close();
  await db.close();
});
