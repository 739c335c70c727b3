import { gate } from "../email/gate.ts";
import type { Counted } from "../email/messages.store.ts";
import { eventInput, type Input } from "../events/input.ts";
import type { Instant } from "../instant.ts";
import { advance, nextDue } from "../lifecycle/advance.ts";
import { changeMessage, type Life } from "../lifecycle/life.ts";
import { hear } from "../lifecycle/reduce.ts";
import { gateFacts } from "../sending/facts.ts";
import { templateFor } from "../sending/render.ts";

/** A mail of a sequence that waits in the outbox. */
export interface QueuedMail {
  readonly id: number;
  readonly enrolment: number | null;
  readonly sequence: string | null;
  readonly step: string | null;
  readonly template: string;
  readonly variant: string | null;
  readonly priority: number;
  readonly dueAt: Instant;
  /** Why the gate put it off. */
  readonly reason: string | null;
}

/** A mail that would leave. */
export interface AheadMail {
  readonly at: Instant;
  readonly sequence: string;
  readonly enrolment: number | null;
}

/**
 * Lives a lead on to `until`, in memory, as the jobs would: time, then the outbox at each instant, most urgent first.
 * A mail that passes the gate is taken as sent at that instant; rates are not asked, and nobody opens or clicks.
 */
export function liveAhead(
  life: Life,
  queued: readonly QueuedMail[],
  counted: readonly Counted[],
  until: Instant,
): AheadMail[] {
  const sent: AheadMail[] = [];
  const against = [...counted];
  let waiting = [...queued];
  let known = 0;
  const takeIn = () => {
    const { messages, wake } = life.changes;
    if (waiting.length === 0 && messages.length === known) return wake.clear();
    for (; known < messages.length; known++) {
      const mail = messages[known]!;
      waiting.push({ ...mail, dueAt: mail.at, reason: null });
    }
    waiting = waiting
      .filter(({ id }) => !isOver(life, id))
      .map((mail) => (isIn(wake, mail.reason) ? { ...mail, dueAt: life.now } : mail));
    wake.clear();
  };
  for (;;) {
    takeIn();
    const next = earliest(nextDue(life), waiting);
    if (next === null || next > until) {
      advance(life, until);
      return sent;
    }
    advance(life, next);
    takeIn();
    const due = waiting.filter(({ dueAt }) => dueAt <= life.now).sort(byUrgency);
    if (due.length === 0) continue;
    waiting = waiting.filter(({ dueAt }) => dueAt > life.now);
    const dropped: Input[] = [];
    const left: Input[] = [];
    for (const asked of due) {
      // A step that has moved may send another mail.
      const { template: name, step, variant } = life.messages.get(asked.id) ?? asked;
      const mail = { ...asked, template: name, step, variant };
      const template = templateFor(life, mail.template);
      const topic = template?.topic ?? null;
      const { programme, now } = life;
      const decision = gate(
        gateFacts({ programme, now, counted: against }, { ...mail, kind: "sequence", topic }, life),
      );
      if (decision.do === "defer" || decision.do === "wait") {
        const { until: dueAt, reason } = decision;
        if (dueAt !== null) waiting.push({ ...mail, dueAt, reason });
      } else if (decision.do === "drop" || !template) {
        changeMessage(life, mail.id, { state: "dropped", doneAt: now });
        dropped.push({ kind: "done", message: mail.id });
      } else {
        changeMessage(life, mail.id, { state: "sent", sentAt: now, doneAt: now });
        against.push({ id: mail.id, lead: life.lead.id, sequence: mail.sequence, at: now });
        left.push(eventInput("email.sent", "system", propertiesOf(mail), { at: now, message: mail.id }));
        if (mail.sequence !== null)
          sent.push({ at: now, sequence: mail.sequence, enrolment: mail.enrolment });
      }
    }
    for (const input of [...dropped, ...left]) hear(life, { at: life.now, live: true, inputs: [input] });
  }
}

function propertiesOf({ template, variant, sequence, step }: QueuedMail) {
  return { template, ...(variant === null ? {} : { variant }), sequence, step };
}

function isIn(reasons: ReadonlySet<string>, reason: string | null): boolean {
  return reason !== null && reasons.has(reason);
}

function isOver(life: Life, id: number): boolean {
  const state = life.messages.get(id)?.state;
  return state !== undefined && state !== "queued" && state !== "sending";
}

function earliest(due: Instant | null, waiting: readonly QueuedMail[]): Instant | null {
  return waiting.reduce((first, { dueAt }) => (first === null || dueAt < first ? dueAt : first), due);
}

function byUrgency(a: QueuedMail, b: QueuedMail): number {
  return b.priority - a.priority || a.dueAt - b.dueAt || a.id - b.id;
}
