import { untilLocal } from "../calendar/window.ts";
import { zoneOf } from "../calendar/place.ts";
import { isDone, type Message } from "../email/message.ts";
import type { Instant } from "../instant.ts";
import { sequenceOf } from "../programme/programme.ts";
import { testKey } from "../programme/experiments.ts";
import { abKey, HOLDOUT_ARMS, holdoutKey } from "../sequences/ab.ts";
import type { AbStep, Sequence } from "../sequences/definition.ts";
import { mayReenter, type Enrolment } from "../sequences/enrolment.ts";
import { stableShare } from "../sequences/share.ts";
import { decide, type StepFacts } from "../sequences/step.ts";
import { act } from "./act.ts";
import { factsOf, holds } from "./facts.ts";
import { changeEnrolment, happened, type Life } from "./life.ts";
import { settledAt } from "./settled.ts";
import { testOf } from "./wiring.ts";

/** A sequence without loops ends long before this many steps at one instant; more is a bug of ours. */
const MOST_MOVES = 1000;

export function openEnrolments(life: Life): Enrolment[] {
  return life.enrolments.filter((enrolment) => enrolment.state === "open");
}

/**
 * Puts the lead into a sequence at `life.now`: what it is in of the same track ends as `moved`, a holdout's enrolment
 * ends at once. Says whether it entered; a trigger while enrolled or before `reenter` is lost.
 */
export function enrol(life: Life, sequence: Sequence): boolean {
  const open = openEnrolments(life);
  if (open.some((enrolment) => enrolment.sequence === sequence.name)) return false;
  if (!mayReenter(sequence.reenter, life.state.ended[sequence.name], life.now)) return false;
  if (sequence.track !== null) {
    for (const other of open) {
      if (sequenceOf(life.programme, other)?.track === sequence.track) endEnrolment(life, other, "moved");
    }
  }
  const enrolment: Enrolment = {
    id: life.ids.enrolment(),
    sequence: sequence.name,
    definition: sequence.hash,
    state: "open",
    step: null,
    since: life.now,
    dueAt: null,
    enteredAt: life.now,
    endedAt: null,
    outcome: null,
    holdout: stableShare("holdout", life.lead.email, sequence.name, "") < sequence.holdout,
  };
  life.enrolments.push(enrolment);
  happened(life, "sequence.entered", { sequence: sequence.name });
  if (sequence.holdout > 0) {
    const variant = enrolment.holdout ? HOLDOUT_ARMS.held : HOLDOUT_ARMS.entered;
    life.changes.trials.push({ test: holdoutKey(sequence), variant, message: null, at: life.now });
  }
  if (enrolment.holdout) {
    endEnrolment(life, enrolment, "holdout");
    return true;
  }
  reach(life, enrolment, sequence.first, life.now);
  move(life, enrolment.id);
  return true;
}

/** Lives on in one enrolment until it waits for something. Goal, then exit, are checked before each step acts. */
export function move(life: Life, id: number): void {
  for (let moves = 0; moves < MOST_MOVES; moves++) {
    const enrolment = life.enrolments.find((candidate) => candidate.id === id)!;
    if (enrolment.state !== "open") return;
    const sequence = sequenceOf(life.programme, enrolment);
    if (!sequence) return endEnrolment(life, enrolment, "exited");
    if (checkGoals(life, enrolment, sequence)) return;
    const decision = decide(sequence, enrolment.step, stepFacts(life, enrolment, sequence));
    switch (decision.do) {
      case "send":
        ask(life, enrolment, sequence, decision.template, decision.variant);
        changeEnrolment(life, id, { dueAt: null });
        return;
      case "stay":
        changeEnrolment(life, id, { dueAt: decision.until });
        return;
      case "go":
        reach(life, enrolment, decision.to, decision.at);
        break;
      case "act":
        act(life, enrolment, decision.act);
        reach(life, enrolment, decision.to, enrolment.since);
        // The next step sees what this one did: it waits until that is folded, and is reacted to, at this instant.
        if (life.queue.length > 0) return;
        break;
      case "end":
        return endEnrolment(life, enrolment, decision.outcome);
      default:
        throw new Error(`unknown decision: ${JSON.stringify(decision satisfies never)}`);
    }
  }
  throw new Error(`enrolment ${id} moves for ever`);
}

/** Ends the enrolment where its goal or an exit holds; says whether it did. */
function checkGoals(life: Life, enrolment: Enrolment, sequence: Sequence): boolean {
  if (sequence.goal && holds(life, sequence.goal, { since: enrolment.enteredAt, enrolment })) {
    endEnrolment(life, enrolment, "goal");
    return true;
  }
  const facts = factsOf(life, { enrolment });
  if (sequence.exit.some((exit) => testOf(exit)(facts))) {
    endEnrolment(life, enrolment, "exited");
    return true;
  }
  return false;
}

function reach(life: Life, enrolment: Enrolment, step: string | null, at: Instant): void {
  changeEnrolment(life, enrolment.id, { step, since: at, dueAt: null });
  if (step !== null) happened(life, "sequence.step", { sequence: enrolment.sequence, step });
}

export function endEnrolment(life: Life, enrolment: Enrolment, outcome: string): void {
  changeEnrolment(life, enrolment.id, { state: "ended", outcome, endedAt: life.now, dueAt: null });
  life.state.ended[enrolment.sequence] = life.now;
  for (const message of life.messages.values()) {
    if (message.enrolment !== enrolment.id || message.state !== "queued") continue;
    // The gate would say the same of a lead that gets no mail.
    dropMail(life, message, life.lead.suppressed ?? `sequence ended: ${outcome}`);
  }
  happened(life, "sequence.ended", { sequence: enrolment.sequence, outcome });
}

/** A mail that has not left and is no longer due. */
export function dropMail(life: Life, message: Message, reason: string): void {
  life.messages.set(message.id, { ...message, state: "dropped", doneAt: life.now });
  life.changes.dropped.push({ message: message.id, reason });
  const { template, sequence, step } = message;
  happened(life, "message.dropped", { template, sequence, step, reason });
}

export function endAll(life: Life, outcome: string): void {
  for (const enrolment of openEnrolments(life)) endEnrolment(life, enrolment, outcome);
}

/** The unique key of a mail. */
export function keyOf({ lead }: Life, sequence: string, enrolment: number, step: string): string {
  return `${lead.id}/${sequence}/${enrolment}/${step}`;
}

/** Asks the outbox for the mail of this step. Its key makes sure that it is asked for once. */
function ask(
  life: Life,
  enrolment: Enrolment,
  sequence: Sequence,
  template: string,
  variant: string | null,
): void {
  const id = life.ids.message();
  const step = enrolment.step!;
  joinTest(life, sequence, step, variant, id);
  life.changes.messages.push({
    id,
    key: keyOf(life, sequence.name, enrolment.id, step),
    enrolment: enrolment.id,
    sequence: sequence.name,
    step,
    template,
    variant,
    priority: sequence.priority,
    at: life.now,
    due: Math.min(life.now, enrolment.since),
  });
  life.messages.set(id, {
    id,
    recipient: life.lead.email,
    enrolment: enrolment.id,
    sequence: sequence.name,
    step,
    template,
    variant,
    state: "queued",
    sentAt: null,
    doneAt: null,
    openedAt: null,
    clickedAt: null,
    repliedAt: null,
    unsubscribedAt: null,
    bouncedAt: null,
    machineAt: null,
    hits: { links: 0, list: [] },
  });
}

/** The mail of a test that is not decided counts for it. */
function joinTest(
  life: Life,
  sequence: Sequence,
  stepId: string,
  variant: string | null,
  message: number,
): void {
  const step = sequence.steps[stepId];
  if (variant === null || step?.kind !== "ab" || winnerOf(life, sequence, step) !== null) return;
  const test = testKey(life.programme, sequence, step);
  life.changes.trials.push({ test, variant, message, at: life.now });
}

function winnerOf({ programme }: Life, sequence: Sequence, step: AbStep): string | null {
  return programme.winners.get(abKey(sequence, step)) ?? null;
}

function stepFacts(life: Life, enrolment: Enrolment, sequence: Sequence): StepFacts {
  const { since } = enrolment;
  return {
    now: life.now,
    since,
    settle: life.programme.settings.tracking.settle,
    email: life.lead.email,
    mail(step) {
      for (const message of life.messages.values()) {
        if (message.enrolment !== enrolment.id || message.step !== step) continue;
        return isDone(message.state) ? { doneAt: message.doneAt ?? life.now } : "open";
      }
      return null;
    },
    holds: (condition) => holds(life, condition, { enrolment }),
    happened: (condition, before) => holds(life, condition, { enrolment, since, before }),
    settling(condition, before) {
      if (!holds(life, condition, { enrolment, since, before, unsettled: true })) return null;
      return settledAt(life);
    },
    winner: (test) => winnerOf(life, sequence, test),
    localTime(text, after) {
      const window =
        sequence.window === null ? undefined : life.programme.settings.windows.get(sequence.window);
      const { company } = life.programme.settings;
      const zone = window?.zone ?? "lead";
      const place =
        zone === "lead"
          ? zoneOf(life.lead.attributes, company)
          : zone === "company"
            ? zoneOf({}, company)
            : zone;
      return untilLocal(text, place, after);
    },
  };
}
