import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { MINUTE } from "../../src/instant.ts";
import { sendDue } from "../../src/sending/deliver.run.ts";
import { forEachDatabase } from "../database.ts";
import { closing, MONDAY, openHouse, sequence, settings } from "./sending-house.ts";
import { openSink } from "./sending-sink.ts";

const MAILS = 300;
const CONNECTIONS = 5;

forEachDatabase("a worker that is killed while it sends", (open, { url, kind }) => {
  test("loses nothing and sends nothing twice; as many are in doubt as it had connections, at most", async () => {
    const databaseUrl = url(await open());
    // Captured: this process only queues, and cleans up in the end.
    const house = await openHouse({ fate: null, databaseUrl, now: systemClock.now() });
    for (let n = 0; n < MAILS; n++) await house.start(`lead${n}@customer.example`, ["one"]);
    await house.app.jobs.find(({ name }) => name === "inbox")!.run();
    expect(await house.rows()).toHaveLength(MAILS);

    const reached = new Map<number, () => void>();
    const sink = closing(await openSink(() => undefined, { heard: (count) => reached.get(count)?.() }));
    const kills = [40, 110, 200];
    for (const count of kills) {
      const arrived = new Promise<void>((resolve) => reached.set(count, resolve));
      const worker = startWorker(house.folder, databaseUrl, sink.url);
      await arrived;
      worker.kill("SIGKILL");
      await once(worker, "exit");
    }

    // What the dead held comes free when their leases run out; the rest leaves from here.
    const sent = new Set(sink.mails.map(({ to }) => to));
    expect(sent.size).toBe(sink.mails.length);
    const before = await house.rows();
    const leaving = before.filter(({ state }) => state === "sending");
    expect(leaving.length).toBeLessThanOrEqual(kills.length * CONNECTIONS);
    house.clock.jumpTo(systemClock.now() + 2 * MINUTE);
    await house.settle();
    const after = await house.rows();
    const inDoubt = after.filter(({ state }) => state === "in_doubt");
    expect(inDoubt.map(({ id }) => id)).toEqual(leaving.map(({ id }) => id));
    expect(after.filter(({ state }) => state === "sent")).toHaveLength(MAILS - inDoubt.length);
    // Sent from here is only what the server never had.
    const queued = before.filter(({ state }) => state === "queued");
    expect(queued.filter(({ recipient }) => sent.has(recipient))).toEqual([]);
    const known = before.filter(({ state }) => state === "sent");
    expect(known.filter(({ recipient }) => !sent.has(recipient))).toEqual([]);
  });

  function startWorker(folder: string, databaseUrl: string, smtpUrl: string) {
    const script = new URL("sending-child.ts", import.meta.url).pathname;
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", script, join(folder, "config"), join(folder, "templates")],
      {
        env: {
          PATH: process.env["PATH"],
          DATABASE_URL: databaseUrl,
          SMTP_URL: smtpUrl,
          KINDLING_SECRET: "a secret of these tests",
        },
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
    closing({ close: async () => void child.kill("SIGKILL") });
    return child;
  }

  // SQLite is for one server process.
  test.skipIf(kind === "sqlite")("two at once keep to caps and rates, and send nothing twice", async () => {
    const house = await openHouse({
      databaseUrl: url(await open()),
      files: {
        "config/kindling.yaml": settings("rate: { per_minute: 25 }", "caps: [ { emails: 1, in: 1d } ]"),
        "config/sequences/two.yaml": sequence("two", ["send: again"]),
      },
    });
    for (let n = 0; n < 20; n++) await house.start(`lead${n}@customer.example`, ["one", "two"]);
    for (let n = 20; n < 40; n++) await house.start(`lead${n}@customer.example`, ["one"]);
    await house.app.jobs.find(({ name }) => name === "inbox")!.run();
    const other = await house.another();
    const both = () => Promise.all([sendDue(house.app.outbox), sendDue(other.outbox)]);
    await both();
    expect(house.sink.mails).toHaveLength(25);
    house.clock.jumpTo(MONDAY + MINUTE);
    await both();
    expect(house.sink.mails).toHaveLength(40);
    expect(new Set(house.sink.mails.map(({ to }) => to)).size).toBe(40);
  });

  test("keeps an answer that no text of a database can hold", async () => {
    const house = await openHouse({
      databaseUrl: url(await open()),
      fate: () => ({ at: "rcpt", code: 550, text: "5.1.1 no\0such\u0007user" }),
    });
    await house.start("ada@customer.example", ["one"]);
    await house.settle();
    expect((await house.rows())[0]).toMatchObject({ state: "bounced" });
    expect((await house.lead("ada@customer.example")).suppressed).toBe("hard bounce");
  });
});
