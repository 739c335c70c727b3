import { insertMany, updateMany } from "../db/batch.store.ts";
import type { Db, Row } from "../db/tables.ts";
import { askAgain } from "../email/messages.store.ts";
import { domainOf } from "../leads/address.ts";
import type { Instant } from "../instant.ts";
import type { Programme } from "../programme/programme.ts";
import type { Lived } from "./lived.ts";

export async function writeMessages(db: Db, lived: readonly Lived[], programme: Programme): Promise<void> {
  await renameMessages(db, lived);
  const asked = lived.flatMap(({ after }) =>
    after.changes.messages.map((message): Row<"messages"> => ({
      id: message.id,
      message_key: message.key,
      kind: "sequence",
      lead_id: after.lead.id,
      recipient: after.lead.email,
      enrolment_id: message.enrolment,
      sequence: message.sequence,
      step: message.step,
      template: message.template,
      template_hash: null,
      variant: message.variant,
      locale: null,
      subject: null,
      variables: null,
      state: "queued",
      queued_at: message.at,
      due_at: message.due,
      priority: message.priority,
      domain: domainOf(after.lead.email),
      attempt: 0,
      tries: 0,
      lease_until: null,
      gated_at: null,
      sent_at: null,
      done_at: null,
      decision: null,
      reason: null,
      until: null,
      opened_at: null,
      clicked_at: null,
      replied_at: null,
      unsubscribed_at: null,
      bounced_at: null,
      machine_at: null,
      hits: '{"links":0,"list":[]}',
      programme: programme.hash,
    })),
  );
  if (asked.length > 0) await insertMany(db, "messages", asked, { onConflict: "nothing" });
  const marked = lived.flatMap(({ before, after }) =>
    after.messages
      .filter((message) => before.messages.some((other) => other.id === message.id && other !== message))
      .map((message) => ({
        id: message.id,
        opened_at: message.openedAt,
        clicked_at: message.clickedAt,
        replied_at: message.repliedAt,
        unsubscribed_at: message.unsubscribedAt,
        bounced_at: message.bouncedAt,
        machine_at: message.machineAt,
        hits: JSON.stringify(message.hits),
      })),
  );
  if (marked.length > 0) {
    await updateMany(
      db,
      "messages",
      ["id"],
      ["opened_at", "clicked_at", "replied_at", "unsubscribed_at", "bounced_at", "machine_at", "hits"],
      marked,
    );
  }
  for (const { before, after } of lived) {
    for (const message of after.messages) {
      if (
        message.state !== "bounced" ||
        before.messages.some((other) => other.id === message.id && other.state === "bounced")
      )
        continue;
      await db
        .updateTable("messages")
        .set({ state: "bounced", done_at: message.doneAt })
        .where("id", "=", message.id)
        .execute();
    }
    // One that is being sent is the gate's: it asks again right before it leaves.
    for (const { message, reason } of after.changes.dropped) {
      await db
        .updateTable("messages")
        .set({
          state: "dropped",
          decision: "drop",
          reason,
          done_at: after.messages.find((m) => m.id === message)!.doneAt,
        })
        .where("id", "=", message)
        .where("state", "=", "queued")
        .execute();
    }
  }
}

export async function wakeMails(db: Db, lived: readonly Lived[], now: Instant): Promise<void> {
  for (const reason of ["paused", "window", "cap", "unconfirmed"] as const) {
    const woken = lived.filter(({ after }) => after.changes.wake.has(reason));
    await askAgain(
      db,
      woken.map(({ after }) => after.lead.id),
      reason,
      now,
    );
  }
}

/** Before new ones are asked for, which may have an id that one of these leaves. */
async function renameMessages(db: Db, lived: readonly Lived[]): Promise<void> {
  const renamed = lived.flatMap(({ after }) => after.changes.renamed);
  if (renamed.length === 0) return;
  // Two that change places would meet on the way.
  const aside = renamed.map(({ message, key }) => ({ id: message, message_key: `moving/${message}/${key}` }));
  await updateMany(db, "messages", ["id"], ["message_key"], aside);
  const there = renamed.map(({ message, key, step }) => ({ id: message, message_key: key, step }));
  await updateMany(db, "messages", ["id"], ["message_key", "step"], there);
  for (const { message, template, variant } of renamed) {
    // One that is being sent is made already.
    await db
      .updateTable("messages")
      .set({ template, variant })
      .where("id", "=", message)
      .where("state", "=", "queued")
      .execute();
  }
}
