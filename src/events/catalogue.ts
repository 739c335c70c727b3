import type { Actor } from "./event.ts";

/** The fixed names of spec/events.md and who acts in each. Other names are free. */
export const CATALOGUE: Readonly<Record<string, readonly Actor[]>> = {
  "lead.created": ["system"],
  "lead.updated": ["system"],
  "email.sent": ["system"],
  "email.delivered": ["system"],
  "email.bounced": ["system"],
  "email.opened": ["lead"],
  "email.clicked": ["lead"],
  "email.replied": ["lead"],
  "email.complained": ["lead"],
  "email.unsubscribed": ["lead"],
  "page.viewed": ["lead"],
  "form.submitted": ["lead"],
  "content.downloaded": ["lead"],
  "webinar.registered": ["lead"],
  "webinar.attended": ["lead"],
  "demo.requested": ["lead"],
  "proposal.requested": ["lead"],
  "trial.started": ["lead"],
  "call.made": ["lead"],
  "event.attended": ["lead"],
  "support.requested": ["lead"],
  "lead.referred": ["lead"],
  "notice.sent": ["system"],
  "notice.escalated": ["system"],
  "notice.answered": ["rep"],
  "rep.noted": ["rep"],
  "deal.opened": ["rep", "system"],
  "deal.moved": ["rep", "system"],
  "deal.won": ["rep", "system"],
  "deal.lost": ["rep", "system"],
  "consent.given": ["lead"],
  "consent.asked": ["lead"],
  "consent.withdrawn": ["lead"],
  "sequences.paused": ["rep", "lead", "system"],
  "sequences.resumed": ["rep", "lead", "system"],
};

const NAME = /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$/;

/** Lower case, dots between words: `page.viewed`, `course.finished`. */
export function isEventName(name: string): boolean {
  return name.length <= 100 && NAME.test(name);
}

/** The actor where none is said: the catalogue's first, `lead` for free names. */
export function defaultActor(type: string): Actor {
  return CATALOGUE[type]?.[0] ?? "lead";
}
