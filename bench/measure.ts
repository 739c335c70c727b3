import { availableParallelism, cpus, tmpdir } from "node:os";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

/** One round: ours, and right before or after it the limit, so that a busy machine slows both. */
interface Round {
  readonly value: number;
  readonly limit: number;
  readonly ratio: number;
}

/** What is asked of a row: of its value or of its ratio to the limit. */
export type Target = { readonly of: "value" | "ratio" } & (
  | { readonly at_least: number }
  | { readonly at_most: number }
);

/** A line of the table; as `--json` has it (spec/cli.md, "Measuring"). */
export type Row = {
  readonly name: string;
  readonly unit: string;
  /** What `limit` measures. */
  readonly against: string;
  readonly rounds: readonly Round[];
} & Round &
  Target;

/** What a bench is asked for. */
export interface Effort {
  /** A smoke test: small and inexact. */
  readonly quick: boolean;
  /** A folder of this run, removed at its end. */
  readonly folder: string;
}

export interface Bench {
  readonly name: string;
  run(effort: Effort): Promise<Row[]>;
}

interface Question {
  readonly name: string;
  readonly unit: string;
  readonly against: string;
  readonly rounds: number;
  readonly target: Target;
  /** One measurement in `unit`. */
  value(): Promise<number> | number;
  limit(): Promise<number> | number;
}

/** Interleaved rounds after one that only warms up; the row shows the median round. */
export async function measure({ name, unit, against, target, ...ask }: Question): Promise<Row> {
  const rounds: Round[] = [];
  for (let round = -1; round < ask.rounds; round++) {
    const limitFirst = round % 2 === 0;
    const before = limitFirst ? await ask.limit() : 0;
    const value = await ask.value();
    const limit = limitFirst ? before : await ask.limit();
    if (round >= 0) rounds.push({ value, limit, ratio: value / limit });
  }
  const sorted = [...rounds].sort((a, b) => a[target.of] - b[target.of]);
  return { name, unit, ...sorted[sorted.length >> 1]!, ...target, against, rounds };
}

export function isMet(row: Row): boolean {
  const found = row[row.of];
  return "at_least" in row ? found >= row.at_least : found <= row.at_most;
}

/** Milliseconds that `act` took. */
export async function elapsed(act: () => unknown): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** `work` with a folder of its own in the system's temporary one. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "kindling-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function machine(): string {
  return `${cpus()[0]?.model.trim() ?? "unknown"}, ${availableParallelism()} cores, ${process.platform} ${process.arch}, Node ${process.version}`;
}

/** Numbers from 0 to below 1, the same in each run. */
export function dice(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
