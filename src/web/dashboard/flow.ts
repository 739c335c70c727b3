import type { Sequence, Step } from "../../sequences/definition.ts";
import { conditionWords } from "../../insights/condition-words.ts";

/** A sequence as it stands in its file: steps below each other, with arms inside some of them. */
export interface FlowNode {
  readonly step: Step;
  readonly arms: readonly FlowArm[];
}

export interface FlowArm {
  readonly words: string;
  readonly steps: readonly FlowNode[];
}

/** The flat graph of a definition, nested again. */
export function flowOf(sequence: Sequence): FlowNode[] {
  return walk(sequence, sequence.first, null);
}

/** From one step on along the flow, up to where it joins the flow outside again. */
function walk(sequence: Sequence, from: string | null, end: string | null): FlowNode[] {
  const nodes: FlowNode[] = [];
  for (let id = from; id !== end && id !== null;) {
    const step: Step | undefined = sequence.steps[id];
    if (!step) break;
    nodes.push({ step, arms: armsOf(sequence, step) });
    id = step.next;
  }
  return nodes;
}

function armsOf(sequence: Sequence, step: Step): FlowArm[] {
  if (step.kind === "branch") {
    return step.arms.map(({ when, to }) => ({
      words: when === null ? "otherwise" : conditionWords(when),
      steps: walk(sequence, to, step.next),
    }));
  }
  if (step.kind !== "wait_for") return [];
  return [
    { words: "it happened", steps: walk(sequence, step.then, step.next) },
    { words: "it did not", steps: walk(sequence, step.else, step.next) },
  ].filter(({ steps }) => steps.length > 0);
}
