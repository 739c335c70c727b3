import { contentHash } from "../conditions/hash.ts";
import type { DealStep, NotifyStep, SetStep, WebhookStep } from "../sequences/definition.ts";
import type { Enrolment } from "../sequences/enrolment.ts";
import type { Reason } from "../reps/reason.ts";
import { follow, type Life } from "./life.ts";

/** Does what a step says that is no mail. */
export function act(
  life: Life,
  enrolment: Enrolment,
  step: SetStep | NotifyStep | DealStep | WebhookStep,
): void {
  // Before now where the lead catches up on what a restored backup had lived already.
  const at = Math.min(life.now, enrolment.since);
  switch (step.kind) {
    case "set":
      return follow(life, "lead.updated", { attributes: step.attributes });
    case "notify":
      return notify(life, "sequence", null, step.to, { note: step.note, sequence: enrolment.sequence }, at);
    case "deal":
      return openDeal(life);
    case "webhook":
      life.changes.webhooks.push({
        webhook: step.name,
        event: "sequence.webhook",
        data: { email: life.lead.email, sequence: enrolment.sequence, step: step.id },
        at,
      });
      return;
    default:
      throw new Error(`unknown act: ${JSON.stringify(step satisfies never)}`);
  }
}

export function notify(
  life: Life,
  kind: string,
  rule: number | null,
  to: string,
  reason: Partial<Reason>,
  at = life.now,
): void {
  life.state.noticed[kind] = life.now;
  life.changes.notices.push({
    id: life.ids.notice(),
    kind,
    rule,
    to,
    at,
    reason: {
      to,
      model: null,
      from: null,
      now: null,
      total: null,
      event: null,
      seq: null,
      note: null,
      sequence: null,
      ...reason,
    },
  });
}

/**
 * What the lead's next deal is called. Made of the address, so that history brought over from another installation can't
 * meet a deal of somebody else's; and of the number, since an address may be another lead's after a rename.
 */
export function newDealId(life: Life): string {
  return contentHash([life.lead.email, life.lead.id, life.state.deals.count + 1]);
}

/** One deal a lead is open at a time; a second trigger opens no second. */
export function openDeal(life: Life): void {
  if (life.state.deals.open.length > 0) return;
  const deal = newDealId(life);
  if (life.queue.some((waiting) => waiting.type === "deal.opened")) return;
  follow(life, "deal.opened", { deal, stage: "open" });
}
