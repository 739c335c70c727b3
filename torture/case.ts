import type { House, HouseOptions } from "./house.ts";
import type { Sink, SinkOptions } from "./sink.ts";

/** A line of the table; as `--json` has it. */
export interface Row {
  readonly case: string;
  readonly expected: string;
  readonly got: string;
  readonly ok: boolean;
}

/** One thing that is done to the product. */
export interface Case {
  /** For `--only`. */
  readonly name: string;
  /** Throws only where the harness itself fails; what the product does wrong is a row that is not ok. */
  run(context: Context): Promise<Row[]>;
}

/** What a case is given. All that it opens is closed, and every process killed, when the case ends. */
export interface Context {
  readonly quick: boolean;
  /** `full`, or with `--quick` a twentieth of it, rounded up. */
  scaled(full: number): number;
  /** From 0 to below 1; the same numbers for the same seed and case. */
  random(): number;
  /** A line of progress, to stderr. */
  say(text: string): void;
  /** A company in a fresh folder, nothing of it running. */
  openHouse(options?: HouseOptions): Promise<House>;
  openSink(options?: SinkOptions): Promise<Sink>;
  /** Closes it when the case ends, in the opposite order of opening. */
  closing<T extends { close(): Promise<void> | void }>(thing: T): T;
}
