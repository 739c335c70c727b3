import type { Db, Row } from "../db/tables.ts";
import { obstacles, outlook, type GateDecision, type MailKind, type Outlook } from "../email/gate.ts";
import { isHeld } from "../email/hold.store.ts";
import { countedMails } from "../email/messages.store.ts";
import { pickTemplate } from "../email/template.ts";
import type { LoggedEvent } from "../events/event.ts";
import { readLog } from "../events/log.store.ts";
import type { Instant } from "../instant.ts";
import { domainOf } from "../leads/address.ts";
import type { Lead } from "../leads/lead.ts";
import { findLead } from "../leads/leads.store.ts";
import { findSuppressions, type Suppression } from "../leads/suppression.store.ts";
import { holds } from "../lifecycle/facts.ts";
import type { Life } from "../lifecycle/life.ts";
import { lookAt } from "../lifecycle/look.ts";
import { loadSnapshots } from "../lifecycle/snapshot.store.ts";
import type { Spine } from "../lifecycle/spine.ts";
import type { LeadState } from "../lifecycle/state.ts";
import { localesOf, sequenceOf, type Programme } from "../programme/programme.ts";
import { listDeals, type Deal } from "../reps/deals.store.ts";
import { noticesOfLead } from "../reps/notices.store.ts";
import type { Notice } from "../reps/notices.ts";
import { explain, type Explanation } from "../scoring/explain.ts";
import type { Model } from "../scoring/model.ts";
import { rateAllows } from "../sending/allowance.run.ts";
import { gateFacts, longestCap } from "../sending/facts.ts";
import { abKey } from "../sequences/ab.ts";
import type { Entry, Sequence, Step } from "../sequences/definition.ts";
import { decisionsOfMails, enrolmentsOf, historyOf, mailsOf, stateOf, type MailRow } from "./lead.store.ts";

/** What stands between a mail and its leaving, by the gate itself. */
export interface MailAhead {
  /** All that stands against it at the instant from which it could leave: now, or when it will be asked for. */
  readonly obstacles: readonly GateDecision[];
  readonly outlook: Outlook;
}

/** A mail that a sequence will ask for when its wait is over, if nothing else happens. */
export interface NextMail extends MailAhead {
  /** Several where an A/B test that is not decided chooses. */
  readonly templates: readonly string[];
  readonly askedAt: Instant;
}

export interface ScoreExplained {
  readonly model: Model;
  readonly explanation: Explanation;
}

/** All that answers "why this score, why this mail, why not yet, what next". */
export interface LeadExplained {
  readonly now: Instant;
  readonly lead: Lead;
  /** Why the address gets no mail, since when, and who said so; null where it may. */
  readonly suppression: Omit<Suppression, "email"> | null;
  readonly programme: Programme;
  /** All mail is on hold. */
  readonly held: boolean;
  /** In order. */
  readonly log: readonly LoggedEvent[];
  /** By the models that score it. */
  readonly scores: readonly ScoreExplained[];
  /** Newest first, as enrolments and notices. */
  readonly mails: readonly MailRow[];
  /** What the gate said of each mail, oldest first. */
  readonly decisions: ReadonlyMap<number, readonly Row<"message_decisions">[]>;
  /** Of the queued mails, by number. */
  readonly queued: ReadonlyMap<number, MailAhead>;
  readonly enrolments: readonly Row<"enrolments">[];
  /** Entries into sequences whose `if` does not hold now. */
  readonly unmet: ReadonlySet<Entry>;
  /** Of the enrolments whose wait ends in a mail, by number. */
  readonly nextMails: ReadonlyMap<number, NextMail>;
  readonly history: readonly Row<"score_history">[];
  readonly notices: readonly Notice[];
  readonly deals: readonly Deal[];
  readonly state: LeadState | null;
}

/**
 * Reads all about a lead and changes nothing; the caller has drained the inbox. A fixed number of statements, however
 * much has happened. null: there is no such lead.
 *
 * @param email normalised
 */
export async function explainLead(spine: Spine, email: string): Promise<LeadExplained | null> {
  const db = spine.db.kysely;
  const lead = await findLead(db, email);
  if (!lead) return null;
  const now = spine.clock.now();
  const programme = spine.programme();
  const log = (await readLog(db, [lead.id])).get(lead.id) ?? [];
  const kept = await stateOf(db, lead.id);
  const mails = await mailsOf(db, lead.id);
  const enrolments = await enrolmentsOf(db, lead.id);
  const held = await isHeld(db);
  const life = lookAt((await loadSnapshots(db, [lead.id], [])).get(lead.id)!, programme, now);
  const ask = await gateOf(db, life, held, now);
  return {
    now,
    lead,
    suppression: (await findSuppressions(db, spine.suppressionKeys, [email])).get(email) ?? null,
    programme,
    held,
    log,
    scores: programme.models.flatMap((model) => {
      const explanation = explain(model, { created: null, events: log }, now);
      return explanation ? [{ model, explanation }] : [];
    }),
    mails,
    decisions: await decisionsOfMails(
      db,
      mails.map((mail) => mail.id),
    ),
    queued: new Map(
      mails.filter(({ state }) => state === "queued").map((mail) => [mail.id, ask({ ...mail, at: now })]),
    ),
    enrolments,
    unmet: new Set(
      [...programme.sequences.values()]
        .flatMap(({ enter }) => enter)
        .filter((entry) => entry.if !== null && !holds(life, entry.if)),
    ),
    nextMails: new Map(
      enrolments.flatMap((row): [number, NextMail][] => {
        const next = nextMailOf(programme, row);
        if (!next) return [];
        const [template = ""] = next.templates;
        const mail = { id: 0, kind: "sequence", sequence: row.sequence, enrolment_id: row.id, template };
        return [[row.id, { ...next, ...ask({ ...mail, at: next.askedAt }) }]];
      }),
    ),
    history: await historyOf(db, lead.id),
    notices: await noticesOfLead(db, lead.id),
    deals: (await listDeals(db, { lead: lead.id })).deals,
    state: kept && (JSON.parse(kept.state) as LeadState),
  };
}

interface Asked extends Pick<MailRow, "id" | "kind" | "sequence" | "enrolment_id" | "template"> {
  readonly at: Instant;
}

/** The gate for mails to one lead, as the outbox would ask it. */
async function gateOf(db: Db, life: Life, held: boolean, now: Instant): Promise<(mail: Asked) => MailAhead> {
  const { programme, lead } = life;
  const counted = await countedMails(db, [lead.id], now - longestCap(programme));
  const allowed = await rateAllows(db, programme.settings.mail.rate, now, domainOf(lead.email));
  return (mail) => {
    const waiting = {
      id: mail.id,
      kind: mail.kind as MailKind,
      sequence: mail.sequence,
      enrolment: mail.enrolment_id,
      topic: topicOf(life, mail.template),
    };
    const facts = {
      ...gateFacts({ programme, now: Math.max(now, mail.at), counted }, waiting, life),
      held,
      rateAllows: allowed,
    };
    return { obstacles: obstacles(facts), outlook: outlook(facts) };
  };
}

function topicOf({ programme, lead }: Life, template: string): string | null {
  const locales = localesOf(programme, template);
  const wanted = lead.attributes["locale"];
  const { locale } = programme.settings.company;
  return (
    (locales && pickTemplate(locales, typeof wanted === "string" ? wanted : null, locale))?.topic ?? null
  );
}

/** The mail that follows when the time of an open enrolment's step is over; null where none is certain to. */
function nextMailOf(
  programme: Programme,
  row: Row<"enrolments">,
): Pick<NextMail, "templates" | "askedAt"> | null {
  if (row.state !== "open" || row.due_at === null || row.step === null) return null;
  const sequence = sequenceOf(programme, row);
  const step = sequence?.steps[row.step];
  const after = step?.kind === "wait_for" ? step.else : step?.kind === "wait" ? step.next : null;
  const next = after === null ? undefined : sequence?.steps[after];
  if (!sequence || !next || !isMail(next)) return null;
  return { templates: templatesOf(programme, sequence, next), askedAt: row.due_at };
}

type MailStep = Extract<Step, { readonly kind: "send" | "ab" }>;

function isMail(step: Step): step is MailStep {
  return step.kind === "send" || step.kind === "ab";
}

function templatesOf({ winners }: Programme, sequence: Sequence, step: MailStep): string[] {
  if (step.kind === "send") return [step.template];
  const winner = winners.get(abKey(sequence, step));
  return step.variants.flatMap(({ name, template }) =>
    winner === undefined || name === winner ? [template] : [],
  );
}
