import { describe, expect, test } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/instant.ts";
import type { Database } from "../../src/db/open.io.ts";
import { markBackup } from "../../src/email/doubt.store.ts";
import { setHold } from "../../src/email/hold.store.ts";
import { eventInput } from "../../src/events/input.ts";
import { settle } from "../../src/jobs.ts";
import { smtpCarrier } from "../../src/sending/carrier.io.ts";
import { recoverLeases, sendDue } from "../../src/sending/deliver.run.ts";
import type { Attempt } from "../../src/sending/retry.ts";
import type { Outbox } from "../../src/sending/outbox.ts";
import { openSmtp } from "../../src/sending/smtp.io.ts";
import { sendAgain } from "../../src/web/api/messages.store.ts";
import { closing, MONDAY, openHouse, sequence, settings, type House } from "./sending-house.ts";
import type { Fate } from "./sending-sink.ts";

const ADA = "ada@customer.example";
const TWO_STEPS = { "config/sequences/two.yaml": sequence("two", ["send: hello", "send: again"]) };

function refused(code: number, text: string): Fate {
  return { at: "rcpt", code, text };
}

describe("a mail that the server takes", () => {
  test("is sent once, told to the spine, and the sequence goes on", async () => {
    const house = await openHouse({ files: TWO_STEPS });
    await house.start(ADA, ["two"]);
    await house.settle();
    expect(house.sink.mails.map(({ to }) => to)).toEqual([ADA, ADA]);
    expect(await house.states()).toEqual(["03-02 12:00:00 sent", "03-02 12:00:00 sent"]);
    expect(await house.enrolments(ADA)).toEqual(["two finished"]);
    expect((await house.log(ADA, "email.sent")).map(({ properties }) => properties)).toEqual([
      { template: "hello", sequence: "two", step: "send-1" },
      { template: "again", sequence: "two", step: "send-2" },
    ]);
  });
});

describe("a temporary refusal", () => {
  test.each([
    ["421", refused(421, "4.3.2 closing")],
    ["450", refused(450, "4.2.0 greylisted")],
    ["451 after the dot", { at: "dot", code: 451, text: "4.3.0 later" } as const],
    ["a connection dropped at RCPT", "drop at rcpt" as const],
  ])(
    "(%s) is tried again after 1 min, 5 min, 30 min, 2 h, 6 h and 24 h, then it has failed",
    async (_, fate) => {
      const house = await openHouse({ files: TWO_STEPS, fate: () => fate });
      await house.start(ADA, ["two"]);
      const tries: string[] = [];
      let at = MONDAY;
      for (const wait of [0, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, DAY]) {
        at += wait;
        if (wait > 0) await house.until(at - 1);
        const before = house.sink.asked.length;
        await house.until(at);
        tries.push(`${house.sink.asked.length > before} ${(await house.states())[0]!.split(" ")[2]!}`);
      }
      expect(tries).toEqual([...Array<string>(6).fill("true queued"), "true failed"]);
      expect((await house.rows())[0]).toMatchObject({ attempt: 7, sent_at: null, done_at: at });
      // The sequence goes on with the next one.
      expect((await house.rows())[1]).toMatchObject({ step: "send-2", state: "queued" });
      expect((await house.lead(ADA)).suppressed).toBeNull();
    },
  );

  test("that heals is sent at the next attempt, under the gate's eyes again", async () => {
    let up = false;
    const house = await openHouse({ fate: () => (up ? undefined : refused(450, "4.2.0 greylisted")) });
    await house.start(ADA, ["one"]);
    await house.settle();
    const [row] = await house.rows();
    expect(row).toMatchObject({ state: "queued", tries: 1, due_at: MONDAY + MINUTE });
    expect(row!.reason).toContain("greylisted");
    up = true;
    await house.until(MONDAY + MINUTE);
    expect(await house.states()).toEqual(["03-02 12:01:00 sent"]);
    expect(await house.decisions(row!.id)).toEqual(["03-02 12:00 send", "03-02 12:01 send"]);
  });
});

describe("a permanent refusal", () => {
  async function bounce(fate: Fate, limit = 2): Promise<House> {
    const files = { ...TWO_STEPS, "config/kindling.yaml": settings(`bounces: { soft_limit: ${limit} }`) };
    const house = await openHouse({ files, fate: () => fate });
    await house.start(ADA, ["two"]);
    await house.settle();
    return house;
  }

  test("of an unknown user suppresses at once and ends the enrolments", async () => {
    const house = await bounce(refused(550, "5.1.1 no such user"));
    expect(await house.states()).toEqual(["03-02 12:00:00 bounced"]);
    expect((await house.lead(ADA)).suppressed).toBe("hard bounce");
    expect(await house.enrolments(ADA)).toEqual(["two unreachable"]);
    expect(await house.log(ADA, "email.bounced")).toMatchObject([
      { properties: { class: "hard", status: "5.1.1", template: "hello", sequence: "two", step: "send-1" } },
    ]);
  });

  test("that says something against the address counts, and suppresses at the limit", async () => {
    const house = await bounce(refused(550, "5.2.1 mailbox disabled"));
    expect(await house.log(ADA, "email.bounced")).toMatchObject([
      { properties: { class: "soft" } },
      { properties: { class: "soft" } },
    ]);
    expect((await house.lead(ADA)).suppressed).toBe("too many soft bounces");
  });

  test.each([
    ["a full mailbox", refused(552, "5.2.2 mailbox full")],
    ["a size", refused(552, "5.3.4 message too big")],
    ["a policy", refused(550, "5.7.1 rejected by policy")],
    ["a reputation", refused(554, "5.7.1 your IP has a poor reputation")],
    ["what is said of the content", { at: "dot", code: 554, text: "5.7.1 looks like spam" } as const],
  ])("for %s never blames the address, however often", async (_, fate) => {
    const house = await bounce(fate, 1);
    expect(await house.states()).toEqual(["03-02 12:00:00 bounced", "03-02 12:00:00 bounced"]);
    expect(await house.log(ADA, "email.bounced")).toMatchObject([
      { properties: { class: "soft" } },
      { properties: { class: "soft" } },
    ]);
    expect((await house.lead(ADA)).suppressed).toBeNull();
    expect(await house.enrolments(ADA)).toEqual(["two finished"]);
  });

  test("counts in a row: a mail that arrived between two begins anew", async () => {
    const answers = ["no", "yes", "no", "yes"];
    const house = await openHouse({
      files: { "config/kindling.yaml": settings("bounces: { soft_limit: 2 }") },
      fate: () => (answers[0] === "no" ? refused(550, "5.2.1 mailbox disabled") : undefined),
    });
    while (answers.length > 0) {
      await house.start(ADA, ["one"]);
      await house.until(house.clock.now() + HOUR);
      answers.shift();
    }
    expect((await house.rows()).map(({ state }) => state)).toEqual(["bounced", "sent", "bounced", "sent"]);
    expect((await house.lead(ADA)).suppressed).toBeNull();
  });
});

describe("a connection lost after 354", () => {
  test.each(["drop after 354", "drop after the dot"] as const)(
    "(%s) leaves the mail in doubt, and the sequence goes on",
    async (fate) => {
      let lost = 0;
      const house = await openHouse({ files: TWO_STEPS, fate: () => (lost++ < 2 ? fate : undefined) });
      await house.start(ADA, ["two"]);
      await house.until(MONDAY + 2 * DAY);
      expect((await house.rows()).map(({ state, step }) => `${step} ${state}`)).toEqual([
        "send-1 in_doubt",
        "send-2 sent",
      ]);
      expect(await house.enrolments(ADA)).toEqual(["two finished"]);
      expect((await house.lead(ADA)).suppressed).toBeNull();
    },
  );

  test("is tried again under the same Message-ID where the configuration says retry", async () => {
    let lost = true;
    const house = await openHouse({
      files: { "config/kindling.yaml": settings("in_doubt: retry") },
      fate: () => (lost ? "drop after the dot" : undefined),
    });
    await house.start(ADA, ["one"]);
    await house.settle();
    expect(await house.states()).toEqual(["03-02 12:01:00 queued"]);
    lost = false;
    await house.until(MONDAY + MINUTE);
    expect(await house.states()).toEqual(["03-02 12:01:00 sent"]);
    const ids = house.sink.mails.map(({ raw }) => /^Message-ID: (.*)$/im.exec(raw)![1]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test("again and again: with retry too nobody says that it was not sent", async () => {
    const house = await openHouse({
      files: { "config/kindling.yaml": settings("in_doubt: retry") },
      fate: () => "drop after the dot",
    });
    await house.start(ADA, ["one"]);
    await house.until(MONDAY + 3 * DAY);
    expect((await house.rows())[0]).toMatchObject({ state: "in_doubt", attempt: 7 });
  });
});

describe("a server that hangs", () => {
  function impatient(house: House): Outbox {
    const smtp = closing(openSmtp(house.sink.url, { socketTimeout: 300 }));
    const { outbox, spine, tokenKeys } = house.app;
    return { ...outbox, carrier: smtpCarrier(smtp, house.clock, tokenKeys, spine.programme, null) };
  }

  test("before the data holds up nobody beyond its time-out, and is asked again", async () => {
    const house = await openHouse({ fate: (to) => (to === ADA ? "hang at rcpt" : undefined) });
    await house.start(ADA, ["one"]);
    await house.start("bob@customer.example", ["one"]);
    await sendDue(impatient(house));
    expect(await house.states(ADA)).toEqual(["03-02 12:01:00 queued"]);
    expect(await house.states("bob@customer.example")).toEqual(["03-02 12:00:00 sent"]);
  });

  test("after the dot leaves the mail in doubt", async () => {
    const house = await openHouse({ fate: () => "hang after the dot" });
    await house.start(ADA, ["one"]);
    await sendDue(impatient(house));
    expect(await house.states(ADA)).toEqual(["03-02 12:00:00 in_doubt"]);
  });

  test("holds up no mail that becomes due while a connection is free", async () => {
    const house = await openHouse();
    const slow = deferred<Attempt>();
    const carrier = {
      ...house.app.outbox.carrier,
      send: (mail: { row: { recipient: string } }) =>
        mail.row.recipient === ADA ? slow.promise : Promise.resolve(ACCEPTED),
    };
    await house.start(ADA, ["one"]);
    const sending = sendDue({ ...house.app.outbox, carrier });
    while ((await house.rows(ADA))[0]?.state !== "sending") await turn();
    await house.start("bob@customer.example", ["one"]);
    await house.app.jobs.find(({ name }) => name === "inbox")!.run();
    while ((await house.rows("bob@customer.example"))[0]?.state !== "sent") await turn();
    slow.resolve(ACCEPTED);
    await sending;
    expect(await house.states(ADA)).toEqual(["03-02 12:00:00 sent"]);
  });
});

describe("a worker that is asked to stop", () => {
  test("ends what it has begun and leaves the rest in the queue, nothing in doubt", async () => {
    const stopping = new AbortController();
    const house = await openHouse({
      fate: () => {
        if (house.sink.asked.length > 7) stopping.abort();
        return undefined;
      },
    });
    for (let n = 0; n < 40; n++) await house.start(`lead${n}@customer.example`, ["one"]);
    await sendDue(house.app.outbox, stopping.signal);
    const states = (await house.rows()).map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(["sent", "queued"]));
    expect(states.filter((state) => state === "sent").length).toBeLessThan(20);
    await house.settle();
    expect(house.sink.mails).toHaveLength(40);
  });
});

const ACCEPTED: Attempt = { outcome: "accepted", code: 250, response: "250 taken" };

function deferred<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a lease", () => {
  /** A mail whose attempt is under way until the test answers it. */
  async function underWay(files: Record<string, string> = {}) {
    const house = await openHouse({ files });
    const slow = deferred<Attempt>();
    const carrier = { ...house.app.outbox.carrier, send: () => slow.promise };
    await house.start(ADA, ["one"]);
    const sending = sendDue({ ...house.app.outbox, carrier });
    while ((await house.rows(ADA))[0]?.state !== "sending") await turn();
    return { house, answer: slow.resolve, sending };
  }

  test("holds the mail from before anybody connects, with an attempt's number", async () => {
    const { house, answer, sending } = await underWay();
    const [row] = await house.rows(ADA);
    expect(row).toMatchObject({ state: "sending", attempt: 1, gated_at: MONDAY });
    expect(row!.lease_until).toBeGreaterThan(MONDAY);
    expect(await recoverLeases(house.app.outbox)).toBe(0);
    // Another worker finds nothing to do.
    expect(await sendDue((await house.another()).outbox)).toBe(0);
    expect(house.sink.mails).toHaveLength(0);
    answer(ACCEPTED);
    await sending;
    expect(await house.states()).toEqual(["03-02 12:00:00 sent"]);
  });

  test("is kept for as long as the attempt lasts", async () => {
    const { house, answer, sending } = await underWay();
    for (let n = 1; n <= 5; n++) {
      const { lease_until: until } = (await house.rows(ADA))[0]!;
      house.clock.jumpTo(until! - 30 * SECOND);
      while ((await house.rows(ADA))[0]!.lease_until === until) await turn();
    }
    expect(await recoverLeases(house.app.outbox)).toBe(0);
    answer(ACCEPTED);
    await sending;
    expect((await house.rows(ADA))[0]).toMatchObject({ state: "sent", attempt: 1 });
  });

  test("that runs out leaves in doubt what had passed the gate, and a late answer is refused", async () => {
    const { house, answer, sending } = await underWay();
    house.clock.jumpTo((await house.rows(ADA))[0]!.lease_until!);
    const other = await house.another();
    await other.jobs.find(({ name }) => name === "leases")!.run();
    expect((await house.rows(ADA))[0]).toMatchObject({
      state: "in_doubt",
      reason: "the sending process died",
    });
    answer(ACCEPTED);
    await sending;
    expect((await house.rows(ADA))[0]).toMatchObject({ state: "in_doubt", sent_at: null });
    expect(house.warnings).toContain("a late answer is refused: the lease ran out");
    await house.settle();
    expect(await house.enrolments(ADA)).toEqual(["one finished"]);
    expect(await house.log(ADA, "email.sent")).toEqual([]);
  });

  test("that runs out is sent again with retry, and the first attempt's late answer is refused", async () => {
    const { house, answer, sending } = await underWay({
      "config/kindling.yaml": settings("in_doubt: retry"),
    });
    const other = await house.another();
    house.clock.jumpTo((await house.rows(ADA))[0]!.lease_until!);
    await settle(other.jobs, house.clock);
    expect(house.sink.mails).toHaveLength(1);
    const before = await house.rows(ADA);
    expect(before).toMatchObject([{ state: "sent", attempt: 2 }]);
    answer({
      outcome: "refused",
      stage: "recipient",
      code: 550,
      status: "5.1.1",
      response: "550 5.1.1 no such user",
    });
    await sending;
    expect(await house.rows(ADA)).toEqual(before);
    expect((await house.lead(ADA)).suppressed).toBeNull();
  });

  test("that runs out because the clock was set forward is renewed: the mail is sent once, and not in doubt", async () => {
    const { house, answer, sending } = await underWay({
      "config/kindling.yaml": settings("in_doubt: retry"),
    });
    house.clock.jumpTo(MONDAY + 2 * HOUR);
    expect(await recoverLeases(house.app.outbox)).toBe(0);
    while ((await house.rows(ADA))[0]!.lease_until! <= house.clock.now()) await turn();
    answer(ACCEPTED);
    await sending;
    await house.settle();
    expect(await house.rows(ADA)).toMatchObject([{ state: "sent", attempt: 1 }]);
    expect(house.sink.mails).toEqual([]);
  });

  test("of a row that had not passed the gate puts it back into the queue", async () => {
    const house = await openHouse();
    await house.start(ADA, ["one"]);
    await house.app.jobs.find(({ name }) => name === "inbox")!.run();
    await house.app.db.kysely
      .updateTable("messages")
      .set({ state: "sending", attempt: 1, lease_until: MONDAY + SECOND })
      .execute();
    await house.until(MONDAY + SECOND);
    expect(await house.states()).toEqual(["03-02 12:00:01 sent"]);
    expect(house.sink.mails).toHaveLength(1);
  });
});

describe("one bad mail", () => {
  test("that can't be made fails alone; those behind it leave", async () => {
    const house = await openHouse();
    await house.start(ADA, ["one"]);
    await house.start("bob@customer.example", ["one"]);
    await house.app.jobs.find(({ name }) => name === "inbox")!.run();
    await house.app.db.kysely
      .updateTable("messages")
      .set({ kind: "notice", variables: "{ no JSON" })
      .where("recipient", "=", ADA)
      .execute();
    await house.settle();
    expect(await house.states()).toEqual(["03-02 12:00:00 failed", "03-02 12:00:00 sent"]);
  });

  test("whose answer can't be written at once is not forgotten", async () => {
    const house = await openHouse();
    await house.start(ADA, ["one"]);
    const { outbox, spine } = house.app;
    let failures = 2;
    const unit: typeof spine.db.unit = (work) => {
      if (house.sink.mails.length > 0 && failures-- > 0)
        return Promise.reject(new Error("the database is busy"));
      return spine.db.unit(work);
    };
    await sendDue({ ...outbox, spine: { ...spine, db: { ...spine.db, unit } } });
    expect((await house.rows())[0]).toMatchObject({ state: "sent", attempt: 1 });
    expect(house.warnings).toContain("what became of a mail can't be written yet");
  });
});

test("a mail that was claimed leaves though another's lead can't be taken over to the live version yet", async () => {
  const house = await openHouse();
  await house.start(ADA, ["one"]);
  await house.start("bob@customer.example", ["one"]);
  const { app } = house;
  await app.jobs.find(({ name }) => name === "inbox")!.run();
  const bob = await house.lead("bob@customer.example");
  await app.db.kysely
    .updateTable("lead_state")
    .set({ programme: "another" })
    .where("lead_id", "=", bob.id)
    .execute();
  let units = 0;
  const unit: Database["unit"] = (work) => {
    // The first claims, the next one takes bob over.
    if (++units === 2) throw Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });
    return app.db.unit(work);
  };
  await sendDue({ ...app.outbox, spine: { ...app.spine, db: { ...app.db, unit } } });
  expect(house.sink.mails.map(({ to }) => to)).toContain(ADA);
  expect(await house.states(ADA)).toEqual(["03-02 12:00:00 sent"]);
});

describe("after an outage", () => {
  test("nothing is lost, nothing leaves twice, and the rate holds", async () => {
    let up = false;
    const house = await openHouse({
      files: { "config/kindling.yaml": settings("rate: { per_minute: 10 }") },
      fate: () => (up ? undefined : "drop at rcpt"),
    });
    for (let n = 0; n < 25; n++) await house.start(`lead${n}@customer.example`, ["one"]);
    await house.until(MONDAY + 3 * MINUTE);
    up = true;
    await house.until(MONDAY + DAY);
    const sent = (await house.rows()).map(({ sent_at }) => sent_at!).sort((a, b) => a - b);
    expect(new Set(house.sink.mails.map(({ to }) => to)).size).toBe(25);
    expect(house.sink.mails).toHaveLength(25);
    for (let n = 10; n < 25; n++) expect(sent[n]! - sent[n - 10]!).toBeGreaterThanOrEqual(MINUTE);
  });
});

describe("a mail in doubt", () => {
  test("is sent again, under its Message-ID, where a person asks for it, though the sequence went on", async () => {
    const fates: Fate[] = ["drop after the dot", refused(450, "4.2.0 later")];
    const house = await openHouse({ fate: () => fates[0] });
    await house.start(ADA, ["one"]);
    await house.settle();
    fates.shift();
    expect(await house.enrolments(ADA)).toEqual(["one finished"]);
    const [row] = await house.rows();
    house.clock.jumpTo(MONDAY + MINUTE);
    expect(await sendAgain(house.app.db.kysely, row!.id, house.clock.now())).toBe(true);
    await house.settle();
    fates.shift();
    await house.until(MONDAY + HOUR);
    expect(await house.states()).toEqual(["03-02 12:02:00 sent"]);
    const ids = house.sink.mails.map(({ raw }) => /^Message-ID: (.*)$/im.exec(raw)![1]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test("is sent again to nobody who left meanwhile", async () => {
    const house = await openHouse({ fate: () => "drop after the dot" });
    await house.start(ADA, ["one"]);
    await house.settle();
    const [row] = await house.rows();
    await house.arrive(ADA, eventInput("email.unsubscribed", "lead", {}, { message: row!.id }));
    await sendAgain(house.app.db.kysely, row!.id, house.clock.now());
    await house.settle();
    expect((await house.rows())[0]).toMatchObject({ state: "dropped", reason: "unsubscribed" });
  });
});

describe("a restored backup", () => {
  test("is recognised: what was due before is in doubt, what comes later is sent", async () => {
    const house = await openHouse({
      files: {
        "config/sequences/two.yaml": sequence("two", [
          "send: hello",
          "wait: 1d",
          "send: again",
          "wait: 1d",
          "send: hello",
        ]),
      },
    });
    await setHold(house.app.db.kysely, true);
    await house.start("bob@customer.example", ["one"]);
    await house.settle();
    await setHold(house.app.db.kysely, false);
    // Bob's waits in the queue, Ada's second is due a day later: both went out before the disk did.
    await house.app.db.kysely
      .updateTable("messages")
      .set({ due_at: MONDAY + HOUR })
      .execute();
    await house.start(ADA, ["two"]);
    await house.settle();
    await markBackup(house.app.db.kysely, MONDAY);
    house.clock.jumpTo(MONDAY + 36 * HOUR);
    const restored = await house.another();
    await settle(restored.jobs, house.clock);
    expect(house.sink.mails.map(({ to }) => to)).toEqual([ADA]);
    expect(await house.states("bob@customer.example")).toEqual(["03-02 13:00:00 in_doubt"]);
    expect(await house.states(ADA)).toEqual(["03-02 12:00:00 sent", "03-03 12:00:00 in_doubt"]);
    await house.until(MONDAY + 5 * DAY);
    expect((await house.states(ADA)).sort()).toEqual([
      "03-02 12:00:00 sent",
      "03-03 12:00:00 in_doubt",
      "03-04 12:00:00 sent",
    ]);
    // Only once: the next start finds an ordinary database.
    house.clock.jumpTo(MONDAY + 6 * DAY);
    await house.another();
    await house.start("cleo@customer.example", ["one"]);
    await house.settle();
    expect(await house.states("cleo@customer.example")).toEqual(["03-08 12:00:00 sent"]);
  });
});
