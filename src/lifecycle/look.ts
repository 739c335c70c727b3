import type { Instant } from "../instant.ts";
import { sequenceOf, type Programme } from "../programme/programme.ts";
import { totalAt } from "../scoring/fold.ts";
import { holds } from "./facts.ts";
import { beginLife, type Ids, type Life, type Snapshot } from "./life.ts";

const NO_IDS: Ids = { event: none, enrolment: none, message: none, notice: none };

function none(): never {
  throw new Error("looking at a lead makes no rows");
}

/** A lead to look at, not to change, at `now`: its inbox drained and its dues lived before. */
export function lookAt(snapshot: Snapshot, programme: Programme, now: Instant): Life {
  const life = beginLife(snapshot, programme, NO_IDS);
  life.now = now;
  return life;
}

/** What the gate asks of the enrolment that asked for a mail. */
export interface Glance {
  readonly open: boolean;
  readonly goalHolds: boolean;
  readonly exitHolds: boolean;
}

/** Whether it is still open, and whether its goal or an exit holds by now. */
export function glance(life: Life, enrolmentId: number): Glance {
  const enrolment = life.enrolments.find((candidate) => candidate.id === enrolmentId);
  const sequence = enrolment && sequenceOf(life.programme, enrolment);
  if (!enrolment || !sequence) return { open: false, goalHolds: false, exitHolds: false };
  return {
    open: true,
    goalHolds:
      sequence.goal !== null && holds(life, sequence.goal, { since: enrolment.enteredAt, enrolment }),
    exitHolds: sequence.exit.some((exit) => holds(life, exit, { enrolment })),
  };
}

/** The default model's total and temperature; nulls where it does not score the lead. */
export function standingOf(life: Life): { score: number | null; temperature: string | null } {
  const model = life.wiring.models.get("default");
  const state = life.state.models["default"];
  if (!model || !state || state.temperature === null) return { score: null, temperature: null };
  return {
    score: totalAt(model, state, life.lead.attributes, life.now).total,
    temperature: state.temperature,
  };
}
