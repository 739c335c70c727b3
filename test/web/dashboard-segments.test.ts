import { beforeEach, expect, test } from "vitest";
import { forEachDatabase } from "../database.ts";
import { act, created } from "../reps/house.ts";
import { openDashboard, seen, type DashboardHouse } from "./dashboard-house.ts";

forEachDatabase("segments and conditions on the dashboard", (open) => {
  let house: DashboardHouse;

  beforeEach(async () => {
    house = await openDashboard(await open());
    await house.arrive(
      "ana@x.example",
      created({ first_name: "Ana", employees: 500 }),
      act("demo.requested"),
    );
    await house.arrive("carl@x.example", created({ first_name: "Carl", employees: 200 }), act("page.viewed"));
    await house.arrive("bob@x.example", created({ first_name: "Bob" }), act("page.viewed"));
  });

  async function found(where: string, more = ""): Promise<string[]> {
    const { text } = await house.get(`/?where=${encodeURIComponent(where)}${more}`);
    return [...text.matchAll(/href="\/leads\/(\w+)%40/g)].map(([, name]) => name!);
  }

  test("every segment says what it means and how many are in it", async () => {
    const words = seen((await house.get("/segments")).text);
    expect(words).toContain("Big companies Employees is over 100 2 67 %");
    expect(words).not.toContain("Being filled");
  });

  test("a segment's page has its members, the hottest first, and a box to try another condition", async () => {
    const { text } = await house.get("/segments/big");
    const words = seen(text);
    expect(words).toContain("Big companies 2 leads");
    expect(words.indexOf("Ana")).toBeLessThan(words.indexOf("Carl"));
    expect(words).not.toContain("Bob");
    expect(text).toContain('value="{ attribute: employees, over: 100 }"');
    expect((await house.get("/segments/none")).status).toBe(404);
  });

  test("while a version is taken over, the pages say how far it is", async () => {
    await house.spine.db.kysely
      .updateTable("lead_state")
      .set({ programme: "another" })
      .where("lead_id", "=", 1)
      .execute();
    for (const path of ["/segments", "/segments/big"]) {
      const words = seen((await house.get(path)).text);
      expect(words).toContain("Being filled by the version that was applied: 2 of 3 leads so far.");
    }
  });

  test("the leads are found by any condition, beside the other filters", async () => {
    expect(await found("{ did: page.viewed }")).toEqual(["carl", "bob"]);
    expect(await found("{ did: page.viewed }", "&segment=big")).toEqual(["carl"]);
    expect(await found("{ score: { over: 50 } }")).toEqual(["ana"]);
    expect(await found('{"not": {"attribute": "employees", "exists": true}}')).toEqual(["bob"]);
    const { text } = await house.get("/?where={ did: page.viewed, within: 7d }");
    expect(seen(text)).toContain("Did page.viewed within 7d.");
    expect(text).toContain('value="{ did: page.viewed, within: 7d }"');
  });

  test("a wrong condition is explained beside the box, with examples, and no lead is shown", async () => {
    const { status, text } = await house.get("/?where={ segment: bigg }");
    const words = seen(text);
    expect(status).toBe(200);
    expect(words).toContain('Column 12: there is no segment "bigg" (did you mean "big"?)');
    expect(words).toContain("No lead is shown until the condition is right.");
    expect(text).toContain("<details open");
    expect(await found("{ segment: bigg }")).toEqual([]);
    expect(await found("<b>")).toEqual([]);
  });

  test("says where a condition is likely not what was meant", async () => {
    const { text } = await house.get("/?where={ did: page.viewd }");
    expect(seen(text)).toContain('Column 8: "page.viewd" is no event of the catalogue (did');
  });

  test("a condition goes with one from page to page", async () => {
    for (let n = 0; n < 60; n++) await house.arrive(`more${n}@x.example`, created({ n }));
    const where = "{ attribute: n, from: 0 }";
    const { text } = await house.get(`/?where=${encodeURIComponent(where)}`);
    const next = /rel="next" href="([^"]+)"/.exec(text)![1]!.replaceAll("&amp;", "&");
    const second = (await house.get(next)).text;
    const names = (page: string) => [...page.matchAll(/href="\/leads\/more(\d+)%40/g)].map(([, n]) => n);
    expect(names(text)).toHaveLength(50);
    expect(new Set([...names(text), ...names(second)]).size).toBe(60);
    expect(second).not.toContain('rel="next"');
  });
});
