import { IANAZone } from "luxon";
import { describe, expect, test } from "vitest";
import { isOpen, nextOpen, untilLocal, type Window } from "../../src/calendar/window.ts";
import { DAY, HOUR, MINUTE, formatInstant, parseInstant, type Instant } from "../../src/instant.ts";
import { live } from "../flows/world.ts";

const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const at = (text: string) => parseInstant(text)!;

interface Change {
  readonly zone: string;
  readonly at: Instant;
  /** The clocks' distance from UTC until then, and from then on. */
  readonly before: number;
  readonly after: number;
}

/** Every change of clocks of every zone, 2024 to 2028, asked of the zone itself. */
const CHANGES: readonly Change[] = Intl.supportedValuesOf("timeZone").flatMap(changesOf);

function changesOf(name: string): Change[] {
  const zone = IANAZone.create(name);
  const offset = (t: Instant) => Math.round(zone.offset(t) * MINUTE);
  const changes: Change[] = [];
  for (let t = at("2024-01-01T00:00:00Z"); t < at("2029-01-01T00:00:00Z"); t += 3 * DAY) {
    const [before, after] = [offset(t), offset(t + 3 * DAY)];
    if (before === after) continue;
    let [low, high] = [t, t + 3 * DAY];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offset(middle) === before) low = middle;
      else high = middle;
    }
    changes.push({ zone: name, at: high, before, after });
  }
  return changes;
}

function window(from: string, to: string, days: Window["days"] = WEEK): Window {
  return { name: "window", days, from, to, zone: "lead", holidays: null };
}

const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
const clock = (minute: number) =>
  [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");

/** By the sentence of the specification: the local time is ≥ `from` and < `to` on a listed day. */
function inside({ from, to, days }: Window, { at, before, after }: Change, t: Instant): boolean {
  const local = t + (t < at ? before : after);
  const day = Math.floor(local / DAY);
  const time = (local - day * DAY) / MINUTE;
  // 1970 began on a Thursday.
  const listed = (which: number) => days.includes(WEEK[(((which + 3) % 7) + 7) % 7]!);
  if (minutes(from) < minutes(to)) return listed(day) && time >= minutes(from) && time < minutes(to);
  return time >= minutes(from) ? listed(day) : time < minutes(to) && listed(day - 1);
}

/** One of each kind, and one that begins and ends within the hours that the clocks skip or repeat. */
function windowsAround({ at, before, after }: Change): Window[] {
  const first = ((((at + Math.min(before, after)) % DAY) + DAY) % DAY) / MINUTE;
  const around = (shift: number) => clock((Math.round(first / 5) * 5 + shift + 1440) % 1440);
  return [
    window("09:00", "17:00", WEEK.slice(0, 5)),
    window("22:00", "06:00"),
    window("00:00", "24:00"),
    window(around(20), around(50)),
    window(around(-15), around(75)),
  ].filter(({ from, to }) => from !== to);
}

test("every zone of the world is looked at", () => {
  expect(new Set(CHANGES.map(({ zone }) => zone)).size).toBeGreaterThan(100);
  expect(CHANGES.length).toBeGreaterThan(1000);
});

describe("around every change of clocks of every zone, 2024 to 2028", () => {
  test("no mail leaves outside its window, none waits longer than it must, and none overtakes another", () => {
    const wrong: string[] = [];
    for (const change of CHANGES) {
      for (const one of windowsAround(change)) {
        let last = -Infinity;
        let due: Instant[] = [];
        for (let t = change.at - 30 * HOUR; t <= change.at + 30 * HOUR; t += 15 * MINUTE) {
          const open = inside(one, change, t);
          const wrongly = (what: string) => wrong.push(`${what}: ${change.zone} ${t} ${one.from}-${one.to}`);
          if (isOpen(one, change.zone, null, t) !== open) wrongly("open");
          const leaves = nextOpen(one, change.zone, null, t);
          if (leaves === null || leaves < t || leaves < last) wrongly("order");
          else {
            if (leaves < change.at + 30 * HOUR && !inside(one, change, leaves)) wrongly("outside");
            if (open && leaves !== t) wrongly("waits");
            last = leaves;
          }
          // Whoever waited past an open instant waited too long.
          if (open && due.some((until) => until > t)) wrongly("too long");
          due = leaves === null || leaves === t ? [] : [...due.slice(-1), leaves];
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test("a local time that does not exist is taken as the first instant after the gap", () => {
    const gaps = CHANGES.filter(
      ({ before, after }) => after - before >= HOUR / 2 && after - before < DAY / 2,
    );
    expect(gaps.length).toBeGreaterThan(300);
    for (const { zone, at: change, before, after } of gaps) {
      const skipped = (((change + (before + after) / 2) % DAY) + DAY) % DAY;
      expect(untilLocal(clock(Math.floor(skipped / MINUTE)), zone, change - 2 * HOUR), zone).toBe(change);
    }
  });

  test("a local time that exists twice is taken as the earlier", () => {
    const folds = CHANGES.filter(
      ({ before, after }) => before - after >= HOUR / 2 && before - after < DAY / 2,
    );
    expect(folds.length).toBeGreaterThan(300);
    for (const { zone, at: change, before, after } of folds) {
      const twice = change + (before + after) / 2;
      const text = clock(Math.floor((((twice % DAY) + DAY) % DAY) / MINUTE));
      const first = Math.floor(twice / MINUTE) * MINUTE - before;
      expect(first).toBeLessThan(change);
      expect(untilLocal(text, zone, change - 3 * HOUR), zone).toBe(first);
    }
  });
});

test("leads all over the world get their mails in their own hours and in order, while clocks change around them", async () => {
  // One lead for each kind of change: those that change alike live alike.
  const kinds = new Map(CHANGES.map((change) => [`${change.at} ${change.before} ${change.after}`, change]));
  const year = [...kinds.values()].filter(
    (change) => change.at > at("2026-01-03T00:00:00Z") && change.at < at("2026-12-29T00:00:00Z"),
  );
  const told = await live({
    files: {
      "config/kindling.yaml": `company: { name: Acme, address: 1 Main Street, timezone: UTC }
mail: { from: ada@acme.example }
windows: { mornings: { days: [mon, tue, wed, thu, fri, sat, sun], from: "01:30", to: "09:00", zone: lead } }
`,
      "config/sequences/mornings.yaml": `sequence: mornings
enter: [{ event: form.submitted }]
window: mornings
steps:
  - send: hello
  - wait: 7h
  - send: again
  - wait: 25h
  - send: last
`,
    },
    leads: year.map(({ zone }, index) => ({
      email: `lead${index}@there.example`,
      at: "2026-01-01T00:00:00Z",
      attributes: { timezone: zone },
    })),
    script: year.map((change, index) => ({
      email: `lead${index}@there.example`,
      type: "form.submitted",
      at: formatInstant(change.at - 12 * HOUR),
      properties: { form: "hello" },
    })),
    from: "2026-01-01T00:00:00Z",
    until: "2027-01-05T00:00:00Z",
  });
  const sent = told.filter(({ what }) => what === "message.sent");
  expect(sent.length).toBe(3 * year.length);
  for (const [index, change] of year.entries()) {
    const mine = sent.filter(({ email }) => email === `lead${index}@there.example`);
    expect(mine.map(({ template }) => template)).toEqual(["hello", "again", "last"]);
    for (const mail of mine) {
      const there = window("01:30", "09:00");
      expect(inside(there, change, at(mail.at)), `${change.zone} ${mail.at}`).toBe(true);
    }
  }
});
