import { expect, test } from "vitest";
import { DAY, formatInstant, MINUTE } from "../../../src/instant.ts";
import { recordDecisions } from "../../../src/email/messages.store.ts";
import { eventInput } from "../../../src/events/input.ts";
import { appendToInbox } from "../../../src/events/inbox.store.ts";
import { advanceDue } from "../../../src/lifecycle/advance.run.ts";
import { drain } from "../../../src/lifecycle/drain.run.ts";
import { insertMany } from "../../../src/db/batch.store.ts";
import { testKey } from "../../../src/programme/experiments.ts";
import type { AbStep } from "../../../src/sequences/definition.ts";
import { forEachDatabase } from "../../database.ts";
import { openHouse, START, type House } from "./house.ts";

const ANA = "ana@acme.example";
const PRICING = { type: "page.viewed", properties: { path: "/pricing" } };

/** Leads that are warm, each with the first mail of `welcome` in the queue. */
async function warm({ call, spine }: House, ...emails: string[]): Promise<number[]> {
  await call("POST", "/api/events", {
    body: emails.flatMap((email) => [
      { email, ...PRICING },
      { email, ...PRICING },
    ]),
  });
  await drain(spine);
  const rows = await spine.db.kysely.selectFrom("messages").select(["id", "recipient"]).execute();
  return emails.map((email) => rows.find((row) => row.recipient === email)!.id);
}

/** As the outbox and the tracking routes would have told it. */
async function tell({ spine }: House, message: number, type: string, verdict: "human" | "scanner" = "human") {
  const at = spine.clock.now();
  const actor = type === "email.sent" ? "system" : "lead";
  const hit = { kind: type === "email.clicked" ? "click" : "open", link: 0, from: null } as const;
  const input = eventInput(
    type,
    actor,
    {},
    { message, verdict, ...(actor === "lead" && type !== "email.replied" ? { hit } : {}) },
  );
  await spine.db.unit(async (trx) => {
    if (type === "email.sent")
      await trx
        .updateTable("messages")
        .set({ state: "sent", sent_at: at, done_at: at })
        .where("id", "=", message)
        .execute();
    await appendToInbox(trx, [{ to: { message }, at, live: true, create: "no", inputs: [input] }]);
  });
  await drain(spine);
}

forEachDatabase("messages", (open) => {
  test("are listed newest first, by state, address and sequence", async () => {
    const house = await openHouse(await open());
    const { call } = house;
    const ids = await warm(house, ANA, "ben@acme.example", "cem@acme.example");
    const list = async (query: string) => {
      const { body } = await call("GET", `/api/messages?${query}`);
      return body.messages.map((message: { id: number }) => message.id);
    };
    expect(await list("")).toEqual(ids.toSorted((a, b) => b - a));
    expect(await list(`email=${ANA}`)).toEqual([ids[0]]);
    expect(await list("state=sent")).toEqual([]);
    expect(await list("state=queued&sequence=welcome")).toHaveLength(3);
    expect(await list("sequence=again")).toEqual([]);
    const first = (await call("GET", "/api/messages?limit=2")).body;
    expect(await list(`limit=2&cursor=${first.next_cursor}`)).toEqual([Math.min(...ids)]);
    expect((await call("GET", "/api/messages?state=lost")).status).toBe(400);
  });

  test("one that waits for the sending rate says so, and until when", async () => {
    const settings = `
company: { name: Acme, address: 1 Main Street, country: PT, timezone: Europe/Lisbon }
mail: { from: Ada <ada@acme.example>, rate: { per_minute: 1 } }
topics: [{ topic: product, title: Product news }]
attributes: { authority: text, employees: number, budget: [low, fits, high] }
`;
    const house = await openHouse(await open(), null, { "config/kindling.yaml": settings });
    const [first, second] = await warm(house, ANA, "ben@acme.example");
    const why = async () => {
      const { decision, reason, until } = (await house.call("GET", `/api/messages/${second}`)).body;
      return [decision, reason, until];
    };
    expect(await why()).toEqual([null, null, null]);
    await tell(house, first!, "email.sent");
    expect(await why()).toEqual(["defer", "rate", formatInstant(START + MINUTE)]);
    house.clock.jumpTo(START + MINUTE);
    expect(await why()).toEqual([null, null, null]);
  });

  test("one has what the gate decided, in order", async () => {
    const house = await openHouse(await open());
    const [id] = await warm(house, ANA);
    const until = START + DAY;
    await recordDecisions(house.spine.db.kysely, [
      { message_id: id!, at: START, decision: "defer", reason: "window", until },
      { message_id: id!, at: until, decision: "send", reason: null, until: null },
    ]);
    const { status, body } = await house.call("GET", `/api/messages/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id,
      email: ANA,
      kind: "sequence",
      sequence: "welcome",
      step: "hello",
      template: "hello",
      state: "queued",
      queued_at: formatInstant(START),
      sent_at: null,
    });
    expect(body.decisions).toEqual([
      { at: formatInstant(START), decision: "defer", reason: "window", until: formatInstant(until) },
      { at: formatInstant(until), decision: "send", reason: null, until: null },
    ]);
  });

  test("one in doubt is sent again, once", async () => {
    const house = await openHouse(await open());
    const { call, spine, clock } = house;
    const [id] = await warm(house, ANA);
    const queued = await call("POST", `/api/messages/${id}/send-again`);
    expect(queued).toMatchObject({ status: 409, body: { type: "/api/docs#conflict" } });
    await spine.db.kysely
      .updateTable("messages")
      .set({ state: "in_doubt", done_at: START, attempt: 1, gated_at: START })
      .execute();
    clock.jumpTo(START + MINUTE);
    const headers = { "idempotency-key": "again" };
    const again = await call("POST", `/api/messages/${id}/send-again`, { headers });
    expect(again).toMatchObject({
      status: 200,
      body: { id, state: "queued", due_at: formatInstant(START + MINUTE), done_at: null },
    });
    expect(again.body.decisions).toMatchObject([{ decision: "send_again" }]);
    expect((await call("POST", `/api/messages/${id}/send-again`, { headers })).body).toEqual(again.body);
    expect((await call("POST", `/api/messages/${id}/send-again`)).status).toBe(409);
  });
});

forEachDatabase("sequences", (open) => {
  test("are listed with who is in them and how it ended", async () => {
    const house = await openHouse(await open());
    await warm(house, ANA, "ben@acme.example");
    // The goal counts what happened after the entry.
    house.clock.jumpTo(START + MINUTE);
    await house.call("POST", "/api/events", { body: { email: ANA, type: "demo.requested" } });
    const { body } = await house.call("GET", "/api/sequences");
    expect(body.sequences).toEqual([
      {
        sequence: "again",
        title: "Again",
        track: null,
        priority: 0,
        holdout: 0,
        entered: 0,
        open: 0,
        outcomes: {},
      },
      {
        sequence: "welcome",
        title: "Welcome",
        track: "nurture",
        priority: 0,
        holdout: 0,
        entered: 2,
        open: 1,
        outcomes: { goal: 1 },
      },
    ]);
  });

  test("tell each step's counts, people and machines side by side, and each variant's", async () => {
    const house = await openHouse(await open());
    const { call, spine, clock } = house;
    const [ana, ben, cem] = await warm(house, ANA, "ben@acme.example", "cem@acme.example");
    for (const id of [ana!, ben!, cem!]) await tell(house, id, "email.sent");
    await tell(house, ana!, "email.clicked");
    await tell(house, ben!, "email.opened", "scanner");
    await tell(house, ben!, "email.opened", "scanner");
    await tell(house, cem!, "email.opened");
    clock.jumpTo(START + 3 * DAY);
    await advanceDue(spine);
    await call("POST", "/api/events", { body: { email: ANA, type: "demo.requested" } });
    const { body } = await call("GET", "/api/sequences/welcome");
    const none = { opened: 0, clicked: 0, replied: 0, bounced: 0, unsubscribed: 0, goal: 0 };
    expect(body.steps.slice(0, 2)).toEqual([
      {
        step: "hello",
        kind: "send",
        waiting: 0,
        entered: 3,
        sent: 3,
        // A click proves an open.
        people: { ...none, opened: 2, clicked: 1, goal: 1 },
        machines: { opened: 1, clicked: 0 },
      },
      { step: "wait-1", kind: "wait", waiting: 0 },
    ]);
    const second = body.steps[2];
    expect(second).toMatchObject({ step: "second", kind: "ab", waiting: 2, entered: 3, sent: 0 });
    expect(second.people).toEqual({ ...none, goal: 1 });
    expect(
      second.variants.map((one: { variant: string; weight: number }) => [one.variant, one.weight]),
    ).toEqual([
      ["a", 0.5],
      ["b", 0.5],
    ]);
    const entered = second.variants.reduce((sum: number, one: { entered: number }) => sum + one.entered, 0);
    expect(entered).toBe(3);
  });

  test("tell where an A/B test stands, with intervals, and the winner once there is one", async () => {
    const database = await open();
    const { call, spine } = await openHouse(database);
    const programme = spine.programme();
    const welcome = programme.sequences.get("welcome")!;
    const test = testKey(programme, welcome, welcome.steps["second"] as AbStep);
    const tallies = [
      { test, variant: "a", leads: 400, converted: 20, seen: 390, seen_converted: 19 },
      { test, variant: "b", leads: 480, converted: 60, seen: 470, seen_converted: 58 },
    ];
    await insertMany(database.kysely, "tallies", tallies);
    const standing = async () => (await call("GET", "/api/sequences/welcome")).body.steps[2].test;
    expect(await standing()).toMatchObject({
      confidence: 0.95,
      leads: 880,
      winner: null,
      arms: [
        { variant: "a", weight: 0.5, leads: 400, converted: 20, seen: 390, seen_converted: 19 },
        { variant: "b", leads: 480, converted: 60 },
      ],
      lifts: [{ variant: "b", against: "a", value: 2.5 }],
    });
    const { arms, lifts } = await standing();
    expect(arms[0].rate.value).toBeCloseTo(19 / 390);
    expect(arms[0].rate.from).toBeLessThan(0.03);
    expect(arms[0].rate.to).toBeLessThan(0.1);
    expect(lifts[0].from).toBeGreaterThan(1);
    const winner = { test, variant: "b", at: START, numbers: JSON.stringify(tallies) };
    await insertMany(database.kysely, "winners", [winner]);
    expect(await standing()).toMatchObject({
      winner: { variant: "b", at: formatInstant(START) },
      needed: null,
    });
    expect((await call("GET", "/api/sequences/welcome")).body.effect).toBeNull();
  });

  test("a reply and an unsubscription are told with the step they answer", async () => {
    const house = await openHouse(await open());
    const [ana] = await warm(house, ANA);
    await tell(house, ana!, "email.sent");
    await tell(house, ana!, "email.replied");
    const { body } = await house.call("GET", "/api/sequences/welcome");
    expect(body.steps[0].people.replied).toBe(1);
    const lead = (await house.call("GET", `/api/leads/${ANA}`)).body;
    expect(lead.paused_until).toBe(formatInstant(START + 14 * DAY));
  });
});
