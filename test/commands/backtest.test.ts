import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { runBacktest, type BacktestOptions } from "../../src/commands/backtest.ts";
import { InputError } from "../../src/config/problems.ts";
import { eventInput } from "../../src/events/input.ts";
import { DAY, formatInstant, HOUR } from "../../src/instant.ts";
import { readBacktest } from "../../src/planning/kept-backtest.store.ts";
import { loadProgramme } from "../../src/programme/load.ts";
import { applyVersion } from "../../src/programme/versions.store.ts";
import { forEachDatabase, temporaryFolder } from "../database.ts";
import { act, created, MONDAY, openHouse, REPS, type House } from "../reps/house.ts";

const LIVE = `
model: default
thresholds: { warm: 20, hot: 50, cooling: 5 }
engagement:
  half_life: 10d
  rules:
    - { rule: pricing, on: page.viewed, points: 20 }
    - { rule: demo, on: demo.requested, points: 45 }
`;

const SETTINGS = `
company: { name: Acme, address: 1 Main Street }
mail: { from: a@acme.example }
attributes: { size: number }
windows: { business-hours: { days: [mon], from: "09:00", to: "17:00", zone: company } }
`;

const FILES = new Map(
  Object.entries({
    "config/kindling.yaml": SETTINGS,
    "config/scoring/default.yaml": LIVE,
    "config/reps.yaml": REPS,
  }),
);

const model = (name: string, text: string) => {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, text);
  return file;
};

interface Ran {
  readonly out: string;
  readonly err: string;
}

forEachDatabase("a backtest", (open, { url, kind }) => {
  let house: House;
  let run: (more: Partial<BacktestOptions>) => Promise<Ran>;

  beforeEach(async () => {
    const loaded = await loadProgramme(FILES);
    if ("problems" in loaded) throw new InputError(loaded.problems);
    const db = await open();
    house = await openHouse(db, loaded.programme);
    await db.unit((trx) =>
      applyVersion(trx, loaded.programme, FILES, { author: "test", message: "", at: MONDAY }),
    );
    run = async (more) => {
      const said = { out: "", err: "" };
      const options = {
        config: join(temporaryFolder(), "none"),
        templates: "none",
        model: model("default.yaml", LIVE),
        outcome: "deal.won",
        ...more,
      };
      await runBacktest(options, {
        databaseUrl: url(db),
        now: house.clock.now(),
        stdout: (text) => void (said.out += text),
        stderr: (text) => void (said.err += text),
      });
      return said;
    };
  });

  const won = () => eventInput("deal.won", "rep", { deal: "d1" });

  /** Hot twice and bought; hot and did not; never hot and bought. */
  async function threeLeads(): Promise<void> {
    for (const email of ["ana@x.example", "bob@x.example", "eva@x.example"])
      await house.arrive(email, created({}));
    await house.until(MONDAY + DAY);
    await house.arrive("ana@x.example", act("demo.requested"), act("page.viewed"));
    await house.arrive("bob@x.example", act("demo.requested"), act("page.viewed"));
    await house.until(MONDAY + 20 * DAY);
    await house.arrive("ana@x.example", act("demo.requested"));
    await house.until(MONDAY + 21 * DAY + HOUR);
    await house.arrive("ana@x.example", won());
    await house.arrive("eva@x.example", won());
    await house.until(MONDAY + 30 * DAY);
  }

  const json = async (more: Partial<BacktestOptions> = {}) => {
    const { out } = await run({ ...more, json: true });
    return JSON.parse(out) as {
      leads: number;
      outcomes: number;
      thresholds: { at: number; live: Record<string, number>; proposed: Record<string, number> }[];
      notified: { email: string; outcome_at: string; live: Told | null; proposed: Told | null }[];
      notices_a_week: { rep: string; live: { notices: number }; proposed: { notices: number } }[];
      review: { advice: string; qualified: number; opportunities: number; customers: number; missed: number };
    };
  };
  interface Told {
    readonly at: string;
    readonly notices: number;
    readonly score: number;
  }

  test("of the live model gives the very crossings that the leads lived through, and the same beside itself", async () => {
    await threeLeads();
    const found = await json();
    const rows = await house.spine.db.kysely
      .selectFrom("score_history")
      .innerJoin("leads", "leads.id", "score_history.lead_id")
      .select(["leads.email", "score_history.at"])
      .where("to_state", "=", "hot")
      .orderBy("score_history.at")
      .execute();
    const lived = Map.groupBy(rows, ({ email }) => email);
    expect([...lived.keys()].toSorted()).toEqual(["ana@x.example", "bob@x.example"]);
    expect(found.notified.map(({ email, live }) => [email, live?.at, live?.notices])).toEqual(
      [...lived].map(([email, turns]) => [email, formatInstant(turns[0]!.at), turns.length]),
    );
    for (const { live, proposed } of [...found.thresholds, ...found.notified]) expect(proposed).toEqual(live);
    for (const { live, proposed } of found.notices_a_week) expect(proposed).toEqual(live);
    expect(found.thresholds.find(({ at }) => at === 50)?.live).toMatchObject({
      reached: 2,
      hits: 1,
      precision: 0.5,
      recall: 0.5,
    });
    expect(found.review).toMatchObject({ qualified: 2, opportunities: 2, customers: 1, missed: 1 });
  });

  // The rest asks nothing more of the database.
  if (kind === "postgres") return;

  test("tells for people who newly would have been told of, who no longer, and how often each rep", async () => {
    await threeLeads();
    const stricter = model(
      "stricter.yaml",
      LIVE.replace("hot: 50", "hot: 70").replace("points: 45", "points: 55"),
    );
    const { out } = await run({ model: stricter });
    expect(out).toContain("Model default, 2026-03-02 to 2026-04-01: 3 leads, 2 of them had deal.won.");
    expect(out).toMatch(/^50 +2 +1 +50 % +50 % +20 +2 +1 +50 % +50 % +20 {2}live hot$/m);
    expect(out).toMatch(/^70 +0 +0 +– +0 % +– +2 .* {2}proposed hot$/m);
    expect(out).toContain("told of 2 leads under the live model (3 notices), 1 with the outcome.");
    expect(out).toContain("The same leads, under both.");
    expect(out).toMatch(/^ {2}maria +\d\.\d \(\d at most\) +\d\.\d \(\d at most\)$/m);
    expect(out).toContain("Whose turn it is in a round robin");
    expect(out).toMatch(/Review of the live model:\nToo few to say: 1 of \d who qualified bought/);

    const deaf = model("deaf.yaml", LIVE.replace("demo.requested", "trial.started"));
    const other = await run({ model: deaf });
    expect(other.out).toMatch(
      /Newly: nobody\nNo longer: 2\n {2}ana@x\.example {2}2026-03-03 {2}at {2}6\d {2}outcome 2026-03-23, 20 days later\n {2}bob@x\.example {2}2026-03-03 {2}at {2}6\d\n/,
    );
  });

  test("is kept for the dashboard without a name in it, and drawn into a file", async () => {
    await threeLeads();
    const svg = join(temporaryFolder(), "curve.svg");
    const proposed = model("lower.yaml", LIVE.replace("hot: 50", "hot: 30"));
    await run({ model: proposed, svg });
    expect(readFileSync(svg, "utf8")).toMatch(
      /^<svg xmlns="[^"]+" class="curve" .*live, hot at 50: precision 50 %.*<\/svg>\n$/s,
    );
    const kept = await readBacktest(house.spine.db.kysely, "default");
    expect(kept).toMatchObject({ file: proposed, names: ["live", "proposed"], newly: 0, noLonger: 0 });
    expect(JSON.stringify(kept)).not.toContain("ana");
  });

  test("without an outcome in the log, a crossing or a lead says so", async () => {
    expect((await run({})).out).toContain("There is nothing to replay: import leads and events first.");
    await house.arrive("ana@x.example", created({}));
    const { out } = await run({});
    expect(out).toContain("The log has no deal.won in this time");
    expect(out).toContain("told of 0 leads under the live model");
    expect(out).toContain("Nothing can be said yet: no lead bought, and 0 qualified.");
  });

  describe("refuses", () => {
    const refusal = async (more: Partial<BacktestOptions>) => {
      const error: unknown = await run(more).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InputError);
      return (error as InputError).message;
    };

    test("an outcome that never was, with the one that was meant", async () => {
      await house.arrive("ana@x.example", created({}), act("course.finished"));
      expect(await refusal({ outcome: "deal.one" })).toBe(
        '--outcome: no event "deal.one" is in the log (did you mean "deal.won"?)',
      );
      expect(await refusal({ outcome: "course.finishd" })).toContain('did you mean "course.finished"?');
      await run({ outcome: "course.finished" });
    });

    test("a model with mistakes, each with its line, and attributes that nobody declared", async () => {
      const wrong = model(
        "wrong.yaml",
        LIVE.replace("hot: 50", "hot: 500").replace("points: 20", "pionts: 20"),
      );
      expect(await refusal({ model: wrong })).toMatch(/wrong\.yaml:7:\d+: .*pionts.*"points"/);
      const fit = "fit: [ { criterion: Size, attribute: sise, bands: [ { over: 5, points: 3 } ] } ]\n";
      expect(await refusal({ model: model("fit.yaml", LIVE + fit) })).toContain(
        'there is no attribute "sise" (did you mean "size"?)',
      );
      expect(await refusal({ model: join(temporaryFolder(), "nowhere.yaml") })).toContain(
        "can't be read (ENOENT)",
      );
    });

    test("instants that are none, or the wrong way round", async () => {
      expect(await refusal({ from: "yesterday" })).toContain("--from must be an instant");
      const [from, until] = ["2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z"];
      expect(await refusal({ from, until })).toBe("--until lies before --from");
    });
  });

  test("of a model that is not live stands alone, and says which there are", async () => {
    await threeLeads();
    const other = model("smb.yaml", LIVE.replace("model: default", "model: defalt"));
    const { out } = await run({ model: other });
    expect(out).toContain(
      'There is no live model "defalt" (did you mean "default"?): the proposed one stands alone.',
    );
    expect(out).toContain("under the proposed model (3 notices)");
  });
});
