import { openDatabase } from "../src/db/open.io.ts";
import { openCompiler } from "../src/email/compiler.io.ts";
import type { Instant } from "../src/instant.ts";
import { stayLean } from "../src/planning/lean.io.ts";
import { inOneView, planOf } from "../src/planning/plan.run.ts";
import { readApplied } from "../src/programme/applied.run.ts";
import { loadProgramme } from "../src/programme/load.ts";
import { successor } from "../src/programme/successor.ts";
import { elapsed } from "./measure.ts";

/** What the bench asks of this process: a plan over that database. */
export interface Planning {
  readonly database: string;
  readonly now: Instant;
}

export interface Planned {
  readonly seconds: number;
  /** MB, the most that this process ever held. */
  readonly peak: number;
  readonly crossed: number;
}

process.on("message", (planning: Planning) => {
  void plan(planning).then((planned) => process.send!(planned));
});

/** As `kindling plan` does it, with another threshold, which makes every log be read, and another wait. */
async function plan({ database, now }: Planning): Promise<Planned> {
  let crossed = 0;
  const ms = await elapsed(async () => {
    const db = await openDatabase(database, { readonly: true });
    const { compile, close } = openCompiler();
    const { programme: live, files } = (await readApplied(db.kysely, compile))!;
    const loaded = await loadProgramme(changed(files), compile);
    close();
    if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
    const proposed = successor(live, loaded.programme, { inFlight: "migrate" });
    stayLean();
    const proposal = { live, proposed, inFlight: "migrate", now } as const;
    const { temperatures } = await inOneView(db.kysely, (trx) => planOf(trx, proposal));
    crossed = temperatures.reduce((sum, { leads }) => sum + leads, 0);
    await db.close();
  });
  return { seconds: ms / 1000, peak: process.resourceUsage().maxRSS / 1024, crossed };
}

function changed(files: ReadonlyMap<string, string>): Map<string, string> {
  const after = new Map(files);
  const edit = (path: string, from: RegExp, to: string) => {
    const text = files.get(path)!.replace(from, to);
    if (text === files.get(path)) throw new Error(`${path} is not what it was`);
    after.set(path, text);
  };
  edit("config/scoring/default.yaml", /^thresholds:.*$/m, "thresholds: { warm: 28, hot: 40, cooling: 5 }");
  edit("config/sequences/warm-nurture.yaml", /^ {2}- wait: 4d$/m, "  - wait: 2d");
  return after;
}
