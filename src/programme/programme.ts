import type { Settings } from "../config/settings.ts";
import type { Template } from "../email/template.ts";
import type { Reps } from "../reps/definition.ts";
import type { Model } from "../scoring/model.ts";
import type { Segment } from "../segments/definition.ts";
import type { Sequence } from "../sequences/definition.ts";

/** All of `config/` and `templates/` as one immutable value. */
export interface Programme {
  /** SHA-256 over the sorted files. */
  readonly hash: string;
  readonly settings: Settings;
  readonly reps: Reps;
  /** A segment comes after those that it names. */
  readonly segments: readonly Segment[];
  /** `default` first, the others by name. */
  readonly models: readonly Model[];
  readonly sequences: ReadonlyMap<string, Sequence>;
  /** By name (`warm/case-study`), then by locale (`""` the default one). */
  readonly templates: ReadonlyMap<string, ReadonlyMap<string, Template>>;
}
