import fc from "fast-check";
import { DateTime } from "luxon";
import { describe, expect, test } from "vitest";
import { atLocal } from "../../src/calendar/local.ts";
import { addOpenTime, isOpen, nextOpen, untilLocal, type Window } from "../../src/calendar/window.ts";
import { DAY, HOUR, MINUTE, parseInstant, type Instant } from "../../src/instant.ts";

const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const ZONES = [
  "Europe/Lisbon",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "America/Santiago",
  "America/Havana",
  "America/Nuuk",
  "Africa/Casablanca",
  "Africa/Cairo",
  "Asia/Beirut",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Antarctica/Troll",
  "Asia/Tokyo",
];

const at = (text: string) => parseInstant(text)!;

function businessHours(change: Partial<Window> = {}): Window {
  return {
    name: "business-hours",
    days: ["mon", "tue", "wed", "thu", "fri"],
    from: "09:00",
    to: "17:00",
    zone: "lead",
    holidays: "lead",
    ...change,
  };
}

describe("a mail in a window", () => {
  test("leaves on a weekday from 09:00 local time on, and no more at 17:00", () => {
    const open = (text: string) => isOpen(businessHours(), "Europe/Lisbon", null, at(text));
    expect(open("2026-07-06T07:59:59.999Z")).toBe(false);
    expect(open("2026-07-06T08:00:00Z")).toBe(true);
    expect(open("2026-07-06T15:59:59.999Z")).toBe(true);
    expect(open("2026-07-06T16:00:00Z")).toBe(false);
    expect(open("2026-07-05T10:00:00Z")).toBe(false);
  });

  test("waits over the weekend", () => {
    const next = nextOpen(businessHours(), "Europe/Lisbon", null, at("2026-07-03T16:00:00Z"));
    expect(next).toBe(at("2026-07-06T08:00:00Z"));
  });

  test("waits over Christmas where the country keeps it, and only there", () => {
    const christmas = at("2026-12-25T10:00:00Z");
    expect(isOpen(businessHours(), "Europe/Lisbon", "PT", christmas)).toBe(false);
    expect(nextOpen(businessHours(), "Europe/Lisbon", "PT", christmas)).toBe(at("2026-12-28T09:00:00Z"));
    expect(isOpen(businessHours(), "Europe/Lisbon", "JP", christmas)).toBe(true);
    expect(isOpen(businessHours(), "Europe/Lisbon", null, christmas)).toBe(true);
  });

  test("waits over a holiday that was moved off a weekend", () => {
    // Boxing Day 2027 is a Sunday: the Monday after is Christmas Day's substitute, the Tuesday Boxing Day's.
    const next = nextOpen(businessHours(), "Europe/London", "GB", at("2027-12-27T10:00:00Z"));
    expect(next).toBe(at("2027-12-29T09:00:00Z"));
  });

  test("keeps to the holidays of a country that no one knows: none", () => {
    expect(isOpen(businessHours(), "UTC", "ZZ", at("2026-12-25T10:00:00Z"))).toBe(true);
  });

  test("leaves at night where the window runs over midnight, which belongs to the day it began on", () => {
    const nights = businessHours({ days: ["fri"], from: "22:00", to: "06:00" });
    const open = (text: string) => isOpen(nights, "UTC", null, at(text));
    expect(open("2026-07-03T21:59:00Z")).toBe(false);
    expect(open("2026-07-03T22:00:00Z")).toBe(true);
    expect(open("2026-07-04T05:59:00Z")).toBe(true);
    expect(open("2026-07-04T06:00:00Z")).toBe(false);
    expect(open("2026-07-03T05:00:00Z")).toBe(false);
    expect(nextOpen(nights, "UTC", null, at("2026-07-04T06:00:00Z"))).toBe(at("2026-07-10T22:00:00Z"));
  });

  test("leaves until midnight where a window ends at 24:00", () => {
    const late = businessHours({ from: "00:00", to: "24:00" });
    expect(isOpen(late, "UTC", null, at("2026-07-03T23:59:59.999Z"))).toBe(true);
    expect(isOpen(late, "UTC", null, at("2026-07-04T00:00:00Z"))).toBe(false);
  });

  test("never leaves where a window never opens", () => {
    expect(nextOpen(businessHours({ days: [] }), "UTC", null, at("2026-07-03T10:00:00Z"))).toBeNull();
    expect(nextOpen(businessHours({ from: "09:00", to: "09:00", days: [] }), "UTC", null, 0)).toBeNull();
  });

  test("leaves at the first instant after the hour that spring leaves out", () => {
    const early = businessHours({ days: [...WEEK], from: "02:30", to: "04:00" });
    const next = nextOpen(early, "Europe/Berlin", null, at("2026-03-29T00:00:00Z"));
    expect(next).toBe(at("2026-03-29T01:00:00Z"));
  });

  test("leaves at the first coming of the hour that comes twice in autumn", () => {
    const early = businessHours({ days: [...WEEK], from: "02:30", to: "04:00" });
    const next = nextOpen(early, "Europe/Berlin", null, at("2026-10-24T23:00:00Z"));
    expect(next).toBe(at("2026-10-25T00:30:00Z"));
  });

  test("leaves on the right side of a day that a country skipped", () => {
    // Samoa had no Friday 30 December 2011.
    const friday = businessHours({ days: ["fri"] });
    const next = nextOpen(friday, "Pacific/Apia", null, at("2011-12-30T09:00:00Z"));
    expect(next).toBe(atLocal("Pacific/Apia", at("2012-01-06T00:00:00Z") / DAY, 9 * HOUR));
  });
});

describe("across every change of clocks of 2024 to 2028", () => {
  test.each(ZONES)("in %s a window holds exactly where local time says so", (zone) => {
    const random = new Chooser(zone);
    for (const change of changesOf(zone)) {
      for (const window of [aroundMidnight(random, change, zone), aroundChange(random, change, zone)]) {
        const start = change - 30 * HOUR;
        let firstOpen: Instant | undefined;
        const firsts: [Instant, Instant | undefined][] = [];
        for (let t = change + 30 * HOUR; t >= start; t -= 5 * MINUTE) {
          const open = holds(window, zone, t);
          if (open) firstOpen = t;
          expect(isOpen(window, zone, null, t), `${t} in ${JSON.stringify(window)}`).toBe(open);
          firsts.push([t, firstOpen]);
        }
        for (const [t, first] of firsts) {
          if (first !== undefined)
            expect(nextOpen(window, zone, null, t), `${t} in ${JSON.stringify(window)}`).toBe(first);
        }
      }
    }
  });

  test.each(ZONES)("in %s a rep has exactly the window's own time to answer", (zone) => {
    const random = new Chooser(zone);
    for (const change of changesOf(zone)) {
      const window = aroundChange(random, change, zone);
      const from = change - random.below(24 * 12) * 5 * MINUTE;
      const wanted = (1 + random.below(60)) * 5 * MINUTE;
      let open = 0;
      let t = from;
      for (; open < wanted; t += 5 * MINUTE) if (holds(window, zone, t)) open += 5 * MINUTE;
      expect(
        addOpenTime(window, zone, null, from, wanted),
        `${from} ${wanted} ${JSON.stringify(window)}`,
      ).toBe(t);
    }
  });

  test.each(ZONES)("in %s a local time is the earlier of two, or the first after a gap", (zone) => {
    for (const change of changesOf(zone)) {
      for (let minutes = -180; minutes <= 180; minutes += 15) {
        const local = DateTime.fromMillis(change, { zone })
          .setZone("utc", { keepLocalTime: true })
          .toMillis();
        const wanted = local + minutes * MINUTE;
        let first = change - 8 * HOUR;
        while (first + offsetOf(zone, first) < wanted) first += 5 * MINUTE;
        const day = Math.floor(wanted / DAY);
        expect(atLocal(zone, day, wanted - day * DAY)).toBe(first);
      }
    }
  });
});

describe("a wait until a local time", () => {
  test("ends at the next such time, never at the present one", () => {
    expect(untilLocal("10:00", "Europe/Lisbon", at("2026-07-06T08:59:59.999Z"))).toBe(
      at("2026-07-06T09:00:00Z"),
    );
    expect(untilLocal("10:00", "Europe/Lisbon", at("2026-07-06T09:00:00Z"))).toBe(at("2026-07-07T09:00:00Z"));
  });

  test("ends on the weekday named, in long or short, today if there is time", () => {
    const monday = at("2026-07-06T12:00:00Z");
    expect(untilLocal("tuesday 10:00", "Europe/Lisbon", monday)).toBe(at("2026-07-07T09:00:00Z"));
    expect(untilLocal("Tue 10:00", "Europe/Lisbon", monday)).toBe(at("2026-07-07T09:00:00Z"));
    expect(untilLocal("monday 14:00", "Europe/Lisbon", monday)).toBe(at("2026-07-06T13:00:00Z"));
    expect(untilLocal("monday 10:00", "Europe/Lisbon", monday)).toBe(at("2026-07-13T09:00:00Z"));
  });

  test("ends after the gap where spring leaves the time out, and at the earlier of two in autumn", () => {
    expect(untilLocal("02:30", "Europe/Berlin", at("2026-03-28T12:00:00Z"))).toBe(at("2026-03-29T01:00:00Z"));
    expect(untilLocal("02:30", "Europe/Berlin", at("2026-10-24T12:00:00Z"))).toBe(at("2026-10-25T00:30:00Z"));
    expect(untilLocal("02:30", "Europe/Berlin", at("2026-10-25T00:30:00Z"))).toBe(at("2026-10-26T01:30:00Z"));
  });

  test("is refused where it names no time", () => {
    for (const text of ["", "noon", "tuesday", "someday 10:00", "25:00", "10:61", "tuesday  "]) {
      expect(() => untilLocal(text, "UTC", 0)).toThrow(/is no local time; write it like/);
    }
  });

  test("is always later and at that time of day, in any zone at any instant", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: 0, max: 95 }),
        instants(),
        (zone, quarter, after) => {
          const text = `${String(Math.floor(quarter / 4)).padStart(2, "0")}:${String((quarter % 4) * 15).padStart(2, "0")}`;
          const until = untilLocal(text, zone, after);
          expect(until).toBeGreaterThan(after);
          expect(until - after).toBeLessThanOrEqual(26 * HOUR);
          const shown = DateTime.fromMillis(until, { zone }).toFormat("HH:mm");
          if (shown !== text) expect(offsetOf(zone, until)).toBeGreaterThan(offsetOf(zone, until - 1));
        },
      ),
      { numRuns: 300 },
    );
  });
});

function instants() {
  return fc.integer({ min: at("2024-01-01T00:00:00Z"), max: at("2029-01-01T00:00:00Z") });
}

/** What the specification says, word for word, by luxon. */
function holds(window: Window, zone: string, t: Instant): boolean {
  const local = DateTime.fromMillis(t, { zone });
  const time = local.toFormat("HH:mm");
  const on = (date: DateTime) => window.days.includes(WEEK[date.weekday - 1]!);
  if (window.from < window.to) return on(local) && time >= window.from && time < window.to;
  return time >= window.from ? on(local) : time < window.to && on(local.minus({ days: 1 }));
}

function offsetOf(zone: string, t: Instant): number {
  return DateTime.fromMillis(t, { zone }).offset * MINUTE;
}

const found = new Map<string, Instant[]>();

function changesOf(zone: string): Instant[] {
  let changes = found.get(zone);
  if (changes) return changes;
  found.set(zone, (changes = []));
  for (let t = at("2024-01-01T00:00:00Z"); t < at("2029-01-01T00:00:00Z"); t += 6 * HOUR) {
    if (offsetOf(zone, t) === offsetOf(zone, t + 6 * HOUR)) continue;
    let exact = t;
    while (offsetOf(zone, exact) === offsetOf(zone, t)) exact += MINUTE;
    changes.push(exact);
  }
  // A zone whose clocks never change is tested around one that does elsewhere.
  if (changes.length === 0) changes.push(at("2026-03-29T01:00:00Z"));
  return changes;
}

/** Chooses the same way each time for one name. */
class Chooser {
  #state: number;
  constructor(name: string) {
    this.#state = Array.from(name).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  }
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
}

function aroundChange(random: Chooser, change: Instant, zone: string): Window {
  const local = DateTime.fromMillis(change - 1, { zone });
  const minute = local.hour * 60 + local.minute + 1;
  const from = Math.max(0, Math.min(1435, minute + (random.below(49) - 30) * 5));
  const to = Math.min(1440, from + 5 + random.below(40) * 5);
  return businessHours({ days: [...WEEK], from: clock(from), to: clock(to) });
}

function aroundMidnight(random: Chooser, change: Instant, zone: string): Window {
  const weekday = DateTime.fromMillis(change, { zone }).minus({ days: random.below(2) }).weekday;
  const from = 1440 - (1 + random.below(60)) * 5;
  return businessHours({ days: [WEEK[weekday - 1]!], from: clock(from), to: clock(random.below(60) * 5) });
}

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
