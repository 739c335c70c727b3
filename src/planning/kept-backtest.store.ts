import { readSetting, writeSetting } from "../db/settings.store.ts";
import type { Db } from "../db/tables.ts";
import type { Instant } from "../instant.ts";
import type { Curve, SideName } from "./backtest.ts";

/** The last backtest of a model that somebody asked for, so that the dashboard can show it. */
export interface KeptBacktest {
  /** The proposed model's file, as it was named. */
  readonly file: string;
  readonly at: Instant;
  readonly names: readonly SideName[];
  readonly curve: Curve;
  /** Leads that reps would have been told of under the proposed model alone, and under the live one alone. */
  readonly newly: number;
  readonly noLonger: number;
}

/** Another one was written by another version, and is not read. */
const FORMAT = 1;

export async function keepBacktest(db: Db, backtest: KeptBacktest): Promise<void> {
  const value = JSON.stringify({ format: FORMAT, ...backtest });
  await writeSetting(db, nameOf(backtest.curve.model), value);
}

/** null: there was none. */
export async function readBacktest(db: Db, model: string): Promise<KeptBacktest | null> {
  const value = await readSetting(db, nameOf(model));
  if (value === null) return null;
  const { format, ...backtest } = JSON.parse(value) as KeptBacktest & { format: number };
  return format === FORMAT ? backtest : null;
}

function nameOf(model: string): string {
  return `backtest/${model}`;
}
