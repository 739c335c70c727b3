import type { Message } from "../email/message.ts";
import type { Programme } from "../programme/programme.ts";
import { chooseVariant, stableShare } from "../sequences/share.ts";
import type { Sequence, Step } from "../sequences/definition.ts";
import type { Enrolment } from "../sequences/enrolment.ts";
import { migration } from "../sequences/migrate.ts";
import { dropMail, endEnrolment, keyOf, openEnrolments } from "./enrol.ts";
import { changeEnrolment, changeMessage, happened, type Life } from "./life.ts";

/** Whether the enrolment runs a definition that this programme has, or lets it finish. */
export function isAtHome(programme: Programme, { sequence, definition }: Enrolment): boolean {
  if (programme.sequences.get(sequence)?.hash === definition) return true;
  return programme.earlier.get(definition)?.inFlight === "keep";
}

/** What becomes of those who are in a sequence that is another one now: they go on in it, finish the old one, or exit. */
export function takeOverEnrolments(life: Life): void {
  const { sequences, earlier } = life.programme;
  for (const enrolment of openEnrolments(life)) {
    if (isAtHome(life.programme, enrolment)) continue;
    const now = sequences.get(enrolment.sequence);
    const before = earlier.get(enrolment.definition);
    if (!now || before?.inFlight === "exit") endEnrolment(life, enrolment, "exited");
    // Of a definition that nobody kept the ids are all that is known.
    else goOn(life, enrolment, before?.sequence ?? now, now);
  }
}

const TAKE_NO_TIME = new Set<Step["kind"] | undefined>(["branch", "set", "notify", "deal", "webhook"]);

function goOn(life: Life, enrolment: Enrolment, from: Sequence, to: Sequence): void {
  const { place } = between(from, to);
  for (const message of life.messages.values()) {
    if (message.enrolment === enrolment.id && message.step !== null)
      moveMail(life, message, message.step, from, to);
  }
  const { to: step, how } = place(enrolment.step);
  const moved = changeEnrolment(life, enrolment.id, {
    definition: to.hash,
    step,
    ...(how === "gone" ? { since: life.now, dueAt: null } : {}),
    // Nobody has stood there for long: under its id was another kind of step.
    ...(step !== null && TAKE_NO_TIME.has(to.steps[step]?.kind) ? { since: life.now } : {}),
  });
  if (how === "gone" && step !== null) happened(life, "sequence.step", { sequence: moved.sequence, step });
}

/**
 * A mail stays with its step, whatever that is called now, so that nothing is sent twice; and leaves an id that another
 * step has taken, so that nothing is swallowed. What has not left yet is what the step sends now, or is dropped.
 */
function moveMail(life: Life, message: Message, id: string, from: Sequence, to: Sequence): void {
  const before = from.steps[id];
  const { place, repeated } = between(from, to);
  const { to: now, how } = place(id);
  const queued = message.state === "queued";
  if (how === "gone" || now === null) {
    if (queued) dropMail(life, message, "its step was removed");
    else if (repeated.has(id)) return rename(life, message, repeated.get(id)!, message);
    // An own id that comes back is the same step.
    const taken = to.steps[id] !== undefined && (before !== undefined || !to.steps[id].named);
    if (taken) rename(life, message, `${id}~${message.id}`, message);
    return;
  }
  const step = to.steps[now]!;
  const content = queued && step.hash !== before!.hash ? contentOf(life, message, to, step) : message;
  if (content === null) dropMail(life, message, "its step sends no mail any more");
  if (now !== id || (content !== null && content !== message)) rename(life, message, now, content ?? message);
}

type Content = Pick<Message, "template" | "variant">;

/** What the step sends now; null: nothing. A variant that is still there is still the lead's. */
function contentOf(life: Life, message: Message, sequence: Sequence, step: Step): Content | null {
  if (step.kind === "send") return { template: step.template, variant: null };
  if (step.kind !== "ab") return null;
  const variant =
    step.variants.find(({ name }) => name === message.variant) ??
    chooseVariant(step.variants, stableShare("ab", life.lead.email, sequence.name, step.id));
  return { template: variant.template, variant: variant.name };
}

function rename(life: Life, { id, enrolment }: Message, step: string, { template, variant }: Content): void {
  changeMessage(life, id, { step, template, variant });
  const message = life.messages.get(id)!;
  const key = keyOf(life, message.sequence!, enrolment!, step);
  life.changes.renamed.push({ message: id, key, step, template, variant });
}

const plans = new WeakMap<Sequence, WeakMap<Sequence, ReturnType<typeof migration>>>();

/** Worked out once for two definitions, not once a lead. */
function between(from: Sequence, to: Sequence): ReturnType<typeof migration> {
  let known = plans.get(from);
  if (!known) plans.set(from, (known = new WeakMap()));
  let plan = known.get(to);
  if (!plan) known.set(to, (plan = migration(from, to)));
  return plan;
}
