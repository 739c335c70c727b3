import fc from "fast-check";
import { expect, test } from "vitest";
import type { Operators } from "../../src/conditions/condition.ts";
import { foldedAttributes, foldedValue, foldsFaithfully } from "../../src/conditions/folded.ts";
import { compileOperators } from "../../src/conditions/values.ts";
import { migrations } from "../../migrations/index.ts";
import { openDatabase } from "../../src/db/open.io.ts";
import { insertLeads } from "../../src/leads/leads.store.ts";
import { forEachDatabase } from "../database.ts";

const text = fc.oneof(
  fc.constantFrom(
    "a",
    "A",
    "ab",
    "5",
    " 5 ",
    "5.0",
    "+5",
    "-0",
    "0",
    "1e1",
    "ß",
    "\u212a",
    "k",
    "İ",
    "\ufffd",
  ),
  fc.string({ maxLength: 4 }),
  fc.integer({ min: -3, max: 3 }).map(String),
);
const number = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0.1, 0.3, -0, 1e300, -1e-300),
);
const value = fc.oneof(text, number, fc.boolean());

function holds(operators: Operators, given: unknown): boolean {
  return compileOperators(operators)(given);
}

test("two values are equal in their folded form exactly where `is` holds", () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      fc.pre([a, b].every((one) => typeof one !== "string" || foldsFaithfully(one)));
      expect(foldedValue(a) === foldedValue(b)).toBe(holds({ is: b }, a));
    }),
    { numRuns: 2000 },
  );
});

test("numbers sort in their folded form as they do by themselves", () => {
  fc.assert(
    fc.property(number, number, (a, b) => {
      expect(foldedValue(a) > foldedValue(b)).toBe(holds({ over: b }, a));
      expect(foldedValue(a) <= foldedValue(b)).toBe(holds({ to: b }, a));
    }),
    { numRuns: 2000 },
  );
});

test("what no database keeps in JSON is folded into what it does", () => {
  const folded = foldedAttributes({ a: "x\0\ud800", b: null, c: true, ["__proto__"]: 2 });
  expect(JSON.parse(folded)).toEqual({ a: "tx\ufffd\ufffd", c: "btrue", ["__proto__"]: foldedValue(2) });
  expect(foldsFaithfully("x\ufffd")).toBe(false);
});

forEachDatabase("folded attributes", (open) => {
  test("are kept beside a lead's own", async () => {
    const { kysely } = await open();
    const attributes = { country: "PT", employees: "120", note: "a\0b" };
    await insertLeads(kysely, [
      {
        id: 1,
        email: "a@b.example",
        attributes,
        owner: null,
        stage: "lead",
        pausedUntil: null,
        suppressed: null,
        confirmed: true,
        createdAt: 0,
      },
    ]);
    const { folded } = await kysely.selectFrom("leads").select("folded").executeTakeFirstOrThrow();
    expect(JSON.parse(folded)).toEqual({ country: "tpt", employees: foldedValue(120), note: "ta\ufffdb" });
  });
});

test("leads of an older database get theirs when it is migrated", async () => {
  const database = await openDatabase("sqlite::memory:");
  const { kysely } = database;
  const last = "005-folded-attributes";
  for (const [name, { up }] of Object.entries(migrations)) if (name < last) await up(kysely);
  for (let id = 1; id <= 1201; id++) {
    const attributes = JSON.stringify({ n: id });
    const made = { id, email: `${id}@b.example`, attributes, stage: "lead", confirmed: 1, created_at: 0 };
    await kysely
      .insertInto("leads")
      .values(made as never)
      .execute();
  }
  await migrations[last]!.up(kysely);
  const rows = await kysely.selectFrom("leads").select(["id", "folded"]).execute();
  expect(rows).toHaveLength(1201);
  for (const { id, folded } of rows) expect(folded).toBe(foldedAttributes({ n: id }));
  await database.close();
});
