import type { Sequence, Step } from "./definition.ts";

/**
 * Where a lead goes on in the new version: at the same step (`stays`), at the same step under another id (`moves`), or,
 * where its step is no longer there (`gone`), at the next one in the old flow that is. `to` null: past the last step.
 */
export interface Place {
  readonly to: string | null;
  readonly how: "stays" | "moves" | "gone";
}

interface Migration {
  /** Of any step of the old version; null is the end of a flow, or a sequence without steps. */
  place(step: string | null): Place;
  /** Steps that live on under another id: old id → new id. */
  readonly renamed: ReadonlyMap<string, string>;
  /**
   * Mails that are gone from their place while the same one is new elsewhere: old id → new id. Whoever stood there goes
   * on at `place`, but what was sent is sent.
   */
  readonly repeated: ReadonlyMap<string, string>;
}

/**
 * How leads go over from one version of a sequence to another (spec/sequences.md, "Changing a live sequence"). Own ids
 * match own ids; steps without one by the longest common subsequence of their contents, then by derived id, where that
 * changes no order and the same mail stands nowhere else. A step that was given an id, or lost it, and else says the same, is the same.
 */
export function migration(from: Sequence, to: Sequence): Migration {
  const { matched, repeated } = match(Object.values(from.steps), Object.values(to.steps));
  const renamed = new Map([...matched].filter(([old, now]) => old !== now));
  return {
    renamed,
    repeated,
    place(step) {
      if (step === null) return { to: null, how: "stays" };
      const same = matched.get(step);
      if (same !== undefined) return { to: same, how: same === step ? "stays" : "moves" };
      let next = from.steps[step]?.next ?? null;
      while (next !== null && !matched.has(next)) next = from.steps[next]!.next;
      return { to: next === null ? null : matched.get(next)!, how: "gone" };
    },
  };
}

function repeats(
  from: readonly Step[],
  to: readonly Step[],
  matched: ReadonlyMap<string, string>,
): Map<string, string> {
  const taken = new Set(matched.values());
  const repeated = new Map<string, string>();
  for (const { id, hash, kind } of from) {
    if (matched.has(id) || (kind !== "send" && kind !== "ab")) continue;
    const again = to.find((step) => step.hash === hash && !taken.has(step.id));
    if (!again) continue;
    taken.add(again.id);
    repeated.set(id, again.id);
  }
  return repeated;
}

/** Old id → new id of the steps that are the same, and of the mails that stand elsewhere now. */
function match(from: readonly Step[], to: readonly Step[]) {
  const named = (step: Step, others: readonly Step[]) =>
    step.named && others.some((other) => other.named && other.id === step.id);
  const pairs = longestCommon(from, to, (old, now) => {
    if (named(old, to) || named(now, from)) return old.named && now.named && old.id === now.id ? "own" : null;
    return old.hash === now.hash && !(old.named && now.named) ? "content" : null;
  });
  const matched = new Map<string, string>();
  for (const step of from) if (named(step, to)) matched.set(step.id, step.id);
  for (const [old, now] of pairs) matched.set(from[old]!.id, to[now]!.id);
  const repeated = repeats(from, to, matched);
  const taken = new Set([...matched.values(), ...repeated.values()]);
  const contents = pairs.filter(([old]) => !named(from[old]!, to));
  for (const [old, step] of from.entries()) {
    if (step.named || matched.has(step.id) || repeated.has(step.id)) continue;
    const now = to.findIndex((other) => !other.named && other.id === step.id);
    if (now < 0 || taken.has(step.id)) continue;
    if (contents.some(([before, after]) => before < old !== after < now)) continue;
    matched.set(step.id, step.id);
  }
  return { matched, repeated };
}

/**
 * The pairs (places in the two lists) of the longest common subsequence by content. Among several, one that crosses the
 * fewest steps with an id of their own, then one that keeps the most ids.
 */
function longestCommon(
  from: readonly Step[],
  to: readonly Step[],
  alike: (old: Step, now: Step) => "own" | "content" | null,
): [number, number][] {
  const most = 4 * (Math.min(from.length, to.length) + 1);
  const worth = (old: Step, now: Step) => {
    const how = alike(old, now);
    if (how === null) return 0;
    return (how === "content" ? most : 2) + (old.id === now.id ? 1 : 0);
  };
  // best[i][j]: of what comes from place i in `from` and j in `to` on.
  const best = Array.from({ length: from.length + 1 }, () => Array.from({ length: to.length + 1 }, () => 0));
  for (let i = from.length - 1; i >= 0; i--) {
    for (let j = to.length - 1; j >= 0; j--) {
      const pair = worth(from[i]!, to[j]!);
      const both = pair === 0 ? 0 : pair + best[i + 1]![j + 1]!;
      best[i]![j] = Math.max(both, best[i + 1]![j]!, best[i]![j + 1]!);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < from.length && j < to.length;) {
    const pair = worth(from[i]!, to[j]!);
    if (pair > 0 && best[i]![j] === pair + best[i + 1]![j + 1]!) pairs.push([i++, j++]);
    else if (best[i]![j] === best[i + 1]![j]) i++;
    else j++;
  }
  return pairs;
}
