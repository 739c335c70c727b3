import type { Path } from "./yaml.ts";

export type ReferenceKind =
  | "attribute"
  | "event"
  | "mark"
  | "model"
  | "rep"
  | "segment"
  | "template"
  | "webhook"
  | "window";

/** A name in one file for something that another file defines; `check` holds all of them against what there is. */
export interface Reference {
  readonly kind: ReferenceKind;
  readonly name: string;
  readonly path: Path;
  /** The name is the key at `path`, not the value. */
  readonly key?: boolean;
  /** Of a mark: the model that has it. */
  readonly model?: string;
  /** Of an attribute: the values that it is compared with. */
  readonly values?: readonly { readonly value: string | number | boolean | null; readonly path: Path }[];
  /** Of an attribute: the values that it is to be above or below. */
  readonly bounds?: readonly { readonly value: string | number; readonly path: Path }[];
}
