import { contentHash } from "../conditions/hash.ts";
import { milliseconds, share } from "../config/fields.ts";
import type { Path } from "../config/yaml.ts";
import type { Measure, Step, Variant } from "./definition.ts";
import type { AbFile, StepFile } from "./file.ts";

export interface Flattened {
  readonly first: string | null;
  readonly steps: Record<string, Step>;
  /** Where each step stands in the file. */
  readonly places: ReadonlyMap<string, Path>;
  /** Ids that two steps have: the place of the second. */
  readonly duplicates: readonly { readonly id: string; readonly path: Path; readonly first: Path }[];
}

type StepKind = Step["kind"];

/** The key by which a step of a file says what it does. */
function kindOf(step: StepFile): StepKind {
  if ("send" in step) return "send";
  if ("wait" in step) return "wait";
  if ("wait_for" in step) return "wait_for";
  if ("branch" in step) return "branch";
  if ("ab" in step) return "ab";
  if ("set" in step) return "set";
  if ("notify" in step) return "notify";
  if ("deal" in step) return "deal";
  if ("webhook" in step) return "webhook";
  return "end";
}

/** Ids of siblings: their own, or kind and count among the siblings of that kind, behind the place of their list. */
export function idsOf(steps: readonly StepFile[], prefix: string): string[] {
  const counts = new Map<StepKind, number>();
  return steps.map((step) => {
    const kind = kindOf(step);
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return step.id ?? `${prefix}${kind}-${count}`;
  });
}

/** A list of a step's own: where it stands in the file and in ids. */
export interface Nested {
  readonly steps: readonly StepFile[];
  readonly path: Path;
  readonly prefix: string;
}

/** The lists inside a step, in file order: a branch's arms; then and else. */
export function nestedIn(step: StepFile, id: string, path: Path): Nested[] {
  if ("branch" in step) {
    return step.branch.map((arm, index) => ({
      steps: arm.steps,
      path: [...path, "branch", index, "steps"],
      prefix: `${id}/${index + 1}/`,
    }));
  }
  if (!("wait_for" in step)) return [];
  return (["then", "else"] as const).map((name) => ({
    steps: step[name] ?? [],
    path: [...path, name],
    prefix: `${id}/${name}/`,
  }));
}

/** Nested steps → a graph in which a place is one id, in file order. */
export function flatten(list: readonly StepFile[]): Flattened {
  const steps = new Map<string, Step>();
  const places = new Map<string, Path>();
  const duplicates: Flattened["duplicates"][number][] = [];

  /** Adds a list that goes on at `after`; answers where it begins. */
  function add({ steps: list, path, prefix }: Nested, after: string | null): string | null {
    const ids = idsOf(list, prefix);
    for (const [index, step] of list.entries()) {
      const id = ids[index]!;
      const here = [...path, index];
      const first = places.get(id);
      if (first) duplicates.push({ id, path: here, first });
      else places.set(id, here);
      const next = ids[index + 1] ?? after;
      // The step keeps its place before those inside it.
      steps.set(id, undefined as unknown as Step);
      const starts = nestedIn(step, id, here).map((nested) => add(nested, next));
      steps.set(id, toStep(step, id, next, starts));
    }
    return ids[0] ?? after;
  }

  const first = add({ steps: list, path: ["steps"], prefix: "" }, null);
  return { first, steps: Object.fromEntries(steps), places, duplicates };
}

/** `starts` are the ids at which the lists inside begin. */
function toStep(step: StepFile, id: string, next: string | null, starts: readonly (string | null)[]): Step {
  const own = { id, named: step.id !== undefined, next, hash: contentHash(contentOf(step)) };
  if ("send" in step) return { ...own, kind: "send", template: step.send };
  if ("wait" in step) {
    return typeof step.wait === "string"
      ? { ...own, kind: "wait", for: milliseconds(step.wait) }
      : { ...own, kind: "wait", until: step.wait.until };
  }
  if ("wait_for" in step) {
    const upTo = milliseconds(step.up_to);
    return { ...own, kind: "wait_for", condition: step.wait_for, upTo, then: starts[0]!, else: starts[1]! };
  }
  if ("branch" in step) {
    const arms = step.branch.map((arm, index) => ({
      when: "when" in arm ? arm.when : null,
      to: starts[index]!,
    }));
    return { ...own, kind: "branch", arms };
  }
  if ("ab" in step) return { ...own, kind: "ab", ...toTest(step.ab) };
  if ("set" in step) return { ...own, kind: "set", attributes: step.set };
  if ("notify" in step) return { ...own, kind: "notify", to: step.notify, note: step.note ?? null };
  if ("deal" in step) return { ...own, kind: "deal" };
  if ("webhook" in step) return { ...own, kind: "webhook", name: step.webhook };
  return { ...own, kind: "end", outcome: step.end };
}

function toTest(ab: AbFile): { variants: Variant[]; measure: Measure; confidence: number } {
  const names = Object.keys(ab.variants);
  const weights = names.map((name) => ab.weights?.[name] ?? 1);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const variants = names.map((name, index) => ({
    name,
    template: ab.variants[name]!,
    weight: weights[index]! / sum,
  }));
  return { variants, measure: ab.measure, confidence: share(ab.confidence) };
}

/** What makes two steps the same: all but the id and the steps inside, which are matched on their own. */
function contentOf(step: StepFile): unknown {
  const { id: _, ...content } = step;
  if ("branch" in content) {
    return { branch: content.branch.map((arm) => ("when" in arm ? arm.when : "otherwise")) };
  }
  if ("wait_for" in content) return { wait_for: content.wait_for, up_to: content.up_to };
  // The order of variants decides who gets which; a mapping's order is not part of its hash.
  if ("ab" in content) return { ...content, order: Object.keys(content.ab.variants) };
  return content;
}
