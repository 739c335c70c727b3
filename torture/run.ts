import { createHash } from "node:crypto";
import { dice } from "../bench/measure.ts";
import type { Case, Context, Row } from "./case.ts";
import { openHouse } from "./house.ts";
import { openSink } from "./sink.ts";

interface Run {
  /** A folder of this run. */
  readonly root: string;
  readonly seed: number;
  readonly quick: boolean;
}

/** The rows of all of these; `show` hears each, in the order of the cases, as soon as may be. */
export async function runCases(
  cases: readonly Case[],
  atOnce: number,
  run: Run,
  show: (row: Row) => void,
): Promise<Row[]> {
  const waiting = [...cases.entries()];
  const found: Row[][] = [];
  let shown = 0;
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [place, one] = next;
      found[place] = await runCase(one, run);
      for (; found[shown]; shown++) found[shown]!.forEach(show);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return found.flat();
}

/** The rows of one case; one that is not ok where the harness itself failed. */
async function runCase({ name, run }: Case, { root, seed, quick }: Run): Promise<Row[]> {
  const closers: (() => Promise<void> | void)[] = [];
  let over = false;
  const closing: Context["closing"] = (thing) => {
    // Of a case whose one half has failed, the other half ends with the next thing that it opens.
    if (over) void thing.close();
    else closers.push(() => thing.close());
    return thing;
  };
  const began = performance.now();
  const context: Context = {
    quick,
    scaled: (full) => (quick ? Math.ceil(full / 20) : full),
    // Of the case's own, so that it fares the same alone and among others.
    random: dice(createHash("sha256").update(`${seed}/${name}`).digest().readUInt32BE()),
    say(text) {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      process.stderr.write(`${name} ${seconds} s: ${text}\n`);
    },
    openHouse: (options = {}) => openHouse(root, closing, options),
    openSink: async (options) => closing(await openSink(options)),
    closing,
  };
  try {
    const rows = await run(context);
    context.say("done");
    return rows;
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    context.say(error instanceof Error ? (error.stack ?? got) : got);
    return [{ case: name, expected: "to run to its end", got, ok: false }];
  } finally {
    over = true;
    for (const close of closers.reverse()) await close();
  }
}
