import type { GateDecision } from "../email/gate.ts";
import { formatInstant, type Instant } from "../instant.ts";
import { consentLog } from "./consent-log.ts";
import type { LeadExplained, MailAhead } from "./explain-lead.run.ts";
import { reactionWords, whyAsked, whyStanding } from "./lead-mails.ts";
import { nextThings, obstacleWords, whyNoMail, type LeadThing } from "./lead-next.ts";
import { tellerOf } from "./lead-text.ts";
import type { MailRow } from "./lead.store.ts";
import { decisionWords } from "./mail-words.ts";

/** The same answers for programs: names as in the API, instants ISO 8601 in UTC, words as in the text. */
export function leadJson(of: LeadExplained) {
  const { lead } = of;
  return {
    email: lead.email,
    at: formatInstant(of.now),
    stage: lead.stage,
    owner: lead.owner,
    suppressed: lead.suppressed,
    suppressed_at: shown(of.suppression?.at ?? null),
    consents: consentLog(of.log).map((entry) => ({ ...entry, at: formatInstant(entry.at) })),
    paused_until: shown(lead.pausedUntil),
    scores: scoresOf(of),
    no_mail: whyNoMail(of, moment).map(thingOf),
    mails: of.mails.map((mail) => mailOf(of, mail)),
    enrolments: of.enrolments.map((row) => ({
      sequence: row.sequence,
      definition: row.definition,
      step: row.step,
      entered_at: formatInstant(row.entered_at),
      next_at: shown(row.due_at),
      next_mail: nextMailOf(of, row.id),
      ended_at: shown(row.ended_at),
      outcome: row.outcome,
      holdout: row.holdout === 1,
    })),
    next: nextThings(of, moment).map(thingOf),
  };
}

function scoresOf(of: LeadExplained) {
  const told = tellerOf(of);
  return of.scores.map(
    ({ explanation: { model, total, raw, temperature, reached, parts, crossings, next } }) => ({
      model,
      total,
      raw,
      temperature,
      marks: reached,
      since: shown(crossings.findLast(({ kind }) => kind === "temperature")?.at ?? null),
      next_crossing_at: shown(next?.at ?? null),
      next_temperature: next?.temperature ?? null,
      parts: parts.map((part) => {
        if (part.part === "inactivity") return { ...part, since: formatInstant(part.since) };
        if (part.part !== "engagement") return part;
        const events = part.events.map((fed) => ({ ...fed, at: formatInstant(fed.at), words: told(fed) }));
        return { ...part, events };
      }),
    }),
  );
}

function mailOf(of: LeadExplained, mail: MailRow) {
  const ahead = of.queued.get(mail.id);
  return {
    id: mail.id,
    state: mail.state,
    subject: mail.subject,
    template: mail.template,
    template_version: mail.template_hash,
    programme: mail.programme,
    sequence: mail.sequence,
    step: mail.step,
    variant: mail.variant,
    queued_at: formatInstant(mail.queued_at),
    sent_at: shown(mail.sent_at),
    opened_at: shown(mail.opened_at),
    clicked_at: shown(mail.clicked_at),
    replied_at: shown(mail.replied_at),
    unsubscribed_at: shown(mail.unsubscribed_at),
    bounced_at: shown(mail.bounced_at),
    machine_at: shown(mail.machine_at),
    why: [whyAsked(mail, of), whyStanding(mail, of, moment), ...reactionWords(mail, moment)].filter(
      (words) => words !== null,
    ),
    decisions: (of.decisions.get(mail.id) ?? []).map((row) => ({
      at: formatInstant(row.at),
      decision: row.decision,
      reason: row.reason,
      until: shown(row.until),
      words: decisionWords(row, moment),
    })),
    ahead: ahead ? aheadOf(ahead) : null,
  };
}

function nextMailOf({ nextMails }: LeadExplained, enrolment: number) {
  const next = nextMails.get(enrolment);
  return next ? { templates: next.templates, asked_at: formatInstant(next.askedAt), ...aheadOf(next) } : null;
}

/** `at`: when it leaves at the earliest; null where it never will, or not before somebody acts. */
function aheadOf({ outlook, obstacles }: MailAhead) {
  return {
    will: outlook.do,
    at: outlook.do === "send" ? formatInstant(outlook.at) : null,
    obstacles: obstacles.map(obstacleOf),
  };
}

function obstacleOf(decision: GateDecision) {
  const until = "until" in decision ? shown(decision.until) : null;
  const reason = "reason" in decision ? decision.reason : null;
  return { do: decision.do, reason, until, words: obstacleWords(decision, moment) };
}

function thingOf({ at, words, why, about }: LeadThing) {
  return { at: shown(at), words, why, about };
}

function moment(at: Instant): string {
  return formatInstant(Math.min(at, LAST));
}

function shown(at: Instant | null): string | null {
  return at === null ? null : moment(at);
}

/** 9999-12-31T23:59:59.999Z: the last that every program reads; later means for good. */
const LAST: Instant = 253_402_300_799_999;
