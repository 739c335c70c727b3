import type { InFlight, Programme } from "./programme.ts";
import { localesOf } from "./programme.ts";
import type { Sequence } from "../sequences/definition.ts";

/**
 * The programme that would be live if `next` were applied over `live`: with the definitions that it replaces, as
 * `definitions.store.ts` keeps them.
 */
export function successor(
  live: Programme,
  next: Programme,
  { inFlight, enrolExisting = false }: { readonly inFlight: InFlight; readonly enrolExisting?: boolean },
): Programme {
  const current = new Set([...next.sequences.values()].map(({ hash }) => hash));
  const before = new Set([...live.sequences.values()].map(({ hash }) => hash));
  const replaced = [...live.sequences.values()].filter(({ hash }) => !current.has(hash));
  const names = new Set(replaced.map(({ name }) => name));
  const earlier = new Map(live.earlier);
  for (const [hash, old] of live.earlier) {
    if (current.has(hash)) earlier.delete(hash);
    // Who was to migrate to what is replaced now goes on as those who are there.
    else if (old.inFlight === "migrate" && names.has(old.sequence.name))
      earlier.set(hash, { ...old, inFlight });
  }
  for (const sequence of replaced) {
    const templates = inFlight === "keep" ? templatesGone(live, next, sequence) : new Map();
    earlier.set(sequence.hash, { sequence, inFlight, templates });
  }
  const fresh = [...next.sequences.values()].filter(({ hash }) => !before.has(hash));
  const apply = { version: next.hash, sequences: enrolExisting ? fresh.map(({ name }) => name) : [] };
  return { ...next, earlier, enrolExisting: [apply, ...live.enrolExisting] };
}

/** What the sequence sends and the next programme has no more. */
function templatesGone(live: Programme, next: Programme, { steps }: Sequence): Programme["templates"] {
  const names = Object.values(steps).flatMap((step) => {
    if (step.kind === "send") return step.template;
    return step.kind === "ab" ? step.variants.map(({ template }) => template) : [];
  });
  const gone = names.filter((name) => !next.templates.has(name));
  return new Map(gone.map((name) => [name, localesOf(live, name) ?? new Map()]));
}
