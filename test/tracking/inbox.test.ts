import { appendFileSync, existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import Native from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../src/db/open.io.ts";
import { openSpool } from "../../src/db/spool.io.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { openInbox } from "../../src/tracking/inbox.run.ts";
import { trackingRoutes } from "../../src/tracking/tracking.routes.ts";
import { inFile, openHouse } from "./house.ts";

async function withMail(database: string) {
  const house = await openHouse({ database });
  await house.lead();
  const message = await house.mail();
  return { house, message };
}

describe("while another process holds the database", () => {
  test("readers arrive, and their clicks and opens are folded once it is back", async () => {
    const url = inFile();
    const { house, message } = await withMail(url);
    const other = new Native(url.slice("sqlite:".length));
    other.exec("begin immediate");
    const click = await house.ask(house.clickPath(message, 0));
    const open = await house.ask(house.openPath(message));
    expect([click.status, open.status]).toEqual([302, 200]);
    expect(click.headers.get("location")).toMatch(/^https:\/\/www\.acme\.example\/pricing/);
    expect(house.inbox.spooled()).toBe(2);
    expect(await house.inbox.nextDue()).toBe(house.clock.now() + 2000);
    expect(await house.inbox.drainSpool()).toBe(0);
    expect(house.warnings).toContain("the database can't be reached; what arrives goes to the spool file");

    other.exec("rollback");
    other.close();
    expect(await house.inbox.drainSpool()).toBe(2);
    expect(await house.inbox.nextDue()).toBeNull();
    expect((await house.log()).map((event) => `${event.type} ${event.verdict}`)).toEqual([
      "email.clicked human",
      "email.opened human",
      "email.opened human",
    ]);
    expect(await house.score()).toBe(6);
    await house.db.close();
  });

  test("the database is left alone for two seconds, then asked again", async () => {
    const url = inFile();
    const { house, message } = await withMail(url);
    const other = new Native(url.slice("sqlite:".length));
    other.exec("begin immediate");
    await house.ask(house.openPath(message));
    other.exec("rollback");
    other.close();
    await house.ask(house.openPath(message));
    expect(house.inbox.spooled()).toBe(2);
    house.clock.jumpTo(house.clock.now() + 2000);
    await house.ask(house.openPath(message));
    expect(house.inbox.spooled()).toBe(2);
    expect(await house.log()).toHaveLength(1);
    expect(await house.inbox.drainSpool()).toBe(2);
    expect(await house.log()).toHaveLength(3);
    await house.db.close();
  });
});

describe("where the disk takes nothing", () => {
  async function fullDisk() {
    const url = inFile();
    const { house, message } = await withMail(url);
    const other = new Native(url.slice("sqlite:".length));
    other.exec("begin immediate");
    mkdirSync(house.spoolPath);
    const clicks = [await house.ask(house.clickPath(message, 0)), await house.ask(house.openPath(message))];
    expect(clicks.map(({ status }) => status)).toEqual([302, 200]);
    const stop = await house.ask(`/t/u/${house.token("unsubscribe", { message })}`, { method: "POST" });
    expect(stop.status).toBe(503);
    expect(await house.inbox.drainSpool()).toBe(0);
    const unlock = () => {
      other.exec("rollback");
      other.close();
    };
    const empty = () => rmdirSync(house.spoolPath);
    return { house, unlock, empty };
  }

  test("readers arrive, and their clicks and opens are folded once, once it does again", async () => {
    const { house, unlock, empty } = await fullDisk();
    expect(await house.inbox.nextDue()).toBe(house.clock.now() + 2000);
    unlock();
    empty();
    expect(await house.inbox.drainSpool()).toBe(2);
    expect(await house.inbox.nextDue()).toBeNull();
    expect((await house.log()).map((event) => event.type)).toEqual([
      "email.clicked",
      "email.opened",
      "email.opened",
    ]);
    await house.db.close();
  });

  test("a server that stops puts them down as soon as the spool can be written", async () => {
    const { house, unlock, empty } = await fullDisk();
    empty();
    await house.inbox.idle();
    expect(house.inbox.spooled()).toBe(2);
    unlock();
    expect(await house.inbox.drainSpool()).toBe(2);
    await house.db.close();
  });

  test("a server that stops meanwhile says how many are lost", async () => {
    const { house, unlock } = await fullDisk();
    await house.inbox.idle();
    expect(house.warnings).toContain("hits are lost: neither the database nor the spool file took them");
    unlock();
    await house.db.close();
  });
});

describe("where the database is gone", () => {
  test("readers arrive and stop their mail; all of it waits in the spool for the next process", async () => {
    const url = inFile();
    const { house, message } = await withMail(url);
    await house.db.close();
    expect((await house.ask(house.clickPath(message, 2))).status).toBe(302);
    const stopped = await house.ask(`/t/u/${house.token("unsubscribe", { message })}`, { method: "POST" });
    expect(stopped.status).toBe(200);
    const preferences = await house.ask(`/t/p/${house.token("preferences", { message })}`);
    expect(preferences.status).toBe(503);
    expect(await preferences.text()).toContain("Nothing was changed.");

    const db = await openDatabase(url);
    const spool = openSpool(house.spoolPath);
    expect(spool.pending()).toBe(2);
    const inbox = openInbox({ ...house.spine, db }, spool);
    expect(await inbox.drainSpool()).toBe(2);
    await drain({ ...house.spine, db });
    const types = await db.kysely.selectFrom("events").select("type").orderBy("at").orderBy("seq").execute();
    expect(types.map((row) => row.type)).toEqual([
      "lead.created",
      "email.clicked",
      "email.opened",
      "email.unsubscribed",
    ]);
    await db.close();
  });

  test("a row that the spool hands over twice is folded once", async () => {
    const url = inFile();
    const { house, message } = await withMail(url);
    await house.db.close();
    await house.ask(house.openPath(message));
    const rows = readFileSync(house.spoolPath, "utf8");
    const db = await openDatabase(url);
    const spool = openSpool(house.spoolPath);
    const inbox = openInbox({ ...house.spine, db }, spool);
    await inbox.drainSpool();
    expect(existsSync(house.spoolPath)).toBe(false);
    // A crash right after the commit: the file is still there.
    appendFileSync(house.spoolPath, rows);
    const again = openInbox({ ...house.spine, db }, openSpool(house.spoolPath));
    expect(await again.drainSpool()).toBe(1);
    await drain({ ...house.spine, db });
    const opens = await db.kysely
      .selectFrom("events")
      .select("seq")
      .where("type", "=", "email.opened")
      .execute();
    expect(opens).toHaveLength(1);
    await db.close();
  });

  test("a wish that nothing could keep is never answered as if it were done", async () => {
    const { house, message } = await withMail(inFile());
    await house.db.close();
    const broken = { ...house.deps, inbox: { append: () => Promise.reject(new Error("disk full")) } };
    const app = trackingRoutes(broken);
    const stop = await app.request(`/t/u/${house.token("unsubscribe", { message })}`, { method: "POST" });
    expect(stop.status).toBe(503);
    expect((await app.request(house.clickPath(message, 0))).status).toBe(302);
    expect((await app.request(house.openPath(message))).status).toBe(200);
    expect(house.warnings.filter((line) => line.startsWith("a hit is lost"))).toHaveLength(2);
  });
});

test("hits of one moment are one commit", async () => {
  const { house, message } = await withMail("sqlite::memory:");
  const before = house.db.unit.bind(house.db);
  let units = 0;
  Object.assign(house.db, {
    unit: (work: Parameters<typeof before>[0]) => {
      units++;
      return before(work);
    },
  });
  await Promise.all(Array.from({ length: 50 }, () => house.ask(house.openPath(message))));
  expect(units).toBeLessThanOrEqual(2);
  expect(await house.log()).toHaveLength(50);
});
