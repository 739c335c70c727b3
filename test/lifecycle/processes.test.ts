import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { appendToInbox, isInboxEmpty } from "../../src/events/inbox.store.ts";
import { eventInput, type EventInput } from "../../src/events/input.ts";
import { readLog } from "../../src/events/log.store.ts";
import { DAY, parseInstant } from "../../src/instant.ts";
import { findLead } from "../../src/leads/leads.store.ts";
import { drain } from "../../src/lifecycle/drain.run.ts";
import type { Spine } from "../../src/lifecycle/spine.ts";
import { openWorld } from "../../src/world.ts";
import { breaking, forEachDatabase } from "../database.ts";
import { writeFiles } from "./files.ts";

const FROM = parseInstant("2026-02-02T08:00:00Z")!;
const ANA = "ana@acme.example";
const BEA = "bea@acme.example";

const folder = mkdtempSync(join(tmpdir(), "kindling-processes-"));
writeFiles(folder, {
  "config/kindling.yaml": `
company: { name: Acme, address: 1 Main Street }
mail: { from: Ada <ada@acme.example> }
attributes: { size: number }
`,
  "config/scoring/default.yaml": `
model: default
thresholds: { warm: 20, hot: 40 }
fit: [ { criterion: Size, attribute: size, bands: [ { over: 100, points: 30 } ] } ]
engagement: { rules: [ { rule: pages, on: page.viewed, points: 4 } ] }
`,
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
});

forEachDatabase("processes over one database", (open, { kind, url }) => {
  /** Two that have each taken numbers of their own, the first one the smaller ones. */
  async function two() {
    const database = await open();
    const processes = [];
    for (const email of ["one@acme.example", "two@acme.example"]) {
      const world = await openWorld({
        config: join(folder, "config"),
        templates: join(folder, "templates"),
        from: FROM,
        seed: 1,
        databaseUrl: url(database),
      });
      opened.push(world.app);
      await happen(world.spine, email, updated(1, FROM));
      world.clock.jumpTo(FROM + 2 * DAY);
      processes.push(world.spine);
    }
    const [first, second] = processes;
    return { first: first!, second: second! };
  }

  test("keep the order in which one instant's events came, whoever folds them", async () => {
    const { first, second } = await two();
    const at = FROM + DAY;
    await happen(second, ANA, eventInput("lead.created", "system", { attributes: {} }, { at: FROM }));
    await happen(second, ANA, updated(200, at));
    await happen(first, ANA, updated(10, at));
    await happen(second, ANA, updated(50, at));

    const ana = (await findLead(first.db.kysely, ANA))!;
    expect(ana.attributes).toEqual({ size: 50 });
    const log = (await readLog(first.db.kysely, [ana.id])).get(ana.id)!;
    expect(log.map(({ properties }) => properties["attributes"])).toEqual([
      {},
      { size: 200 },
      { size: 10 },
      { size: 50 },
    ]);

    // Something late has all of it folded again from the log.
    await happen(first, ANA, eventInput("page.viewed", "lead", { path: "/" }, { at: at - 1 }));
    expect((await findLead(first.db.kysely, ANA))!.attributes).toEqual({ size: 50 });
  });

  test("forget what arrived for a lead that is gone, and go on", async () => {
    const { first } = await two();
    await first.db.unit((trx) =>
      appendToInbox(trx, [
        { to: { lead: 999 }, at: FROM, live: true, create: "no", inputs: [updated(1, FROM)] },
        { to: { email: BEA }, at: FROM, live: true, create: "yes", inputs: [updated(7, FROM)] },
      ]),
    );
    await drain(first);
    expect(await isInboxEmpty(first.db.kysely)).toBe(true);
    expect((await findLead(first.db.kysely, BEA))!.attributes).toEqual({ size: 7 });
  });

  test.skipIf(kind === "sqlite")("blame no event for a database that went away", async () => {
    const { first } = await two();
    const mend = await breaking(first.db.kysely, "events");
    await expect(happen(first, ANA, updated(7, FROM))).rejects.toThrow(/terminat/);
    await mend();
    expect(await drain(first)).toBe(1);
    expect((await findLead(first.db.kysely, ANA))!.attributes).toEqual({ size: 7 });
  });
});

async function happen(spine: Spine, email: string, ...inputs: EventInput[]): Promise<void> {
  const at = spine.clock.now();
  await spine.db.unit((trx) =>
    appendToInbox(trx, [{ to: { email }, at, live: true, create: "yes", inputs }]),
  );
  await drain(spine);
}

function updated(size: number, at: number): EventInput {
  return eventInput("lead.updated", "system", { attributes: { size } }, { at });
}
