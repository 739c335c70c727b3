import Native from "better-sqlite3";
import { expect, onTestFinished, test, vi } from "vitest";
import { openDatabase, sqlitePath } from "../../src/db/open.io.ts";
import { isBusy } from "../../src/db/trouble.ts";
import { writeSetting } from "../../src/db/settings.store.ts";
import { migrateToLatest } from "../../src/db/migrate.store.ts";
import { temporaryFolder } from "../database.ts";

test("a server whose file another process holds waits for it once in two seconds; in between everybody hears at once", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const url = `sqlite:${temporaryFolder()}/served.db`;
  const db = await openDatabase(url, { serving: true });
  onTestFinished(() => db.close());
  await migrateToLatest(db.kysely);
  const other = new Native(sqlitePath(url));
  onTestFinished(() => void other.close());
  const wait = () => (db.raw!("pragma busy_timeout").get() as { timeout: number }).timeout;
  const unit = () => db.unit((trx) => writeSetting(trx, "a", "b"));
  const alone = () => writeSetting(db.kysely, "a", "b");

  other.exec("begin immediate");
  for (const work of [unit, alone]) {
    await expect(work()).rejects.toSatisfy(isBusy);
    expect(wait()).toBe(250);
    for (let n = 0; n < 3; n++) {
      await expect(unit()).rejects.toSatisfy(isBusy);
      await expect(alone()).rejects.toSatisfy(isBusy);
      expect(wait()).toBe(0);
    }
    vi.advanceTimersByTime(2000);
  }
  await expect(unit()).rejects.toSatisfy(isBusy);
  await expect(unit()).rejects.toSatisfy(isBusy);
  other.exec("rollback");
  await unit();
  await unit();
  expect(wait()).toBe(250);
});
