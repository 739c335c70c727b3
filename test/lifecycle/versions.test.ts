import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openApp } from "../../src/app.ts";
import { readEnvironment } from "../../src/config/environment.io.ts";
import { appendToInbox } from "../../src/events/inbox.store.ts";
import { eventInput } from "../../src/events/input.ts";
import { DAY } from "../../src/instant.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { lastApply } from "../../src/programme/versions.store.ts";
import { forEachDatabase } from "../database.ts";
import { company, openChanging, START } from "../flows/changing-house.ts";
import { writeFiles } from "./files.ts";

const ADA = "ada@x.example";
const V1 = company(["send: a", "wait: 2d", "send: b"]);
const V2 = company(["send: c", "send: a", "wait: 4d", "send: b"]);

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const app of opened.splice(0).reverse()) await app.close();
});

forEachDatabase("another version that is applied", (open, { url }) => {
  async function two() {
    const database = await open();
    const [first, second] = [await openChanging(V1, url(database)), await openChanging(V1, url(database))];
    opened.push(first.app, second.app);
    return { database, first, second };
  }

  test("is followed by every process; what one has taken over another never takes back", async () => {
    const { first, second } = await two();
    await first.arrive(ADA, "go.now");
    await first.until(START + DAY);
    await second.until(START + DAY);
    await first.apply(V2);
    const { definition } = (await first.enrolments())[0]!;

    // The second one has not looked yet, and something reaches a lead that the first has taken over.
    expect(second.spine.programme().hash).not.toBe(first.spine.programme().hash);
    const inputs = [eventInput("page.viewed", "lead", { path: "/" })];
    await second.spine.db.unit((trx) =>
      appendToInbox(trx, [{ to: { email: ADA }, at: second.clock.now(), live: true, create: "yes", inputs }]),
    );
    expect(await drain(second.spine)).toBe(1);
    expect(second.spine.programme().hash).toBe(first.spine.programme().hash);
    expect((await second.enrolments())[0]).toMatchObject({ definition, step: "wait-1", state: "open" });

    await second.until(START + 5 * DAY);
    expect(second.sent(ADA)).toEqual(["b"]);
    expect(first.sent(ADA)).toEqual(["a"]);
  });

  test("and can't be loaded is said aloud, and what ran goes on", async () => {
    const { database, first } = await two();
    await first.arrive(ADA, "go.now");
    await database.kysely
      .insertInto("versions")
      .values({ hash: "f00", files: '{"config/kindling.yaml":"x: 1"}' })
      .execute();
    const { id: _, enrolExisting: __, inFlight: ___, ...live } = (await lastApply(database.kysely))!;
    const row = { ...live, version: "f00", in_flight: "migrate", enrol_existing: "[]" };
    await database.kysely
      .insertInto("applies")
      .values(row as never)
      .execute();

    expect(await first.spine.keepUp!()).toBe(false);
    expect(first.warnings).toEqual(["the applied version can't be loaded: the one before it stays"]);
    await first.until(START + 3 * DAY);
    expect(first.sent(ADA)).toEqual(["a", "b"]);
    expect(first.warnings).toHaveLength(1);

    // The next one that can be is followed again.
    await first.apply(V2);
    expect(first.spine.programme().sequences.get("s")!.first).toBe("send-1");
    expect(await first.spine.keepUp!()).toBe(true);
  });

  test("comes from an apply alone: who opens the database later finds that, whatever the files say by then", async () => {
    const database = await open();
    const folder = mkdtempSync(join(tmpdir(), "kindling-versions-"));
    const files = { config: join(folder, "config"), templates: join(folder, "templates") };
    const environment = { ...readEnvironment({}), databaseUrl: url(database) };
    try {
      const begin = async () => {
        const app = await openApp({ ...files, apply: false, environment });
        opened.push(app);
        return app.spine.programme().sequences.get("s")!;
      };
      writeFiles(folder, V1);
      const { hash } = await begin();
      expect(await lastApply(database.kysely)).toMatchObject({ kind: "start" });
      writeFiles(folder, V2);
      expect((await begin()).hash).toBe(hash);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
