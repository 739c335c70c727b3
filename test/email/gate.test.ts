import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explainDecision, gate, type GateFacts } from "../../src/email/gate.ts";
import { DAY, HOUR, parseInstant, type Instant } from "../../src/instant.ts";

/** A Monday, 10:00 UTC. */
const NOW = parseInstant("2026-07-06T10:00:00Z")!;

const OFFICE = {
  name: "office",
  days: ["mon", "tue", "wed", "thu", "fri"],
  from: "09:00",
  to: "17:00",
  zone: "lead",
  holidays: "lead",
} as const;

function facts(change: Partial<GateFacts> = {}): GateFacts {
  return {
    now: NOW,
    kind: "sequence",
    held: false,
    suppressed: null,
    consent: { required: false, state: "none", awaited: null },
    enrolment: { open: true, goalHolds: false, exitHolds: false },
    pausedUntil: null,
    caps: [],
    window: { window: OFFICE, zone: "UTC", country: null },
    rateAllows: null,
    ...change,
  };
}

/** Each stands against a mail, in the order of spec/sending.md. */
const OBSTACLES: readonly [Partial<GateFacts>, object][] = [
  [{ held: true }, { do: "defer", reason: "held", until: null }],
  [{ suppressed: "complaint" }, { do: "drop", reason: "suppressed", detail: "complaint" }],
  [{ consent: { required: true, state: "none", awaited: null } }, { do: "drop", reason: "no_consent" }],
  [
    { enrolment: { open: false, goalHolds: false, exitHolds: false } },
    { do: "drop", reason: "enrolment_ended" },
  ],
  [{ pausedUntil: NOW + 30 * DAY }, { do: "defer", reason: "paused", until: NOW + 30 * DAY }],
  [
    { caps: [{ emails: 1, in: 7 * DAY, counted: [NOW - DAY] }] },
    { do: "defer", reason: "cap", until: NOW + 6 * DAY },
  ],
  [
    { window: { window: { ...OFFICE, from: "12:00" }, zone: "UTC", country: null } },
    { do: "defer", reason: "window", until: NOW + 2 * HOUR },
  ],
  [{ rateAllows: NOW + 700 }, { do: "wait", reason: "rate", until: NOW + 700 }],
];

describe("a mail of a sequence", () => {
  test("is sent where nothing stands against it", () => {
    expect(gate(facts())).toEqual({ do: "send" });
  });

  test("meets the first of several obstacles, in the order of the specification", () => {
    OBSTACLES.forEach(([, expected], first) => {
      const change = Object.assign(
        {},
        ...OBSTACLES.slice(first).map(([obstacle]) => obstacle),
      ) as Partial<GateFacts>;
      expect(gate(facts(change))).toEqual(expected);
    });
  });

  test("is dropped where consent was withdrawn, needed or not", () => {
    for (const required of [true, false]) {
      const decision = gate(facts({ consent: { required, state: "withdrawn", awaited: null } }));
      expect(decision).toEqual({ do: "drop", reason: "consent_withdrawn" });
    }
  });

  test("is sent with the consent that is required, and without where none is", () => {
    expect(gate(facts({ consent: { required: true, state: "given", awaited: null } })).do).toBe("send");
    expect(gate(facts({ consent: { required: false, state: "none", awaited: null } })).do).toBe("send");
  });

  test("never goes to an address that a stranger may have typed", () => {
    const typed = (awaited: Instant) =>
      gate(facts({ consent: { required: false, state: "given", awaited } }));
    expect(typed(NOW + 1)).toEqual({ do: "defer", reason: "unconfirmed", until: NOW + 1 });
    expect(typed(NOW)).toEqual({ do: "drop", reason: "unconfirmed" });
  });

  test("is dropped once its goal or its exit holds", () => {
    const enrolment = { open: true, goalHolds: true, exitHolds: true };
    expect(gate(facts({ enrolment }))).toEqual({ do: "drop", reason: "goal_reached" });
    expect(gate(facts({ enrolment: { ...enrolment, goalHolds: false } }))).toEqual({
      do: "drop",
      reason: "exit_holds",
    });
  });

  test("is sent at the very instant at which a pause ends", () => {
    expect(gate(facts({ pausedUntil: NOW })).do).toBe("send");
  });

  test("is deferred over a holiday of its window", () => {
    const now = parseInstant("2026-12-25T10:00:00Z")!;
    const decision = gate(facts({ now, window: { window: OFFICE, zone: "Europe/Lisbon", country: "PT" } }));
    expect(decision).toEqual({ do: "defer", reason: "window", until: parseInstant("2026-12-28T09:00:00Z")! });
  });

  test("is dropped, and not kept for ever, where its window never opens", () => {
    const never = { ...OFFICE, days: [] };
    const decision = gate(facts({ window: { window: never, zone: "UTC", country: null } }));
    expect(decision).toEqual({ do: "drop", reason: "window_never_opens" });
  });
});

describe("the double opt-in's own mail", () => {
  test("passes all but suppression, rate and hold", () => {
    const passed = OBSTACLES.filter(
      ([obstacle]) => gate(facts({ ...obstacle, kind: "confirmation" })).do === "send",
    );
    const blocked = OBSTACLES.filter((obstacle) => !passed.includes(obstacle)).map(([obstacle]) => obstacle);
    expect(blocked.flatMap((obstacle) => Object.keys(obstacle))).toEqual([
      "held",
      "suppressed",
      "rateAllows",
    ]);
  });
});

describe("a notice to a rep, or a test mail", () => {
  test.each(["notice", "test"] as const)("passes all but rate and hold (%s)", (kind) => {
    const blocked = OBSTACLES.filter(([obstacle]) => gate(facts({ ...obstacle, kind })).do !== "send");
    expect(blocked.flatMap(([obstacle]) => Object.keys(obstacle))).toEqual(["held", "rateAllows"]);
  });
});

describe("a frequency cap", () => {
  test("of two in seven days allows the third exactly seven days after the first", () => {
    const counted = [NOW - 5 * DAY, NOW - DAY];
    const decision = gate(facts({ window: null, caps: [{ emails: 2, in: 7 * DAY, counted }] }));
    expect(decision).toEqual({ do: "defer", reason: "cap", until: NOW + 2 * DAY });
    const then = facts({ now: NOW + 2 * DAY, window: null, caps: [{ emails: 2, in: 7 * DAY, counted }] });
    expect(gate(then).do).toBe("send");
    expect(gate({ ...then, now: then.now - 1 }).do).toBe("defer");
  });

  test("among several defers to the first instant that all of them allow", () => {
    const cap = fc.record({
      emails: fc.integer({ min: 1, max: 3 }),
      in: fc.integer({ min: 1, max: 40 }),
      counted: fc
        .array(fc.integer({ min: -60, max: 0 }), { maxLength: 8 })
        .map((list) => list.sort((a, b) => a - b)),
    });
    fc.assert(
      fc.property(fc.array(cap, { minLength: 1, maxLength: 4 }), (caps) => {
        const allowed = (t: Instant) =>
          caps.every(
            ({ emails, in: within, counted }) =>
              counted.filter((s) => s > t - within && s <= t).length < emails,
          );
        let first = 0;
        while (!allowed(first)) first++;
        const decision = gate(facts({ now: 0, window: null, caps }));
        expect(decision).toEqual(first === 0 ? { do: "send" } : { do: "defer", reason: "cap", until: first });
      }),
    );
  });

  test("of no mail at all drops", () => {
    const decision = gate(facts({ caps: [{ emails: 0, in: DAY, counted: [] }] }));
    expect(decision).toEqual({ do: "drop", reason: "cap_of_none" });
  });
});

test("every decision can be said in one sentence", () => {
  const said = [facts(), ...OBSTACLES.map(([obstacle]) => facts(obstacle))].map((each) =>
    explainDecision(gate(each)),
  );
  expect(said).toEqual([
    "Sent: nothing stands against it.",
    "Deferred until it is released: all mail is on hold.",
    "Dropped: the address is on the suppression list (complaint).",
    "Dropped: the lead has not given the consent that the configuration requires.",
    "Dropped: its enrolment has ended.",
    "Deferred until 2026-08-05T10:00:00.000Z: the lead's sequences are paused.",
    "Deferred until 2026-07-12T10:00:00.000Z: the lead has had as many mails as the frequency cap allows.",
    "Deferred until 2026-07-06T12:00:00.000Z: it is outside the sending window, or a holiday.",
    "Waiting until 2026-07-06T10:00:00.700Z: the sending rate is used up for the moment.",
  ]);
});
