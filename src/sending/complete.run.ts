import { askAgain, type MessageRow } from "../email/messages.store.ts";
import { appendToInbox } from "../events/inbox.store.ts";
import { eventInput, type Input } from "../events/input.ts";
import type { Db } from "../db/tables.ts";
import type { Instant } from "../instant.ts";
import type { Happening } from "../lifecycle/changes.ts";
import { completeAttempt } from "./attempts.store.ts";
import type { Outbox, Outgoing } from "./outbox.ts";
import { afterAttempt, type Attempt, type Next } from "./retry.ts";

/** What the server said to one attempt. */
export interface Answered {
  readonly mail: Outgoing;
  readonly attempt: Attempt;
}

/** Writes what became of each attempt, with the event that the spine hears of; tells which mails are sent. */
export async function complete(
  { spine }: Outbox,
  trx: Db,
  answers: readonly Answered[],
): Promise<Happening[]> {
  const now = spine.clock.now();
  const { inDoubt } = spine.programme().settings.mail;
  const done: { row: MessageRow; next: Next }[] = [];
  for (const { mail, attempt } of answers) {
    const next = afterAttempt(attempt, mail.row.tries, now, inDoubt);
    const mine = await completeAttempt(trx, completion(mail.row, next, now));
    if (mine) done.push({ row: mail.row, next });
    else
      spine.warn("a late answer is refused: the lease ran out", {
        message: mail.row.id,
        outcome: attempt.outcome,
      });
  }
  await report(trx, done, now);
  await askAgain(trx, freed(done), "cap", now);
  return done
    .filter(({ row, next }) => next.state === "sent" && row.kind === "sequence")
    .map(({ row }) => ({
      at: now,
      email: row.recipient,
      what: "message.sent",
      template: row.template,
      variant: row.variant,
      locale: row.locale,
      subject: row.subject,
      sequence: row.sequence,
      step: row.step,
      message: row.id,
    }));
}

/** Leads of mails that will not arrive: they have not had what a cap counted while it was being sent. */
function freed(done: readonly { row: MessageRow; next: Next }[]): number[] {
  return done.flatMap(({ row, next }) =>
    row.lead_id !== null && (next.state === "bounced" || next.state === "failed") ? row.lead_id : [],
  );
}

function completion(row: MessageRow, next: Next, now: Instant) {
  const final = next.state !== "queued";
  return {
    id: row.id,
    attempt: row.attempt,
    state: next.state,
    tries: next.state === "queued" ? row.tries + 1 : row.tries,
    due_at: next.state === "queued" ? next.at : row.due_at,
    sent_at: next.state === "sent" ? now : null,
    done_at: final ? now : null,
    bounced_at: next.state === "bounced" ? now : null,
    reason: next.state === "sent" ? null : next.reason,
  };
}

/** The outcome is an event, back at the top of the spine. Mail to our own people has no lead to tell. */
export async function report(
  trx: Db,
  done: readonly { row: MessageRow; next: Next }[],
  now: Instant,
): Promise<void> {
  await appendToInbox(
    trx,
    done.flatMap(({ row, next }) => {
      const input = outcome(row, next, now);
      return input && row.lead_id !== null && row.kind === "sequence"
        ? [{ to: { lead: row.lead_id }, at: now, live: true, create: "no" as const, inputs: [input] }]
        : [];
    }),
  );
}

function outcome(row: MessageRow, next: Next, at: Instant): Input | null {
  const { template, variant, sequence, step } = row;
  const about = { template, ...(variant === null ? {} : { variant }), sequence, step };
  switch (next.state) {
    case "sent":
      return eventInput("email.sent", "system", about, { at, message: row.id });
    case "bounced": {
      const { class: kind, status, code, counts } = next.bounce;
      const properties = {
        ...about,
        class: kind,
        status: status ?? String(code),
        reason: next.bounce.reason,
        // Soft, and nothing against the address.
        ...(kind === "soft" && !counts ? { counts } : {}),
      };
      return eventInput("email.bounced", "system", properties, { at, message: row.id });
    }
    case "failed":
    case "in_doubt":
      return { kind: "done", message: row.id };
    case "queued":
      return null;
    default:
      throw new Error(`unknown outcome: ${JSON.stringify(next satisfies never)}`);
  }
}
