import { beforeEach, expect, test } from "vitest";
import { findLead } from "../../src/leads/leads.store.ts";
import { findSuppressed } from "../../src/leads/suppression.store.ts";
import { listSuppressed, suppressEmails, unsuppressEmail } from "../../src/lifecycle/suppress.run.ts";
import { forEachDatabase } from "../database.ts";
import { act, created, openHouse, programmeOf, type House } from "../reps/house.ts";
import { bring, countOf, counts, fileOf } from "./import-house.ts";

const SEQUENCE = `
sequence: cold
enter: [{ temperature: cold }]
steps: [{ wait: 3d }]
`;

const programme = await programmeOf(undefined, { "config/sequences/cold.yaml": SEQUENCE });

forEachDatabase("the suppression list", (open) => {
  let house: House;

  beforeEach(async () => {
    house = await openHouse(await open(), programme);
  });

  async function listed(...emails: string[]) {
    const { db, suppressionKeys } = house.spine;
    return Object.fromEntries(await findSuppressed(db.kysely, suppressionKeys, emails));
  }

  test("ends a lead's sequences and marks it, and keeps strangers from being mailed later", async () => {
    await house.arrive("a@x.example", created({}));
    const entries = ["a@x.example", "stranger@x.example"].map((email) => ({
      email,
      reason: "asked by phone",
    }));
    expect(await suppressEmails(house.spine, entries, "operator")).toBe(2);
    expect((await findLead(house.spine.db.kysely, "a@x.example"))!.suppressed).toBe("asked by phone");
    expect(house.happenings.at(-1)).toMatchObject({ what: "sequence.ended", outcome: "unreachable" });
    expect(await suppressEmails(house.spine, entries, "operator")).toBe(0);
    await house.arrive("stranger@x.example", created({}));
    expect((await findLead(house.spine.db.kysely, "stranger@x.example"))!.suppressed).toBe("asked by phone");
    expect(house.happenings.at(-1)!.what).toBe("lead.created");
  });

  test("lets a mistake be put right", async () => {
    await house.arrive("a@x.example", created({}));
    await suppressEmails(house.spine, [{ email: "a@x.example", reason: "operator" }], "operator");
    expect(await unsuppressEmail(house.spine, "a@x.example")).toBe(true);
    expect(await listed("a@x.example")).toEqual({});
    expect((await findLead(house.spine.db.kysely, "a@x.example"))!.suppressed).toBeNull();
    expect(await unsuppressEmail(house.spine, "a@x.example")).toBe(false);
  });

  test("brings nobody back who left by their own word", async () => {
    await house.arrive("a@x.example", created({}), act("email.unsubscribed"));
    await expect(unsuppressEmail(house.spine, "a@x.example")).rejects.toThrow("their own confirmed opt-in");
    expect(await listed("a@x.example")).toEqual({ "a@x.example": "unsubscribed" });
  });

  test("takes a file of bare addresses, or with reasons, once", async () => {
    const bare = await fileOf("one@x.example\nTWO@x.example\nno address\n", "txt");
    const options = { kind: "suppressions" } as const;
    const report = await bring(house.spine, bare, options);
    expect(counts(report)).toEqual({ created: 2, bad: 1 });
    expect(report.problems).toEqual([{ line: 3, reason: '"no address" is no email address' }]);
    const table = await fileOf("Name;Mail;Reason\nA;two@x.example;left\nB;three@x.example;bounced\n");
    expect(counts(await bring(house.spine, table, options))).toEqual({ created: 1, unchanged: 1 });
    expect(counts(await bring(house.spine, table, { ...options, dryRun: true }))).toEqual({ unchanged: 2 });
    expect(await listed("one@x.example", "two@x.example", "three@x.example")).toEqual({
      "one@x.example": "imported list",
      "two@x.example": "imported list",
      "three@x.example": "bounced",
    });
    expect(await countOf(house.spine, "leads")).toBe(0);
  });

  test("is listed with the addresses of leads, and hashes of all others", async () => {
    await house.arrive("a@x.example", created({}));
    const entries = ["a@x.example", "stranger@x.example"].map((email) => ({ email, reason: "why" }));
    await suppressEmails(house.spine, entries, "operator");
    const rows = [];
    for await (const page of listSuppressed(house.spine.db.kysely, house.spine.suppressionKeys))
      rows.push(...page);
    expect(new Set(rows.map(({ email, reason, source }) => `${email} ${reason} ${source}`))).toEqual(
      new Set(["a@x.example why operator", "null why operator"]),
    );
    expect(JSON.stringify(rows)).not.toContain("stranger");
  });
});
