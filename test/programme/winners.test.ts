import { expect, test } from "vitest";
import type { Database } from "../../src/db/open.io.ts";
import { compileHere } from "../../src/email/compiler.ts";
import { experimentsOf } from "../../src/programme/experiments.ts";
import { openLive } from "../../src/programme/live.run.ts";
import { applyVersion } from "../../src/programme/versions.store.ts";
import { saveWinner } from "../../src/programme/winners.store.ts";
import { abKey } from "../../src/sequences/ab.ts";
import type { AbStep } from "../../src/sequences/definition.ts";
import { forEachDatabase } from "../database.ts";
import { programmeOf, withFiles } from "./files.ts";

const AB = {
  "config/sequences/offer.yaml": `sequence: offer
enter: [{ temperature: warm }]
steps:
  - id: price
    ab: { variants: { plain: warm/hello, other: warm/other }, measure: clicked, confidence: 95% }
`,
  "templates/warm/other.mjml":
    "---\nsubject: Other\n---\n<mj-section><mj-column><mj-text>Other</mj-text></mj-column></mj-section>\n",
};

forEachDatabase("a decided A/B test", (open) => {
  test("is known in every process, and also in the version applied next, once", async () => {
    const database = await open();
    const programme = await programmeOf(AB);
    const apply = (version: typeof programme, files: Record<string, string>) =>
      database.unit((trx) =>
        applyVersion(trx, version, withFiles(files), { author: "ada", message: "", at: 1 }),
      );
    await apply(programme, AB);
    const process = (db: Database) =>
      openLive({ db, compiler: () => ({ compile: compileHere, close() {} }), became() {}, warn() {} }, null);
    const first = await process(database);
    const other = await process(await open(database));
    const step = programme.sequences.get("offer")!.steps["price"] as AbStep;
    const key = abKey({ name: "offer" }, step);
    const [[test] = []] = [...experimentsOf(programme)];
    expect(await other.hasNews()).toBe(false);

    await saveWinner(database.kysely, { test: test!, variant: "other", at: 2, numbers: "[]" });
    await saveWinner(database.kysely, { test: test!, variant: "plain", at: 3, numbers: "[]" });
    for (const live of [first, other]) {
      expect(await live.hasNews()).toBe(true);
      await live.keepUp();
      expect(await live.hasNews()).toBe(false);
      expect(live.now().winners.get(key)).toBe("other");
    }

    const more = { ...AB, "config/segments.yaml": "segments: [{ segment: trial, when: { stage: lead } }]\n" };
    await apply(await programmeOf(more), more);
    await other.keepUp();
    expect(other.now().hash).not.toBe(programme.hash);
    expect(other.now().winners.get(key)).toBe("other");
  });
});
