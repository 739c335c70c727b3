import { DEFAULT_MODEL } from "../conditions/condition.ts";
import type { Condition } from "../conditions/condition.ts";
import { contentHash } from "../conditions/hash.ts";
import { checkShape } from "../config/explain.ts";
import { milliseconds, share } from "../config/fields.ts";
import { namedIn } from "../config/named.ts";
import type { Problem } from "../config/problems.ts";
import type { Reference } from "../config/references.ts";
import { toCaps } from "../config/settings-file.ts";
import type { Source } from "../config/yaml.ts";
import { checkSequence } from "./check.ts";
import type { Entry, Reenter, Sequence, Trigger } from "./definition.ts";
import { sequenceFile } from "./file.ts";
import type { EntryFile, SequenceFile } from "./file.ts";
import { flatten } from "./flatten.ts";
import { sequenceReferences } from "./references.ts";

export interface SequenceRead {
  /** null where the file has errors of its own. */
  readonly sequence: Sequence | null;
  readonly problems: readonly Problem[];
  readonly references: readonly Reference[];
}

/** One file of `config/sequences/` → the flattened sequence, what is wrong with it, and what it names. */
export function readSequence(source: Source): SequenceRead {
  const checked = checkShape(sequenceFile, source);
  if ("problems" in checked)
    return { sequence: null, problems: checked.problems, references: namedIn(source.value) };
  const file = checked.value;
  const flattened = flatten(file.steps);
  const problems = checkSequence(file, flattened, source);
  const failed = problems.some((problem) => problem.severity === "error");
  return {
    sequence: failed ? null : toSequence(file, flattened),
    problems,
    references: sequenceReferences(file),
  };
}

function toSequence(file: SequenceFile, { first, steps }: ReturnType<typeof flatten>): Sequence {
  const content = {
    track: file.track ?? null,
    enter: (file.enter ?? []).map(toEntry),
    reenter: toReenter(file.reenter),
    exit: file.exit === undefined ? [] : [file.exit].flat(),
    goal: toGoal(file.goal),
    window: file.window ?? null,
    priority: file.priority ?? 0,
    holdout: file.holdout === undefined ? 0 : share(file.holdout),
    caps: toCaps(file.caps),
    first,
    steps,
  };
  // A new title is no new version: leads on their way need not move.
  const hash = contentHash({ sequence: file.sequence, ...content });
  return { name: file.sequence, title: file.title ?? file.sequence, hash, ...content };
}

/** Any of a list is enough. */
function toGoal(goal: SequenceFile["goal"]): Condition | null {
  if (goal === undefined) return null;
  return Array.isArray(goal) ? { any: goal } : (goal as Condition);
}

function toReenter(reenter: SequenceFile["reenter"]): Reenter {
  return typeof reenter === "object" ? { after: milliseconds(reenter.after) } : (reenter ?? "never");
}

function toEntry(entry: EntryFile): Entry {
  return { on: toTrigger(entry), if: entry.if ?? null };
}

function toTrigger(entry: EntryFile): Trigger {
  if ("event" in entry) return { event: entry.event, where: entry.where ?? null };
  if ("segment" in entry) return { segment: entry.segment };
  const model = entry.model ?? DEFAULT_MODEL;
  if ("reached" in entry) return { reached: entry.reached, model };
  if ("cooled" in entry) return { cooled: [entry.cooled.from].flat(), model };
  return { temperature: [entry.temperature].flat(), model };
}
