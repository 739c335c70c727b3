import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { backUp } from "../../src/db/backup.io.ts";
import { markBackup } from "../../src/email/doubt.store.ts";
import { eventInput } from "../../src/events/input.ts";
import { DAY, HOUR } from "../../src/instant.ts";
import { sendDue } from "../../src/sending/deliver.run.ts";
import { createServer } from "../../src/web/server.routes.ts";
import { MONDAY, openHouse, sequence, settings, type House } from "./sending-house.ts";

const LEADS = Array.from({ length: 6 }, (_, n) => `lead-${n}@customer.example`);
const REPS = `reps: [ { rep: maria, name: Maria, email: maria@acme.example } ]
routing: [round_robin]
notices: [ { on: { did: demo.asked } } ]
`;
const FILES = {
  "config/kindling.yaml": settings(),
  "config/reps.yaml": REPS,
  "config/sequences/two.yaml": sequence("two", [
    "send: hello",
    "wait: 1d",
    "send: again",
    "wait: 4d",
    "send: hello",
  ]),
};

/** A backup of the house's database, of now. */
async function backUpOf(house: House): Promise<string> {
  const file = join(house.folder, "backup.db");
  const at = house.clock.now();
  const mark = (db: Parameters<typeof markBackup>[0]) => markBackup(db, at);
  await backUp(join(house.folder, "kindling.db"), file, { force: false, mark, heard: () => {} });
  return file;
}

function requests(house: House) {
  const { spine, tokenKeys } = house.app;
  return createServer({
    api: { spine, tokenKeys, baseUrl: "https://a.example", apiKey: "key", proxies: null },
  } as never);
}

test("a backup made while mails are under way and others write, restored: nothing leaves twice, what was due is listed in doubt", async () => {
  const house = await openHouse({ files: FILES });
  for (const lead of LEADS) await house.start(lead, ["two"]);
  // Waits for a rep to be told, in the backup.
  await house.arrive(LEADS[0]!, eventInput("demo.asked", "lead", {}));
  const { carrier } = house.app.outbox;
  let copying: Promise<string> | undefined;
  let copied = false;
  let underWay = 0;
  await sendDue({
    ...house.app.outbox,
    carrier: {
      ...carrier,
      connections: 3,
      async send(mail) {
        underWay++;
        copying ??= backUpOf(house).finally(() => (copied = true));
        for (let n = 0; !copied && n < 30; n++) {
          await house.start(`late-${n}@customer.example`, ["one"]);
          await setImmediate();
        }
        await copying;
        return carrier.send(mail);
      },
    },
  });
  expect(underWay).toBeGreaterThanOrEqual(LEADS.length);
  // The first company lives on for two days before its disk is lost.
  await house.settle();
  await house.until(MONDAY + 2 * DAY);
  const before = house.sink.mails.map(({ to }) => to);
  for (const lead of LEADS) expect(before.filter((to) => to === lead)).toHaveLength(2);
  expect(before.filter((to) => to === "maria@acme.example")).toHaveLength(1);

  const restored = await openHouse({
    files: FILES,
    databaseUrl: `sqlite:${(await copying)!}`,
    now: MONDAY + 2 * DAY + HOUR,
  });
  await restored.settle();
  expect(restored.sink.mails).toEqual([]);
  for (const lead of LEADS) {
    const states = (await restored.states(lead)).map((state) => state.split(" ")[2]);
    expect(states).toEqual(["in_doubt", "in_doubt"]);
  }
  const listed = await requests(restored).request("/api/messages?state=in_doubt&limit=100", {
    headers: { Authorization: "Bearer key" },
  });
  const { messages } = (await listed.json()) as { messages: { email: string; kind: string }[] };
  expect(messages.filter(({ email, kind }) => kind === "sequence" && LEADS.includes(email))).toHaveLength(
    2 * LEADS.length,
  );
  expect((await restored.states("maria@acme.example")).map((state) => state.split(" ")[2])).toEqual([
    "in_doubt",
  ]);
  // Life goes on: the third one is due after the restore.
  await restored.until(MONDAY + 8 * DAY);
  for (const lead of LEADS) expect(restored.sink.mails.filter(({ to }) => to === lead)).toHaveLength(1);
});

test("a restored lead that something reaches before it has caught up gets no mail twice, nor its rep, whatever stands between two mails", async () => {
  const LEAD = LEADS[0]!;
  const files = {
    ...FILES,
    "config/reps.yaml": `${REPS}channels: { chat: { url_env: CHAT_URL } }\n`,
    "config/sequences/acts.yaml": sequence("acts", [
      "send: hello",
      "set: { tier: one }",
      "notify: owner",
      "branch: [ { when: { attribute: tier, is: one }, steps: [ { set: { tier: two } } ] } ]",
      "{ wait_for: { did: page.viewed }, up_to: 1h, else: [ { set: { tier: three } } ] }",
      "wait: 1d",
      "send: again",
    ]),
  };
  const house = await openHouse({ files });
  await house.start(LEAD, ["acts"]);
  const backup = await backUpOf(house);
  await house.until(MONDAY + 2 * DAY);
  const sent = house.sink.mails.map(({ to }) => to);
  expect(sent.toSorted()).toEqual([LEAD, LEAD, "maria@acme.example"]);

  const databaseUrl = `sqlite:${backup}`;
  const restored = await openHouse({ files, databaseUrl, now: MONDAY + 2 * DAY + HOUR });
  await restored.arrive(LEAD, eventInput("demo.seen", "lead", {}));
  await restored.until(MONDAY + 8 * DAY);
  expect(restored.sink.mails.map(({ to }) => to)).toEqual([]);
  expect((await restored.lead(LEAD)).attributes["tier"]).toBe("three");
  const states = (await restored.rows()).map(({ state }) => state);
  expect(states).toEqual(["in_doubt", "in_doubt", "in_doubt"]);
  const chat = await restored.app.db.kysely.selectFrom("webhook_deliveries").select("state").execute();
  expect(chat).toEqual([{ state: "skipped" }]);
});
