import { contentHash } from "../conditions/hash.ts";
import { abKey, holdoutKey } from "../sequences/ab.ts";
import type { AbStep, Sequence } from "../sequences/definition.ts";
import { localesOf, type Programme } from "./programme.ts";

/** What is measured: an A/B test, or what a sequence with a holdout causes by itself (`step` null). */
export interface Experiment {
  readonly sequence: Sequence;
  readonly step: AbStep | null;
}

/** All experiments of a programme by the names under which their trials are kept. */
export function experimentsOf(programme: Programme): ReadonlyMap<string, Experiment> {
  let found = known.get(programme);
  if (!found) known.set(programme, (found = find(programme)));
  return found;
}

/** Names an A/B test by the step and by the mails of its variants: an edited one begins anew. 12 hex digits. */
export function testKey(programme: Programme, sequence: Sequence, step: AbStep): string {
  const mails = step.variants.map(({ template }) =>
    [...(localesOf(programme, template)?.values() ?? [])].map(({ hash }) => hash).sort(),
  );
  return contentHash([abKey(sequence, step), mails]);
}

/** The same programme with the tests that are decided, by `testKey`, in its `winners`. */
export function withWinners(programme: Programme, decided: ReadonlyMap<string, string>): Programme {
  const winners = new Map<string, string>();
  for (const [test, { sequence, step }] of experimentsOf(programme)) {
    const winner = decided.get(test);
    if (step && winner !== undefined) winners.set(abKey(sequence, step), winner);
  }
  return { ...programme, winners };
}

const known = new WeakMap<Programme, ReadonlyMap<string, Experiment>>();

function find(programme: Programme): ReadonlyMap<string, Experiment> {
  const found = new Map<string, Experiment>();
  const earlier = [...programme.earlier.values()].map(({ sequence }) => sequence);
  for (const sequence of [...earlier, ...programme.sequences.values()]) {
    if (sequence.holdout > 0) found.set(holdoutKey(sequence), { sequence, step: null });
    for (const step of Object.values(sequence.steps)) {
      if (step.kind === "ab") found.set(testKey(programme, sequence, step), { sequence, step });
    }
  }
  return found;
}
