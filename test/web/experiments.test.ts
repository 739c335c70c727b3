import { expect, test } from "vitest";
import { insertMany } from "../../src/db/batch.store.ts";
import { testKey } from "../../src/programme/experiments.ts";
import { holdoutKey } from "../../src/sequences/ab.ts";
import type { AbStep } from "../../src/sequences/definition.ts";
import { forEachDatabase } from "../database.ts";
import { MONDAY, programmeOf, REPS } from "../reps/house.ts";
import { openDashboard, seen } from "./dashboard-house.ts";

const MAIL =
  "---\nsubject: Hello\n---\n<mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section>\n";

const FILES = {
  "config/sequences/offer.yaml": `
sequence: offer
enter: [{ event: demo.requested }]
goal: { did: trial.started }
holdout: 20%
steps:
  - id: price
    ab: { variants: { plain: plain, numbers: numbers }, measure: clicked, confidence: 95% }
`,
  "templates/plain.mjml": MAIL,
  "templates/numbers.mjml": MAIL.replaceAll("Hello", "Numbers"),
};

forEachDatabase("the page of a sequence", (open) => {
  async function show(price: readonly [number, number], goal: readonly [number, number], won = false) {
    const database = await open();
    const programme = await programmeOf(REPS, FILES);
    const house = await openDashboard(database, (spine) => ({ ...spine, programme: () => programme }));
    const sequence = programme.sequences.get("offer")!;
    const ab = testKey(programme, sequence, sequence.steps["price"] as AbStep);
    const tally = (test: string, variant: string, leads: number, converted: number) => {
      return { test, variant, leads, converted, seen: leads, seen_converted: converted };
    };
    const tallies = [tally(ab, "plain", 400, price[0]), tally(ab, "numbers", 400, price[1])];
    const measure = holdoutKey(sequence);
    await insertMany(database.kysely, "tallies", [
      ...tallies,
      tally(measure, "entered", 800, goal[0]),
      tally(measure, "held_out", 200, goal[1]),
    ]);
    const winner = { test: ab, variant: "numbers", at: MONDAY, numbers: JSON.stringify(tallies) };
    if (won) await insertMany(database.kysely, "winners", [winner]);
    return seen((await house.get("/sequences/offer")).text);
  }

  test("says how an A/B test stands, and about how many mails it takes", async () => {
    const words = await show([20, 30], [40, 10]);
    expect(words).toMatch(/No winner yet: 800 mails so far, of about 4,200 if things stay as they look\./);
    expect(words).toMatch(/numbers clicked 1\.5 times as often as plain \(95 %: 0\.\d+ to \d\.\d times\)/);
    expect(words).toMatch(/plain 400 20 5\.0 % numbers 400 30 7\.5 %/);
    expect(words).toContain("be said yet. Counted: did trial.started within 30d");
  });

  test("names the winner, and says what the sequence itself causes", async () => {
    const words = await show([10, 60], [160, 10], true);
    expect(words).toMatch(/numbers won at 95 %, on Mon \d+ \w+: later leads get it\./);
    expect(words).toMatch(/numbers clicked 6\.0 times as often as plain/);
    expect(words).toMatch(/What this sequence causes It helps\./);
    expect(words).toMatch(/Those who got it reached it 4\.0 times as often as those held out \(95 %: /);
    expect(words).toMatch(/got it 800 160 20 % held out 200 10 5\.0 %/);
  });
});
