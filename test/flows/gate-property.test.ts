import fc from "fast-check";
import { expect, test } from "vitest";
import { DAY, formatInstant, HOUR, parseInstant, type Instant } from "../../src/instant.ts";
import { live, sequence, type Line } from "./world.ts";

// Everything happens at full hours, so that an oracle can look at each of them and send whatever may leave then.

const FROM = parseInstant("2026-04-20T00:00:00Z")!;
/** Hours in which things happen; afterwards all that waits has time to leave. */
const ACTIVE = 15 * 24;
const HOURS = 45 * 24;

/** In Portugal, within these weeks: a Saturday and a Friday. */
const HOLIDAYS = ["2026-04-25", "2026-05-01"].map((day) => parseInstant(day)! / DAY);

interface Window {
  readonly days: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** 0 is Monday, as the 20th of April is one. */
const WINDOWS: Readonly<Record<string, Window>> = {
  office: { days: [0, 1, 2, 3, 4], from: 9, to: 17 },
  night: { days: [1, 3, 4, 6], from: 22, to: 5 },
};
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

interface Cap {
  readonly emails: number;
  readonly hours: number;
}

interface Company {
  readonly caps: readonly Cap[];
  /** In the order of their priority, lowest first. */
  readonly sequences: readonly { readonly window: string | null; readonly cap: Cap | null }[];
}

/** What reaches a lead at an hour: a sequence begins, or a pause does (until then; null: it ends). */
type Act = { readonly hour: number } & ({ readonly go: number } | { readonly pause: number | null });

interface Sent {
  readonly hour: number;
  readonly sequence: number;
}

function isOpen({ days, from, to }: Window, hour: number): boolean {
  const time = hour % 24;
  const day = Math.floor(hour / 24);
  const free = (on: number) => !HOLIDAYS.includes(FROM / DAY + on);
  const listed = (on: number) => days.includes(((on % 7) + 7) % 7) && free(on);
  if (from < to) return time >= from && time < to && listed(day);
  return time >= from ? listed(day) : time < to && listed(day - 1) && free(day);
}

/** spec/sending.md, hour by hour: what may leave leaves, the highest priority first. */
function oracle(company: Company, acts: readonly Act[]): Sent[] {
  const sent: Sent[] = [];
  const waiting = new Set<number>();
  let paused = 0;
  const fits = (cap: Cap, of: readonly Sent[], hour: number) =>
    of.filter((mail) => mail.hour > hour - cap.hours).length < cap.emails;
  const pass = (hour: number) => {
    for (const number of [...waiting].sort((a, b) => b - a)) {
      const { window, cap } = company.sequences[number]!;
      if (paused > hour) continue;
      if (!company.caps.every((each) => fits(each, sent, hour))) continue;
      if (
        cap &&
        !fits(
          cap,
          sent.filter((mail) => mail.sequence === number),
          hour,
        )
      )
        continue;
      if (window !== null && !isOpen(WINDOWS[window]!, hour)) continue;
      sent.push({ hour, sequence: number });
      waiting.delete(number);
    }
  };
  for (let hour = 0; hour <= HOURS; hour++) {
    // Of one instant what time does comes before what happens then.
    pass(hour);
    for (const act of acts.filter((each) => each.hour === hour)) {
      if ("go" in act) waiting.add(act.go);
      else paused = act.pause ?? 0;
    }
    pass(hour);
  }
  return sent;
}

const cap = fc.record({ emails: fc.integer({ min: 1, max: 2 }), hours: fc.integer({ min: 1, max: 60 }) });
const company: fc.Arbitrary<Company> = fc.record({
  caps: fc.array(cap, { maxLength: 2 }),
  sequences: fc.array(
    fc.record({
      window: fc.constantFrom(null, "office", "night"),
      cap: fc.option(cap, { freq: 3 }),
    }),
    { minLength: 3, maxLength: 3 },
  ),
});
const hour = fc.integer({ min: 0, max: ACTIVE });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ hour, go: fc.integer({ min: 0, max: 2 }) }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(hour, fc.option(fc.integer({ min: 1, max: 100 }), { freq: 3 }))
      .map(([at, length]) => ({ hour: at, pause: length === null ? null : at + length })),
  },
);
const lead = fc
  .array(act, { minLength: 1, maxLength: 14 })
  .map((acts) => acts.sort((a, b) => a.hour - b.hour));

function at(hours: number): string {
  return formatInstant(FROM + hours * HOUR);
}

function capText({ emails, hours }: Cap): string {
  return `{ emails: ${emails}, in: ${hours}h }`;
}

function filesOf({ caps, sequences }: Company): Record<string, string> {
  const windows = Object.entries(WINDOWS).map(
    ([name, { days, from, to }]) =>
      `  ${name}: { days: [${days.map((day) => DAYS[day]).join(", ")}], from: "${clock(from)}", to: "${clock(to)}", zone: UTC, holidays: PT }`,
  );
  return {
    "config/kindling.yaml": `company: { name: Acme, address: 1 Main Street, timezone: UTC }
mail: { from: ada@acme.example }
windows:
${windows.join("\n")}
caps: [ ${caps.map(capText).join(", ")} ]
`,
    ...Object.assign(
      {},
      ...sequences.map(({ window, cap: own }, number) =>
        sequence(
          `s${number}`,
          `enter: [ { event: go.s${number} } ]
reenter: always
priority: ${number}
${window === null ? "" : `window: ${window}\n`}${own === null ? "" : `caps: [ ${capText(own)} ]\n`}steps: [ { send: hello } ]`,
        ),
      ),
    ),
  };
}

function clock(time: number): string {
  return `${String(time).padStart(2, "0")}:00`;
}

function scriptLine(email: string, each: Act): Record<string, unknown> {
  const line = { email, at: at(each.hour) };
  if ("go" in each) return { ...line, type: `go.s${each.go}` };
  if (each.pause === null) return { ...line, type: "sequences.resumed" };
  return { ...line, type: "sequences.paused", properties: { until: at(each.pause) } };
}

function hourOf(text: string): number {
  return ((parseInstant(text) as Instant) - FROM) / HOUR;
}

/** Asked again only when it was put off to, or when a pause was changed; never twice at one instant for nothing. */
function expectNoBusyAsking(lines: readonly Line[], acts: readonly Act[]): void {
  const changed = new Set(acts.flatMap((each) => ("pause" in each ? each.hour : [])));
  let until: number | null = null;
  for (const line of lines) {
    const now = hourOf(line.at);
    if (line.what === "message.deferred") {
      const next = hourOf(String(line["until"]));
      expect(next).toBeGreaterThan(now);
      if (until !== null && now !== until) expect(changed).toContain(now);
      until = next;
    } else if (line.what === "message.sent") until = null;
  }
}

test("every mail leaves at the very first hour that caps, priorities, windows, holidays and pauses allow", async () => {
  await fc.assert(
    fc.asyncProperty(company, fc.array(lead, { minLength: 25, maxLength: 25 }), async (settings, leads) => {
      const emails = leads.map((_, number) => `lead${number}@x.example`);
      const lines = await live({
        files: filesOf(settings),
        leads: emails.map((email) => ({ email, at: at(0) })),
        script: leads.flatMap((acts, number) => acts.map((each) => scriptLine(emails[number]!, each))),
        from: at(0),
        until: at(HOURS),
      });
      for (const [number, acts] of leads.entries()) {
        const mine = lines.filter(({ email }) => email === emails[number]);
        const sent = mine
          .filter(({ what }) => what === "message.sent")
          .map((line) => `${hourOf(line.at)} ${String(line["sequence"])}`);
        expect(sent).toEqual(oracle(settings, acts).map((mail) => `${mail.hour} s${mail.sequence}`));
        for (const name of settings.sequences.keys()) {
          expectNoBusyAsking(
            mine.filter((line) => line["sequence"] === `s${name}`),
            acts,
          );
        }
      }
    }),
    { numRuns: 4 },
  );
}, 60_000);
