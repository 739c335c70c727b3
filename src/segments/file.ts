import { z } from "zod";
import { conditionSchema } from "../conditions/condition.ts";
import type { Condition } from "../conditions/condition.ts";
import { contentHash } from "../conditions/hash.ts";
import { conditionReferences, eachPlacedForm } from "../conditions/references.ts";
import { checkShape } from "../config/explain.ts";
import { filledField, nameField } from "../config/fields.ts";
import { namedIn } from "../config/named.ts";
import type { Problem } from "../config/problems.ts";
import type { Reference } from "../config/references.ts";
import { twice } from "../config/settings-file.ts";
import { problemAt } from "../config/yaml.ts";
import type { Path, Source } from "../config/yaml.ts";
import type { Segment } from "./definition.ts";

/** `config/segments.yaml` as it is written. */
export const segmentsFile = z.strictObject({
  segments: z
    .array(z.strictObject({ segment: nameField, title: filledField.optional(), when: conditionSchema }))
    .optional(),
});

export interface SegmentsRead {
  /** In file order; empty where the file has errors of its own. */
  readonly segments: readonly Segment[];
  readonly problems: readonly Problem[];
  readonly references: readonly Reference[];
}

/** `segments.yaml` → segments, each after those that it names. */
export function readSegments(source: Source): SegmentsRead {
  const checked = checkShape(segmentsFile, source);
  if ("problems" in checked)
    return { segments: [], problems: checked.problems, references: namedIn(source.value) };
  const list = checked.value.segments ?? [];
  const places = new Map(list.map(({ segment }, index) => [segment, index]));
  const { ordered, circles } = inOrderOfUse(list.map(toSegment));
  const problems = [
    ...twice(list, (item) => item.segment, source, ["segments"], "segment"),
    ...list.flatMap(({ when }, index) => misplaced(when, ["segments", index, "when"], source)),
    ...circles.map((names) => {
      const path = ["segments", places.get(names[0]!)!, "when"];
      return problemAt(source, path, `goes in a circle: ${names.join(" → ")}`, { key: true });
    }),
  ];
  const references = list.flatMap(({ when }, index) =>
    conditionReferences(when, ["segments", index, "when"]),
  );
  return { segments: problems.length > 0 ? [] : ordered, problems, references };
}

function toSegment(file: { segment: string; title?: string; when: Condition }): Segment {
  const uses = new Set<string>();
  eachPlacedForm(file.when, [], (form) => {
    if ("segment" in form) uses.add(form.segment);
  });
  return {
    name: file.segment,
    title: file.title ?? file.segment,
    hash: contentHash({ segment: file.segment, when: file.when }),
    when: file.when,
    uses: [...uses],
  };
}

/**
 * What a segment can't ask: nobody is in a sequence here, no event is at hand, and a score is no trigger. A list asks
 * at one instant, so that there a score may be named.
 */
export function misplaced(
  when: Condition,
  path: Path,
  source: Source,
  { score = false }: { readonly score?: boolean } = {},
): Problem[] {
  const problems: Problem[] = [];
  const report = (place: Path, key: string, message: string, suggestion: string) =>
    problems.push(problemAt(source, [...place, key], message, { key: true, suggestion }));
  eachPlacedForm(when, path, (form, place) => {
    if ("property" in form && !place.slice(path.length).includes("where")) {
      report(place, "property", "only an event has properties", "use { did: EVENT, where: … }");
    }
    if ("score" in form && !score) {
      report(place, "score", "a score can't be waited for", "use temperature, or a mark with reached");
    }
    for (const key of ["clicked", "opened", "replied"]) {
      if (key in form) report(place, key, "only a sequence has steps", `use { did: email.${key} }`);
    }
  });
  return problems;
}

/** Those that others name come first; the rest keeps the order of the file. */
function inOrderOfUse(segments: readonly Segment[]): { ordered: Segment[]; circles: string[][] } {
  const byName = new Map(segments.map((segment) => [segment.name, segment]));
  const ordered = new Set<Segment>();
  const circles: string[][] = [];
  const visit = (segment: Segment, above: readonly string[]) => {
    if (ordered.has(segment)) return;
    const start = above.indexOf(segment.name);
    if (start !== -1) {
      circles.push([...above.slice(start), segment.name]);
      return;
    }
    for (const name of segment.uses) {
      const used = byName.get(name);
      if (used) visit(used, [...above, segment.name]);
    }
    ordered.add(segment);
  };
  for (const segment of segments) visit(segment, []);
  return { ordered: [...ordered], circles };
}
