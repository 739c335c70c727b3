import { beforeEach, expect, test } from "vitest";
import { eventInput } from "../../src/events/input.ts";
import { DAY, HOUR } from "../../src/instant.ts";
import { keepBacktest } from "../../src/planning/kept-backtest.store.ts";
import { openReviews } from "../../src/web/dashboard/reviews.run.ts";
import { forEachDatabase } from "../database.ts";
import { act, created, MONDAY } from "../reps/house.ts";
import { openDashboard, seen, type DashboardHouse } from "./dashboard-house.ts";

forEachDatabase("the page on scoring", (open, { kind }) => {
  let house: DashboardHouse;

  beforeEach(async () => {
    house = await openDashboard(await open());
  });

  async function twoLeads(): Promise<void> {
    await house.arrive("ana@x.example", created({ employees: 200 }), act("demo.requested"));
    await house.arrive("bob@x.example", created({}), act("page.viewed"));
    await house.until(MONDAY + 3 * DAY);
    await house.arrive("ana@x.example", eventInput("deal.won", "rep", {}));
    await house.until(MONDAY + 3 * DAY + HOUR);
  }

  test("says what became of those who turned hot, draws the curve and gives its numbers", async () => {
    await twoLeads();
    const page = await house.get("/scoring");
    expect(page.status).toBe(200);
    const words = seen(page.text);
    expect(words).toContain("Is hot at 50 right?");
    expect(words).toContain("Too early to say Too few to say: 1 of 1 who qualified bought (100 %)");
    // Numbers stand above their names, and so after them in the text.
    expect(words).toMatch(/leads 2 qualified \(turned hot\) 1 of them opportunities 1 of them customers 1/);
    expect(page.text).toContain(
      'aria-label="Precision and recall of deal.won over the threshold. live, hot at 50: precision 100 %, recall 100 %."',
    );
    expect(words).toContain("50 hot 1 1 100 % 100 % 3");
    expect(words).toMatch(/maria: \d\.\d notices a week 1 in the busiest/);
    expect(words).toContain("npm run kindling -- backtest --model new.yaml");
    expect(page.text).not.toContain("@x.example");
  });

  if (kind === "postgres") return;

  test("says that there is nobody yet", async () => {
    expect(seen((await house.get("/scoring")).text)).toContain("There is no lead to learn from yet.");
  });

  test("shows the last model that was tried beside the live one", async () => {
    await twoLeads();
    const [model] = house.spine.programme().models;
    const counted = await openReviews(house.spine).of(model!);
    if (!("curve" in counted)) throw new Error("two leads are counted at once");
    const { curve, at } = counted;
    const sides = [curve.sides[0]!, { ...curve.sides[0]!, thresholds: { warm: 25, hot: 25, cooling: 0 } }];
    const kept = { file: "softer.yaml", at, names: ["live", "proposed"] as const, newly: 1, noLonger: 0 };
    await keepBacktest(house.spine.db.kysely, { ...kept, curve: { ...curve, sides } });
    const { text } = await house.get("/scoring");
    expect(seen(text)).toMatch(
      /Last tried: softer\.yaml, Thu 5 Mar, 1\d:00, for deal\.won\. Reps would newly have heard of 1 lead, and no longer of 0\./,
    );
    expect(text).toContain("proposed, hot at 25: precision");
  });
});
