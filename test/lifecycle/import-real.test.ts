import { existsSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import type { Programme } from "../../src/programme/programme.ts";
import { openProgramme } from "../../src/programme/files.io.ts";
import { describePlan } from "../../src/lifecycle/import-columns.ts";
import { forEachDatabase } from "../database.ts";
import { openHouse } from "../reps/house.ts";
import { attributesOf, bring, countOf, counts } from "./import-house.ts";

const FILE = new URL("../../../shared/data/x-education/leads.csv", import.meta.url).pathname;
const there = existsSync(FILE);
if (!there) console.warn(`${FILE} is not here, so the import of 9,240 real leads is SKIPPED`);

describe.skipIf(!there)("real leads", () => {
  let programme: Programme;

  beforeAll(async () => {
    ({ programme } = await openProgramme("config", "templates"));
  });

  forEachDatabase("from X Education, under the shipped configuration", (open) => {
    test("go in as they are, all 9,240, and the second time nothing changes", async () => {
      const house = await openHouse(await open(), programme);
      let plan = "";
      const listener = {
        plan: (columns: Parameters<typeof describePlan>[0]) => void (plan = describePlan(columns)),
      };
      const report = await bring(house.spine, FILE, { listener });
      expect(report.problems).toEqual([]);
      expect(counts(report)).toEqual({ created: 9240 });
      expect(plan).toMatch(
        /^Email → email, Lead Origin → lead_origin, Lead Source → lead_source, Do Not Email → /,
      );
      expect(plan).toContain(
        "TotalVisits → total_visits, Total Time Spent on Website → time_on_site, Country → country, " +
          "Specialization → specialization, What is your current occupation → occupation, City → city\n28 columns ignored: ",
      );
      expect(await attributesOf(house.spine, "lead660727@x-education.example")).toEqual({
        lead_origin: "Landing Page Submission",
        lead_source: "Direct Traffic",
        total_visits: 2,
        time_on_site: 1532,
        country: "India",
        specialization: "Business Administration",
        occupation: "Student",
        city: "Mumbai",
      });
      for (const table of ["enrolments", "notices", "messages", "deals", "inbox"] as const)
        expect([table, await countOf(house.spine, table)]).toEqual([table, 0]);
      expect(await countOf(house.spine, "suppressions")).toBe(734);
      expect(counts(await bring(house.spine, FILE))).toEqual({ unchanged: 9240 });
      expect(await countOf(house.spine, "events")).toBe(9240);
    }, 120_000);
  });
});
