import type { Problem } from "./problems.ts";

/** Where something stands in a file, from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type Path = readonly (string | number)[];

/** A YAML file that was read: its value as plain JSON, and where each part of it stands. */
export interface Source {
  readonly file: string;
  readonly value: unknown;
  /** Of the value at a path, or of the nearest parent that is there. */
  at(path: Path): Position;
  /** Of the key at a path, or of the nearest parent that is there. */
  keyAt(path: Path): Position;
}

export type Checked<T> = { readonly value: T } | { readonly problems: readonly Problem[] };
