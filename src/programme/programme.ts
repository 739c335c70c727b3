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
  /** Definitions of earlier versions that open enrolments may still run, by content hash. */
  readonly earlier: ReadonlyMap<string, Earlier>;
  /** A/B tests that are decided: `abKey` → the name of the variant that won. */
  readonly winners: ReadonlyMap<string, string>;
  /** The applies so far, newest first, each with the sequences that `--enrol-existing` opened to those already there. */
  readonly enrolExisting: readonly { readonly version: string; readonly sequences: readonly string[] }[];
}

/** What a lead who comes from that version enters where it meets an entry already: of each apply since, none is lost. */
export function openedSince({ enrolExisting }: Programme, version: string | null): ReadonlySet<string> {
  const opened = new Set<string>();
  for (const apply of enrolExisting) {
    if (apply.version === version) break;
    for (const sequence of apply.sequences) opened.add(sequence);
  }
  return opened;
}

/** What becomes of those who are in a sequence when another version of it is applied. */
export type InFlight = "migrate" | "keep" | "exit";

interface Earlier {
  readonly sequence: Sequence;
  /** What the apply that replaced it said. */
  readonly inFlight: InFlight;
  /** What it sends and this version has no more. */
  readonly templates?: Programme["templates"];
}

/** A template's versions by locale: of this version, else of an earlier one that somebody finishes. */
export function localesOf(
  { templates, earlier }: Programme,
  name: string,
): ReadonlyMap<string, Template> | undefined {
  const current = templates.get(name);
  if (current) return current;
  for (const { templates: kept } of earlier.values()) if (kept?.has(name)) return kept.get(name);
  return undefined;
}

/**
 * The definition that an enrolment runs: the current one, or the earlier one that it is to finish. Undefined where the
 * sequence is there no more.
 */
export function sequenceOf(
  programme: Programme,
  { sequence, definition }: { readonly sequence: string; readonly definition: string },
): Sequence | undefined {
  const current = programme.sequences.get(sequence);
  if (current?.hash === definition) return current;
  const earlier = programme.earlier.get(definition);
  return earlier?.inFlight === "keep" && earlier.sequence.name === sequence ? earlier.sequence : current;
}
