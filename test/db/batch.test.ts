import fc from "fast-check";
import { expect, test } from "vitest";
import { inList, insertMany, insertNew, updateMany } from "../../src/db/batch.store.ts";
import type { Db, Row } from "../../src/db/tables.ts";
import { forEachDatabase } from "../database.ts";

type Deal = Row<"deals">;

/** Any text but NUL, which PostgreSQL can't keep and which is stripped where text comes in. */
const text = fc.string({ unit: "binary", maxLength: 20 }).map((value) => value.replaceAll("\0", ""));
const awkward = fc.constantFrom(
  "",
  "'",
  '"',
  "\\",
  "{}",
  "null",
  "NULL",
  "a,b",
  "${x}",
  "$1",
  "?",
  "😀",
  "\n\t",
);
const words = fc.oneof(text, awkward);
const whole = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);
const real = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });

const deal: fc.Arbitrary<Deal> = fc.record({
  id: words,
  lead_id: fc.constant(1),
  stage: words,
  value: orNull(real),
  owner: orNull(words),
  opened_at: whole,
  changed_at: whole,
  closed_at: orNull(whole),
  outcome: orNull(words),
  reason: orNull(words),
});
const deals = fc.uniqueArray(deal, { selector: ({ id }) => id, maxLength: 12 });

async function addLead(db: Db): Promise<void> {
  const columns = ["id", "email", "attributes", "stage", "confirmed", "created_at"] as const;
  const lead = { id: 1, email: "a@b.example", attributes: "{}", stage: "lead", confirmed: 1, created_at: 0 };
  expect(await insertMany(db, "leads", [lead], { columns })).toBe(1);
}

const byId = (a: Deal, b: Deal) => (a.id < b.id ? -1 : 1);

async function allDeals(db: Db): Promise<Deal[]> {
  return (await db.selectFrom("deals").selectAll().execute()).toSorted(byId);
}

forEachDatabase("many rows", (open) => {
  test("come back as they were given, whatever is in them", async () => {
    const { kysely } = await open();
    await addLead(kysely);
    await fc.assert(
      fc.asyncProperty(deals, async (rows) => {
        await kysely.deleteFrom("deals").execute();
        expect(await insertMany(kysely, "deals", rows)).toBe(rows.length);
        expect(await allDeals(kysely)).toEqual(rows.toSorted(byId));
      }),
    );
  });

  test("are changed each to its own values, and no others", async () => {
    const { kysely } = await open();
    await addLead(kysely);
    await fc.assert(
      fc.asyncProperty(deals, fc.array(deal, { minLength: 12, maxLength: 12 }), async (rows, others) => {
        await kysely.deleteFrom("deals").execute();
        await insertMany(kysely, "deals", rows);
        const changed = rows
          .slice(1)
          .map((row, index) => ({ ...row, value: others[index]!.value, reason: others[index]!.reason }));
        const unknown = { ...others[0]!, id: "of no row at all, whatever was drawn" };
        const found = await updateMany(kysely, "deals", ["id"], ["value", "reason"], [...changed, unknown]);
        expect(found).toBe(changed.length);
        expect(await allDeals(kysely)).toEqual([...rows.slice(0, 1), ...changed].toSorted(byId));
      }),
    );
  });

  test("are found by a list of any length", async () => {
    const { kysely } = await open();
    await addLead(kysely);
    await fc.assert(
      fc.asyncProperty(deals, fc.nat(12), async (rows, count) => {
        await kysely.deleteFrom("deals").execute();
        await insertMany(kysely, "deals", rows);
        const wanted = rows.slice(0, count);
        const select = kysely.selectFrom("deals").selectAll();
        const ids = wanted.map(({ id }) => id);
        const byText = await select.where(inList(kysely, "id", ids)).execute();
        expect(byText.toSorted(byId)).toEqual(wanted.toSorted(byId));
        const opened = wanted.map((row) => row.opened_at);
        const byNumber = await select.where(inList(kysely, "deals.opened_at", opened)).execute();
        expect(byNumber.toSorted(byId)).toEqual(
          rows.filter((row) => opened.includes(row.opened_at)).toSorted(byId),
        );
      }),
    );
  });

  test("keep one statement for every length of a list", async () => {
    const { kysely } = await open();
    const select = (ids: number[]) =>
      kysely
        .selectFrom("leads")
        .selectAll()
        .where(inList(kysely, "id", ids));
    expect(select([]).compile().sql).toBe(select([1, 2, 3]).compile().sql);
  });

  test("whose key is there already are refused, skipped or overwritten, as the caller says", async () => {
    const { kysely } = await open();
    const row = (name: string, value: string) => ({ name, value });
    await insertMany(kysely, "settings", [row("a", "1")]);
    await expect(insertMany(kysely, "settings", [row("b", "2"), row("a", "2")])).rejects.toThrow(/unique/i);
    const rows = [row("a", "3"), row("c", "3")];
    expect(await insertMany(kysely, "settings", rows, { onConflict: "nothing" })).toBe(1);
    const twice = [row("c", "4"), row("d", "4"), row("d", "5")];
    expect(await insertNew(kysely, "settings", twice, { returning: ["name"] })).toEqual([{ name: "d" }]);
    const overwrite = { keys: ["name"], update: ["value"] } as const;
    expect(await insertMany(kysely, "settings", [row("a", "6")], { onConflict: overwrite })).toBe(1);
    const all = await kysely.selectFrom("settings").selectAll().orderBy("name").execute();
    expect(all).toEqual([row("a", "6"), row("c", "3"), row("d", "4")]);
  });

  test("may be more than one statement takes, or none", async () => {
    const { kysely } = await open();
    const rows = Array.from({ length: 9001 }, (_, index) => ({ name: String(index), value: "0" }));
    expect(await insertMany(kysely, "settings", rows)).toBe(9001);
    const changed = rows.map(({ name }) => ({ name, value: "1" }));
    expect(await updateMany(kysely, "settings", ["name"], ["value"], changed)).toBe(9001);
    expect(await insertMany(kysely, "settings", [])).toBe(0);
    const { n } = await kysely
      .selectFrom("settings")
      .select(({ fn }) => fn.countAll<number>().as("n"))
      .where("value", "=", "1")
      .executeTakeFirstOrThrow();
    expect(n).toBe(9001);
  });

  test("are refused where a number is none", async () => {
    const { kysely } = await open();
    const rows = [{ rep: "maria", last_notified_at: Number.NaN }];
    await expect(insertMany(kysely, "reps", rows)).rejects.toThrow("reps.last_notified_at is given NaN");
  });
});
