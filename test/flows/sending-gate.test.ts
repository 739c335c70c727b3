import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { virtualClock } from "../../src/clock.ts";
import { setHold } from "../../src/email/hold.store.ts";
import { eventInput } from "../../src/events/input.ts";
import { DAY, formatInstant, HOUR, MINUTE, SECOND } from "../../src/instant.ts";
import { trackingRoutes } from "../../src/tracking/tracking.routes.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import { openProgramme } from "../../src/programme/files.io.ts";
import { nextSend, sendDue } from "../../src/sending/deliver.run.ts";
import { compileOnce } from "../compile-once.ts";
import { instant, mail, MONDAY, openHouse, sequence, settings, type House } from "./sending-house.ts";

const ADA = "ada@customer.example";

const WINDOW = `windows:
  business-hours: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00", zone: lead, holidays: lead }
`;

/** Sequences of one mail each, by name, with what else each says. */
function files(more: Readonly<Record<string, string>>, config = settings()): Record<string, string> {
  return {
    "config/kindling.yaml": config,
    ...Object.fromEntries(
      Object.entries(more).map(([name, says]) => [
        `config/sequences/${name}.yaml`,
        sequence(name, ["send: hello"], says),
      ]),
    ),
  };
}

function event(type: string, properties: Readonly<Record<string, unknown>> = {}) {
  return eventInput(type, "lead", properties);
}

/** `a sent 12:00, b queued 13:00`, in the order of asking. */
async function story(house: House, email = ADA): Promise<string[]> {
  return (await house.rows(email)).map((row) => {
    const at = row.sent_at ?? row.done_at ?? row.due_at;
    const why = row.reason === null ? "" : ` (${row.reason})`;
    return `${row.sequence} ${row.state} ${formatInstant(at).slice(5, 16).replace("T", " ")}${why}`;
  });
}

describe("the gate's order", () => {
  /** A lead for whom everything stands against a mail at once; each line takes one away, from the top. */
  test("is that of the page: what comes first is the reason", async () => {
    const house = await openHouse({
      now: instant("2026-03-01T12:00:00Z"), // a Sunday
      files: files(
        { first: "", then: "window: business-hours\nexit: [ { attribute: gone, is: true } ]" },
        settings("", `caps: [ { emails: 1, in: 1h } ]\n${WINDOW}topics: [ { topic: product, title: News } ]`),
      ),
    });
    await setHold(house.app.db.kysely, true);
    await house.start(ADA, ["first", "then"]);
    await house.settle();
    expect(await story(house)).toEqual(["first queued 03-01 12:00 (held)", "then queued 03-01 12:00 (held)"]);
    await house.arrive(ADA, event("sequences.paused", { until: "2026-03-01T13:00:00Z" }));
    await house.settle();
    await setHold(house.app.db.kysely, false);
    await house.settle();
    expect(await story(house)).toEqual([
      "first queued 03-01 13:00 (paused)",
      "then queued 03-01 13:00 (paused)",
    ]);
    await house.until(instant("2026-03-01T13:00:00Z"));
    expect(await story(house)).toEqual(["first sent 03-01 13:00", "then queued 03-01 14:00 (cap)"]);
    await house.until(instant("2026-03-01T14:00:00Z"));
    expect((await story(house))[1]).toBe("then queued 03-02 09:00 (window)");
    await house.arrive(ADA, event("lead.updated", { attributes: { gone: true } }));
    await house.settle();
    expect((await story(house))[1]).toBe("then dropped 03-01 14:00 (sequence ended: exited)");
    expect(await house.decisions((await house.rows())[1]!.id)).toEqual([
      "03-01 12:00 defer held",
      "03-01 12:00 defer paused 03-01 13:00",
      "03-01 13:00 defer cap 03-01 14:00",
      "03-01 14:00 defer window 03-02 09:00",
    ]);
  });

  test("drops what is for a suppressed lead with the reason of the suppression", async () => {
    const house = await openHouse({ files: files({ one: "window: business-hours" }, settings("", WINDOW)) });
    house.clock.jumpTo(MONDAY + 8 * HOUR);
    await house.start(ADA, ["one"]);
    await house.settle();
    await house.arrive(ADA, event("email.complained"));
    await house.settle();
    expect(await story(house)).toEqual(["one dropped 03-02 20:00 (complained)"]);
    expect(await house.enrolments(ADA)).toEqual(["one unreachable"]);
  });

  test("drops mail without consent only where it is required, and of a withdrawn topic always", async () => {
    const topics = "topics: [ { topic: product, title: News } ]";
    const house = await openHouse({
      files: {
        ...files({ one: "", two: "" }, settings("", `consent: { required: true }\n${topics}`)),
        "templates/hello.mjml": mail("Hello", "topic: product\n"),
      },
    });
    await house.start(ADA, ["one"]);
    await house.settle();
    await house.arrive(ADA, event("consent.given", { topic: "product" }), event("go.one"));
    await house.settle();
    await house.arrive(ADA, event("consent.withdrawn", { topic: "product" }), event("go.one"));
    await house.settle();
    await house.arrive(ADA, event("consent.given", { topic: "product" }));
    await house.arrive(ADA, event("consent.withdrawn"), event("go.two"));
    await house.settle();
    expect(await story(house)).toEqual([
      "one dropped 03-02 12:00 (no_consent)",
      "one sent 03-02 12:00",
      "one dropped 03-02 12:00 (consent_withdrawn)",
      "two dropped 03-02 12:00 (consent_withdrawn)",
    ]);
    expect(await house.enrolments(ADA)).toEqual([
      "one finished",
      "one finished",
      "one finished",
      "two finished",
    ]);
  });

  test("mails a lead of a stranger's form nothing before it is confirmed", async () => {
    const house = await openHouse();
    const arrival = {
      to: { email: ADA },
      at: MONDAY,
      live: true,
      create: "form" as const,
      inputs: [event("form.submitted"), event("go.one")],
    };
    await house.app.inbox.append(arrival);
    await house.settle();
    expect(await story(house)).toEqual(["one queued 03-05 12:00 (unconfirmed)"]);
    await house.until(MONDAY + 3 * DAY);
    expect(await story(house)).toEqual(["one dropped 03-05 12:00 (unconfirmed)"]);
  });
});

describe("a pause", () => {
  test("that ends early lets the mail go then, and waits have run on", async () => {
    const house = await openHouse();
    await house.start(ADA, []);
    await house.arrive(ADA, event("sequences.paused", { until: "2026-04-01T00:00:00Z" }), event("go.one"));
    await house.settle();
    expect(await story(house)).toEqual(["one queued 04-01 00:00 (paused)"]);
    await house.until(MONDAY + DAY);
    await house.arrive(ADA, event("sequences.resumed"));
    await house.settle();
    expect(await story(house)).toEqual(["one sent 03-03 12:00"]);
  });

  test("that is cut short lets the mail go at its new end", async () => {
    const house = await openHouse();
    await house.start(ADA, []);
    await house.arrive(ADA, event("sequences.paused", { until: "2026-04-01T00:00:00Z" }), event("go.one"));
    await house.settle();
    await house.arrive(ADA, event("sequences.paused", { until: "2026-03-05T00:00:00Z" }));
    await house.until(MONDAY + 10 * DAY);
    expect(await story(house)).toEqual(["one sent 03-05 00:00"]);
  });

  test("that a person's reply makes lasts 14 days", async () => {
    const house = await openHouse({ files: files({ one: "", two: "" }) });
    await house.start(ADA, ["one"]);
    await house.settle();
    const [row] = await house.rows();
    await house.arrive(ADA, eventInput("email.replied", "lead", {}, { message: row!.id }));
    await house.settle();
    await house.start(ADA, ["two"]);
    await house.until(MONDAY + 20 * DAY);
    expect(await story(house)).toEqual(["one sent 03-02 12:00", "two sent 03-16 12:00"]);
  });
});

describe("frequency caps", () => {
  test("count what was sent in (t − D, t]: exactly D later the next one may go", async () => {
    const house = await openHouse({
      files: files({ a: "", b: "", c: "" }, settings("", "caps: [ { emails: 2, in: 7d } ]")),
    });
    await house.start(ADA, ["a"]);
    await house.until(MONDAY + DAY);
    await house.start(ADA, ["b"]);
    await house.start(ADA, ["c"]);
    await house.start("bob@customer.example", ["c"]);
    await house.until(MONDAY + 7 * DAY - 1);
    expect(await story(house)).toEqual([
      "a sent 03-02 12:00",
      "b sent 03-03 12:00",
      "c queued 03-09 12:00 (cap)",
    ]);
    await house.until(MONDAY + 7 * DAY);
    expect((await story(house))[2]).toBe("c sent 03-09 12:00");
    expect(await story(house, "bob@customer.example")).toEqual(["c sent 03-03 12:00"]);
  });

  test("let the higher priority go first between two that wait", async () => {
    const house = await openHouse({
      files: files(
        { first: "", low: "priority: 1", high: "priority: 9" },
        settings("", "caps: [ { emails: 1, in: 1d } ]"),
      ),
    });
    await house.start(ADA, ["first"]);
    await house.settle();
    await house.start(ADA, ["low"]);
    await house.until(MONDAY + HOUR);
    await house.start(ADA, ["high"]);
    await house.until(MONDAY + 5 * DAY);
    expect(await story(house)).toEqual([
      "first sent 03-02 12:00",
      "low sent 03-04 12:00",
      "high sent 03-03 12:00",
    ]);
  });

  test("of a sequence count its own mails beside the company's", async () => {
    const house = await openHouse({
      files: {
        ...files({ b: "" }, settings("", "caps: [ { emails: 3, in: 10d } ]")),
        "config/sequences/a.yaml": sequence(
          "a",
          ["send: hello", "send: again", "send: hello"],
          "caps: [ { emails: 1, in: 2d } ]",
        ),
      },
    });
    await house.start(ADA, ["a", "b"]);
    await house.until(MONDAY + 30 * DAY);
    expect(await story(house)).toEqual([
      "a sent 03-02 12:00",
      "b sent 03-02 12:00",
      "a sent 03-04 12:00",
      "a sent 03-12 12:00",
    ]);
  });

  test("count a mail in doubt, and one that is being sent", async () => {
    let lost = true;
    const house = await openHouse({
      files: files({ a: "", b: "", c: "" }, settings("", "caps: [ { emails: 1, in: 1d } ]")),
      fate: () => (lost ? "drop after the dot" : undefined),
    });
    // Both at once, on two connections.
    await house.start(ADA, ["a", "b"]);
    await house.settle();
    expect(await story(house)).toMatchObject([
      expect.stringMatching(/^a in_doubt 03-02 12:00/),
      "b queued 03-03 12:00 (cap)",
    ]);
    lost = false;
    await house.until(MONDAY + DAY);
    expect((await story(house))[1]).toBe("b sent 03-03 12:00");
    expect(house.sink.mails.map(({ to }) => to)).toEqual([ADA, ADA]);
  });

  test("count no mail that bounced, failed or was dropped", async () => {
    const house = await openHouse({
      files: files({ a: "", b: "" }, settings("", "caps: [ { emails: 1, in: 1d } ]")),
      fate: () =>
        house.sink.asked.length === 1 ? { at: "rcpt", code: 552, text: "5.2.2 mailbox full" } : undefined,
    });
    await house.start(ADA, ["a"]);
    await house.settle();
    await house.start(ADA, ["b"]);
    await house.settle();
    expect((await house.rows()).map(({ state }) => state)).toEqual(["bounced", "sent"]);
  });
});

describe("what a mail waits for", () => {
  test("is gone when the mail that took a cap's place is refused for good", async () => {
    const house = await openHouse({
      files: files({ a: "priority: 2", b: "" }, settings("", "caps: [ { emails: 1, in: 7d } ]")),
      fate: () =>
        house.sink.asked.length === 1 ? { at: "rcpt", code: 552, text: "5.2.2 mailbox full" } : undefined,
    });
    await house.start(ADA, ["a", "b"]);
    await house.settle();
    const [a, b] = await house.rows();
    expect([a!.state, b!.state]).toEqual(["bounced", "sent"]);
    expect(await house.decisions(b!.id)).toEqual(["03-02 12:00 defer cap 03-09 12:00", "03-02 12:00 send"]);
  });

  test("is another window where the lead turns out to be elsewhere", async () => {
    const house = await openHouse({
      now: instant("2026-03-02T18:00:00Z"),
      files: files({ one: "window: business-hours" }, settings("", WINDOW)),
    });
    await house.start(ADA, ["one"]);
    await house.settle();
    expect(await story(house)).toEqual(["one queued 03-03 09:00 (window)"]);
    // 10:30 in the morning there.
    await house.arrive(ADA, event("lead.updated", { attributes: { timezone: "America/Los_Angeles" } }));
    await house.settle();
    expect(await story(house)).toEqual(["one sent 03-02 18:00"]);
  });

  test("is gone once a configuration without that cap is live", async () => {
    const house = await openHouse({
      files: files({ a: "priority: 2", b: "" }, settings("", "caps: [ { emails: 1, in: 7d } ]")),
    });
    await house.start(ADA, ["a", "b"]);
    await house.settle();
    expect((await story(house))[1]).toBe("b queued 03-09 12:00 (cap)");
    await writeFile(join(house.folder, "config/kindling.yaml"), settings());
    const folders = ["config", "templates"].map((name) => join(house.folder, name)) as [string, string];
    house.app.follow((await openProgramme(...folders, compileOnce)).programme);
    await house.settle();
    expect((await story(house))[1]).toBe("b sent 03-02 12:00");
  });
});

describe("windows", () => {
  test.each([
    // Friday after work in New York: Monday 9:00 there, which is 13:00 UTC since the 8th of March.
    ["a weekend", "2026-03-06T22:30:00Z", { timezone: "America/New_York" }, "2026-03-09T13:00:00.000Z"],
    ["the first minute", "2026-03-02T09:00:00Z", {}, "2026-03-02T09:00:00.000Z"],
    ["the instant at which it closes", "2026-03-02T17:00:00Z", {}, "2026-03-03T09:00:00.000Z"],
    [
      "a holiday of the lead's country",
      "2026-05-01T10:00:00Z",
      { country: "PT" },
      "2026-05-04T08:00:00.000Z",
    ],
    ["a country with one zone", "2026-03-02T06:00:00Z", { country: "JP" }, "2026-03-02T06:00:00.000Z"],
    [
      "a country with several zones, the company's",
      "2026-03-02T08:00:00Z",
      { country: "US" },
      "2026-03-02T09:00:00.000Z",
    ],
  ] as const)("are the lead's own: %s", async (_, now, attributes, sentAt) => {
    const house = await openHouse({
      now: instant(now),
      files: files({ one: "window: business-hours" }, settings("", WINDOW)),
    });
    await house.start(ADA, ["one"], attributes);
    await house.until(instant(now) + 5 * DAY);
    expect(formatInstant((await house.rows())[0]!.sent_at!)).toBe(sentAt);
  });

  test("move a retry too", async () => {
    let up = false;
    const house = await openHouse({
      now: instant("2026-03-02T16:59:30Z"),
      files: files({ one: "window: business-hours" }, settings("", WINDOW)),
      fate: () => (up ? undefined : { at: "rcpt", code: 450, text: "4.2.0 later" }),
    });
    await house.start(ADA, ["one"]);
    await house.settle();
    up = true;
    await house.until(instant("2026-03-04T00:00:00Z"));
    expect(await story(house)).toEqual(["one sent 03-03 09:00"]);
  });
});

describe("rates", () => {
  function within(sent: readonly number[], span: number, most: number): boolean {
    return sent.every((at, n) => n < most || at - sent[n - most]! >= span);
  }

  test("bound any sliding minute, space nothing within it, and a throttled domain holds up no other", async () => {
    const house = await openHouse({
      files: files({ one: "" }, settings("rate: { per_minute: 12, per_domain_per_minute: 5 }")),
    });
    for (let n = 0; n < 20; n++) await house.start(`lead${n}@big.example`, ["one"]);
    for (let n = 0; n < 10; n++) await house.start(`lead${n}@small${n}.example`, ["one"]);
    await house.settle();
    // 5 of the big domain and 7 others at once.
    expect(house.sink.mails.map(({ to }) => to.split("@")[1]!).sort()).toEqual([
      ...Array<string>(5).fill("big.example"),
      ...Array.from({ length: 7 }, (_, n) => `small${n}.example`),
    ]);
    await house.until(MONDAY + 10 * MINUTE);
    const rows = (await house.rows()).toSorted((a, b) => a.sent_at! - b.sent_at!);
    expect(rows.every(({ state }) => state === "sent")).toBe(true);
    expect(
      within(
        rows.map((row) => row.sent_at!),
        MINUTE,
        12,
      ),
    ).toBe(true);
    const big = rows.filter(({ domain }) => domain === "big.example").map((row) => row.sent_at!);
    expect(within(big, MINUTE, 5)).toBe(true);
    expect(big.at(-1)).toBe(MONDAY + 3 * MINUTE);
  });

  test("let the higher priority go first", async () => {
    const house = await openHouse({
      files: files({ low: "", high: "priority: 9" }, settings("rate: { per_minute: 2 }")),
    });
    for (let n = 0; n < 4; n++) await house.start(`low${n}@customer.example`, ["low"]);
    await house.settle();
    await house.until(MONDAY + 30 * SECOND);
    for (let n = 0; n < 2; n++) await house.start(`high${n}@customer.example`, ["high"]);
    await house.until(MONDAY + 5 * MINUTE);
    expect(house.sink.mails.map(({ to }) => to.split("@")[0]!.slice(0, -1))).toEqual([
      "low",
      "low",
      "high",
      "high",
      "low",
      "low",
    ]);
  });

  test("count a mail in doubt: it may have arrived", async () => {
    const house = await openHouse({
      files: files({ one: "" }, settings("rate: { per_minute: 2 }")),
      fate: () => "drop after the dot",
    });
    for (let n = 0; n < 5; n++) await house.start(`lead${n}@customer.example`, ["one"]);
    await house.settle();
    expect(house.sink.mails).toHaveLength(2);
    await house.until(MONDAY + 5 * MINUTE);
    expect(house.sink.mails).toHaveLength(5);
    expect((await house.rows()).map((row) => (row.done_at! - MONDAY) / MINUTE)).toEqual([0, 0, 1, 1, 2]);
  });

  test("stop nobody for hours where the clock was ahead by hours and is set right", async () => {
    const house = await openHouse({
      now: MONDAY + 2 * HOUR,
      files: files({ one: "" }, settings("rate: { per_minute: 2 }")),
      fate: (to) => (to.startsWith("lead1@") ? "drop after the dot" : undefined),
    });
    for (let n = 0; n < 2; n++) await house.start(`lead${n}@customer.example`, ["one"]);
    await house.settle();
    expect((await house.rows()).map(({ state }) => state)).toEqual(["sent", "in_doubt"]);
    for (let n = 2; n < 5; n++) await house.start(`lead${n}@customer.example`, ["one"]);
    const { outbox, spine } = house.app;
    const right = { ...outbox, spine: { ...spine, clock: virtualClock(MONDAY) } };
    expect(await sendDue(right)).toBe(2);
    expect(await nextSend(right)).toBe(MONDAY + MINUTE);
    expect(house.sink.mails).toHaveLength(4);
  });
});

describe("a hold", () => {
  test("stops all mail at once, says so on each, and lets it go again", async () => {
    const house = await openHouse({
      files: { "config/sequences/two.yaml": sequence("two", ["send: hello", "wait: 1d", "send: again"]) },
    });
    await house.start(ADA, ["two"]);
    await house.settle();
    await setHold(house.app.db.kysely, true);
    await house.until(MONDAY + 3 * DAY);
    expect(await story(house)).toEqual(["two sent 03-02 12:00", "two queued 03-03 12:00 (held)"]);
    await setHold(house.app.db.kysely, false);
    await house.settle();
    expect(await story(house)).toEqual(["two sent 03-02 12:00", "two sent 03-05 12:00"]);
    await setHold(house.app.db.kysely, true);
    await house.start("bob@customer.example", ["one"]);
    await house.settle();
    expect(await story(house, "bob@customer.example")).toEqual(["one queued 03-05 12:00 (held)"]);
    expect(house.sink.mails).toHaveLength(2);
  });
});

describe("one-click unsubscribe", () => {
  test("stops what is queued within a second", async () => {
    const house = await openHouse({
      files: { "config/sequences/two.yaml": sequence("two", ["send: hello", "wait: 1m", "send: again"]) },
    });
    await house.start(ADA, ["two"]);
    await house.settle();
    const { spine, tokenKeys, inbox, destinations } = house.app;
    const routes = trackingRoutes({
      spine,
      clock: house.clock,
      tokenKeys,
      inbox,
      destinations,
      baseUrl: house.app.environment.baseUrl,
      hurry: () => void drain(spine),
    });
    const header = /^List-Unsubscribe:\s*<([^>]+)>/im.exec(unfold(house.sink.mails[0]!.raw))![1]!;
    await house.until(MONDAY + MINUTE - SECOND);
    const answer = await routes.request(new URL(header).pathname, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "List-Unsubscribe=One-Click",
    });
    expect(answer.status).toBe(200);
    await house.until(MONDAY + DAY);
    expect(house.sink.mails).toHaveLength(1);
    expect((await house.lead(ADA)).suppressed).toBe("unsubscribed");
    expect(await house.enrolments(ADA)).toEqual(["two unreachable"]);
  });
});

function unfold(raw: string): string {
  return raw.replace(/\r\n[ \t]+/g, " ");
}
