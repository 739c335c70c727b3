import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/db/open.io.ts";
import type { Row } from "../../src/db/tables.ts";
import { DAY, HOUR, MINUTE, formatInstant, parseInstant } from "../../src/instant.ts";
import { stableShare } from "../../src/sequences/share.ts";
import { forEachDatabase } from "../database.ts";
import { act, live, mail, sequence, type Line, type Story } from "./world.ts";

const FROM = "2026-01-05T00:00:00Z";
const start = parseInstant(FROM)!;
const AB = "enter: [{ event: go.now }]\nsteps:\n  - id: offer\n    ab: ";
const TEST = "{ variants: { plain: hello, numbers: again }, measure: clicked, confidence: 95% }";

interface Crowd {
  readonly name: string;
  readonly of: number;
  readonly every: number;
  /** When the first comes, after FROM. */
  readonly first?: number;
}

/** Leads who come one after the other and go in at once; `does` is what the n-th of them does afterwards. */
function crowd(
  { name, of, every, first = 0 }: Crowd,
  does: (email: string, n: number) => readonly Readonly<Record<string, unknown>>[],
): Required<Pick<Story, "leads" | "script">> {
  const people = Array.from({ length: of }, (_, n) => ({
    email: `${name}${n}@x.example`,
    at: formatInstant(start + first + n * every),
  }));
  const script = people.flatMap(({ email, at }, n) => [{ email, at, type: "go.now" }, ...does(email, n)]);
  return { leads: people, script };
}

const clicks = (email: string, template: string) => ({
  email,
  on: "message.sent",
  template,
  after: "5m",
  type: "email.clicked",
  link: 0,
});

function templates(lines: readonly Line[], name: string): string[] {
  return lines
    .filter(({ what, email }) => what === "message.sent" && email.startsWith(name))
    .map((line) => String(line["template"]));
}

/** Lives a story and looks at the sums of its trials. */
async function withTallies(
  story: Story,
  check: (converted: number, leads: number, tallies: readonly Row<"tallies">[]) => void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "kindling-experiments-"));
  const databaseUrl = `sqlite:${join(folder, "kindling.db")}`;
  try {
    await live({ ...story, databaseUrl });
    const database = await openDatabase(databaseUrl);
    const tallies = await database.kysely.selectFrom("tallies").selectAll().orderBy("variant").execute();
    await database.close();
    const sum = (key: "converted" | "leads") => tallies.reduce((total, tally) => total + tally[key], 0);
    check(sum("converted"), sum("leads"), tallies);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const COMING = { name: "a", of: 36, every: 3 * MINUTE };

forEachDatabase("an A/B test", (open, { url }) => {
  test("is decided soon, and later leads get the winner", async () => {
    const database = await open();
    const databaseUrl = url(database);
    const lines = await live({
      files: sequence("s", AB + TEST),
      from: FROM,
      until: "2026-01-05T03:00:00Z",
      ...crowd(COMING, (email) => [clicks(email, "again")]),
      databaseUrl,
    });
    const [winner, ...others] = await database.kysely.selectFrom("winners").selectAll().execute();
    expect(others).toEqual([]);
    expect(winner!.variant).toBe("numbers");
    expect(winner!.at).toBeLessThan(start + DAY);
    const after = lines.filter((line) => line.what === "message.sent" && parseInstant(line.at)! > winner!.at);
    expect(after.length).toBeGreaterThan(5);
    expect(new Set(after.map((line) => line["template"]))).toEqual(new Set(["again"]));
    // Who came before has what the hash gave them.
    const before = lines.filter((line) => line.what === "message.sent" && !after.includes(line));
    for (const line of before) {
      const plain = stableShare("ab", line.email, "s", "offer") < 0.5;
      expect(line["template"]).toBe(plain ? "hello" : "again");
    }
    const tallies = await database.kysely.selectFrom("tallies").selectAll().orderBy("variant").execute();
    const sent = (template: string) => before.filter((line) => line["template"] === template).length;
    expect(tallies).toMatchObject([
      { variant: "numbers", leads: sent("again"), converted: sent("again"), seen: 0 },
      { variant: "plain", leads: sent("hello"), converted: 0, seen: 0 },
    ]);
  });

  test("counts a lead once, people only, and what is done within three days of the mail", async () => {
    const database = await open();
    await live({
      files: sequence("s", `reenter: always\n${AB}${TEST}`),
      from: FROM,
      until: "2026-01-20T00:00:00Z",
      ...crowd({ name: "a", of: 8, every: HOUR }, (email, n) => [
        // Two are in it twice; of the others a scanner clicks, one comes too late, and two click in time.
        ...(n < 2 ? [{ email, at: "2026-01-10T00:00:00Z", type: "go.now" }] : []),
        ...(n === 2 ? [{ ...clicks(email, "hello"), verdict: "scanner" }] : []),
        ...(n === 2 ? [{ ...clicks(email, "again"), verdict: "scanner" }] : []),
        ...(n === 3 ? ["hello", "again"].map((mail) => ({ ...clicks(email, mail), after: "73h" })) : []),
        ...(n > 5 ? ["hello", "again"].map((mail) => ({ ...clicks(email, mail), after: "71h" })) : []),
      ]),
      databaseUrl: url(database),
    });
    const tallies = await database.kysely.selectFrom("tallies").selectAll().execute();
    const sum = (key: "leads" | "converted" | "seen" | "seen_converted") =>
      tallies.reduce((total, tally) => total + tally[key], 0);
    expect({ leads: sum("leads"), converted: sum("converted"), seen: sum("seen") }).toEqual({
      leads: 8,
      converted: 2,
      seen: 8,
    });
    expect(sum("seen_converted")).toBe(2);
  });
});

test("an edited test starts anew, and going back to what was tested brings its winner back", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kindling-experiments-"));
  const databaseUrl = `sqlite:${join(folder, "kindling.db")}`;
  const mails = async (name: string, day: number, files: Story["files"] = {}) => {
    const lines = await live({
      files: { ...sequence("s", AB + TEST), ...files },
      from: formatInstant(start + (day - 1) * DAY),
      until: formatInstant(start + day * DAY),
      ...crowd({ name, of: 30, every: MINUTE, first: (day - 1) * DAY }, (email) => [clicks(email, "again")]),
      databaseUrl,
    });
    return new Set(templates(lines, name));
  };
  const both = new Set(["hello", "again"]);
  try {
    expect(await mails("a", 1)).toEqual(both);
    expect(await mails("b", 2, { "templates/hello.mjml": mail("Hello, better") })).toEqual(both);
    expect(await mails("c", 3)).toEqual(new Set(["again"]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a click that shows itself a machine's before its mail is three days old no longer counts", async () => {
  const { leads, script } = crowd({ name: "a", of: 1, every: HOUR }, (email) => [
    ...["hello", "again"].map((template) => clicks(email, template)),
    ...["hello", "again"].map((template) => ({ ...clicks(email, template), after: "14m", link: 9 })),
  ]);
  const counted = async (until: string) => {
    const lines: number[] = [];
    await withTallies({ files: sequence("s", AB + TEST), from: FROM, until, leads, script }, (converted) =>
      lines.push(converted),
    );
    return lines[0];
  };
  expect(await counted("2026-01-05T00:10:00Z")).toBe(1);
  expect(await counted("2026-01-05T02:00:00Z")).toBe(0);
});

test("a `did` measure counts what is done after the mail, and waits for a mail that is sent later", async () => {
  const story = {
    files: {
      "config/kindling.yaml": `company: { name: Acme, address: 1 Main Street, timezone: UTC }
mail: { from: ada@acme.example }
windows: { tuesdays: { days: [tue], from: "09:00", to: "17:00", zone: company } }
`,
      ...sequence(
        "s",
        `window: tuesdays\n${AB}{ variants: { plain: hello, numbers: again }, measure: { did: demo.requested }, confidence: 95% }`,
      ),
    },
    from: FROM,
    until: "2026-01-10T00:00:00Z",
    ...crowd({ name: "a", of: 3, every: HOUR }, (email, n) => [
      ...(n === 0 ? [{ email, at: "2026-01-05T20:00:00Z", type: "demo.requested" }] : []),
      ...(n === 1 ? [{ email, at: "2026-01-06T20:00:00Z", type: "demo.requested" }] : []),
    ]),
  };
  await withTallies(story, (converted, leads) => expect([converted, leads]).toEqual([1, 3]));
});

test("a holdout is measured by the same goal as those who got the sequence, for 30 days from entry", async () => {
  const { leads, script } = crowd({ name: "a", of: 40, every: HOUR }, (email, n) => [
    ...(n % 4 === 0 ? [{ email, at: "2026-01-15T00:00:00Z", type: "demo.requested" }] : []),
    ...(n % 4 === 1 ? [{ email, at: "2026-02-20T00:00:00Z", type: "demo.requested" }] : []),
  ]);
  const files = sequence(
    "s",
    "enter: [{ event: go.now }]\nholdout: 30%\ngoal: { did: demo.requested }\nsteps: [{ send: hello }]",
  );
  const held = leads.filter(({ email }) => stableShare("holdout", String(email), "s", "") < 0.3);
  const asked = (of: typeof leads) =>
    of.filter(({ email }) => Number(/\d+/.exec(String(email))![0]) % 4 === 0);
  await withTallies(
    { files, from: FROM, until: "2026-03-01T00:00:00Z", leads, script },
    (converted, all, tallies) => {
      expect([converted, all]).toEqual([10, 40]);
      expect(tallies).toMatchObject([
        { variant: "entered", leads: 40 - held.length, converted: 10 - asked(held).length },
        { variant: "held_out", leads: held.length, converted: asked(held).length, seen: held.length },
      ]);
    },
  );
});

test("without a goal a holdout is measured by who becomes hotter or gets a deal", async () => {
  await withTallies(
    {
      files: sequence("s", "enter: [{ event: go.now }]\nholdout: 50%\nsteps: [{ send: hello }]"),
      from: FROM,
      until: "2026-02-15T00:00:00Z",
      leads: [1, 2, 3].map((n) => ({ email: `${n}@x.example`, at: FROM })),
      script: [
        act("05T11:00:00", "page.viewed"),
        ...[1, 2, 3].map((n) => ({ ...act("06T11:00:00", "go.now"), email: `${n}@x.example` })),
        { ...act("05T11:00:00", "page.viewed"), email: "1@x.example" },
        { ...act("07T11:00:00", "page.viewed"), email: "2@x.example" },
        { ...act("08T11:00:00", "deal.opened", { deal: "d" }), email: "3@x.example" },
      ],
    },
    (converted, leads) => expect([converted, leads]).toEqual([2, 3]),
  );
});

test("a goal that a held-out lead reached and left again between two looks counts", async () => {
  await withTallies(
    {
      files: {
        "config/scoring/default.yaml": `model: default
thresholds: { warm: 10, hot: 30 }
engagement: { rules: [{ rule: pages, on: page.viewed, points: 20 }] }
inactivity: [{ after: 1d, points: -15 }]
`,
        ...sequence(
          "s",
          "enter: [{ event: go.now }]\nholdout: 99%\ngoal: { temperature: warm }\nsteps: [{ wait: 60d }]",
        ),
      },
      from: FROM,
      until: "2026-02-15T00:00:00Z",
      script: [act("06T11:00:00", "go.now"), act("10T11:00:00", "page.viewed")],
    },
    (converted, leads) => expect([converted, leads]).toEqual([1, 1]),
  );
});
