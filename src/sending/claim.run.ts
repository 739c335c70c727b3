import { placeOf } from "../calendar/place.ts";
import { parseMailbox } from "../leads/address.ts";
import type { Db } from "../db/tables.ts";
import { gate, type CountedCap, type GateDecision, type GateFacts, type MailKind } from "../email/gate.ts";
import { isHeld } from "../email/hold.store.ts";
import {
  countedMails,
  dueMessages,
  lockOutbox,
  recordDecisions,
  saveMessages,
  tellHeld,
  type Counted,
  type DecisionRow,
  type MessageRow,
} from "../email/messages.store.ts";
import { appendToInbox } from "../events/inbox.store.ts";
import { MINUTE, type Instant } from "../instant.ts";
import type { Happening } from "../lifecycle/changes.ts";
import { consentOf, glance, lookAt } from "../lifecycle/look.ts";
import type { Life } from "../lifecycle/life.ts";
import { loadSnapshots } from "../lifecycle/snapshot.store.ts";
import type { Programme } from "../programme/programme.ts";
import type { Outbox, Outgoing } from "./outbox.ts";
import { readAllowance } from "./allowance.run.ts";
import { choose, renderMail, urlsOf, type Body } from "./render.ts";
import { signToken } from "../email/token.ts";

/** Renewed while an attempt is under way: only a worker that died or froze loses it. */
export const LEASE = MINUTE;

/** Up to when a hold has been told to what was due. */
const told = new WeakMap<Outbox, Instant>();

/** During a hold: what was due before this knows it. A minute is left for what was queued late. */
export function toldOfHold(outbox: Outbox): Instant {
  return (told.get(outbox) ?? 0) - MINUTE;
}

export interface Claimed {
  readonly mails: readonly Outgoing[];
  /** How many rows were looked at: 0 means that nothing is due. */
  readonly looked: number;
}

/**
 * Takes at most `free` due messages, most urgent first: asks the gate, keeps its answer, and for those that may leave
 * writes `sending`, a lease and an attempt number. All of it is committed before anybody connects.
 */
export async function claim(outbox: Outbox, free: number): Promise<Claimed> {
  const { spine } = outbox;
  const { mails, looked, happenings } = await spine.db.unit(async (trx) => {
    await lockOutbox(trx);
    const now = spine.clock.now();
    const happened: Happening[] = [];
    if (await isHeld(trx)) {
      const looked = await holdBack(trx, toldOfHold(outbox), now, free);
      if (looked < free) told.set(outbox, now);
      return { mails: [], looked, happenings: happened };
    }
    told.delete(outbox);
    const programme = spine.programme();
    const allowance = await readAllowance(trx, programme.settings.mail.rate, now);
    const due = allowance.take(
      await dueMessages(trx, now, allowance.blocked, Math.min(free, allowance.left)),
    );
    if (due.length === 0) return { mails: [], looked: 0, happenings: happened };
    const decided = await decide(outbox, trx, due, programme, now);
    await saveMessages(
      trx,
      decided.map(({ row }) => row),
    );
    await recordDecisions(
      trx,
      decided.map(({ row }) => decisionRow(row, now)),
    );
    // The spine hears of what will never be sent, so that its sequence goes on.
    await appendToInbox(
      trx,
      decided
        .filter(({ row }) => row.done_at !== null && row.lead_id !== null)
        .map(({ row }) => ({
          to: { lead: row.lead_id! },
          at: now,
          live: true,
          create: "no" as const,
          inputs: [{ kind: "done" as const, message: row.id }],
        })),
    );
    for (const { row, email } of decided) tell(happened, row, email, now);
    return { mails: decided.flatMap(({ mail }) => mail ?? []), looked: due.length, happenings: happened };
  });
  if (happenings.length > 0) spine.observe?.(happenings);
  return { mails, looked };
}

interface Decided {
  readonly row: MessageRow;
  readonly email: string;
  readonly mail: Outgoing | null;
}

async function decide(
  outbox: Outbox,
  trx: Db,
  due: readonly MessageRow[],
  programme: Programme,
  now: Instant,
): Promise<Decided[]> {
  const leads = [...new Set(due.flatMap((row) => row.lead_id ?? []))];
  const snapshots = await loadSnapshots(trx, leads, []);
  const lives = new Map<number, Life>(
    [...snapshots].map(([id, snapshot]) => [id, lookAt(snapshot, programme, now)]),
  );
  const counted = await countedMails(trx, leads, now - longestCap(programme));
  return due.map((row) => {
    const life = row.lead_id === null ? undefined : lives.get(row.lead_id);
    const decided = decideOrFail(outbox, row, life, counted, programme, now);
    // A mail that leaves now counts against the caps of the lead's next one in this very batch.
    if (decided.mail && row.lead_id !== null && row.kind === "sequence") {
      counted.push({ id: row.id, lead: row.lead_id, sequence: row.sequence, at: now });
    }
    return decided;
  });
}

/** One mail that can't be made never stalls the others. */
function decideOrFail(...asked: Parameters<typeof decideOne>): Decided {
  const [{ spine }, row, , , , now] = asked;
  try {
    return decideOne(...asked);
  } catch (error) {
    const reason = `it can't be made: ${error instanceof Error ? error.message : String(error)}`;
    spine.warn("a mail can't be made", { message: row.id, reason });
    return { row: { ...dropped(row, reason, now), state: "failed" }, email: row.recipient, mail: null };
  }
}

function decideOne(
  outbox: Outbox,
  row: MessageRow,
  life: Life | undefined,
  counted: readonly Counted[],
  programme: Programme,
  now: Instant,
): Decided {
  if (row.kind !== "sequence" && row.kind !== "confirmation")
    return leave(outbox, row, life, null, programme, now);
  if (!life) return { row: dropped(row, "erased", now), email: row.recipient, mail: null };
  const chosen = choose(life, row);
  const facts = factsFor(row, life, chosen?.template.topic ?? null, counted, programme, now);
  const decision = gate(facts);
  const email = life.lead.email;
  switch (decision.do) {
    case "send":
      if (!chosen) return { row: dropped(row, "no such template", now), email, mail: null };
      return leave(outbox, row, life, chosen, programme, now);
    case "drop":
      return { row: dropped(row, decision.detail ?? decision.reason, now), email, mail: null };
    case "defer":
    case "wait":
      return { row: deferred(row, decision, now), email, mail: null };
    default:
      throw new Error(`unknown decision: ${JSON.stringify(decision satisfies never)}`);
  }
}

function factsFor(
  row: MessageRow,
  life: Life,
  topic: string | null,
  counted: readonly Counted[],
  programme: Programme,
  now: Instant,
): GateFacts {
  const { settings } = programme;
  const sequence = row.sequence === null ? undefined : programme.sequences.get(row.sequence);
  const window = sequence?.window ? settings.windows.get(sequence.window) : undefined;
  const mine = counted.filter((mail) => mail.lead === row.lead_id && mail.id !== row.id);
  const caps: CountedCap[] = settings.caps.map((cap) => ({ ...cap, counted: mine.map((mail) => mail.at) }));
  for (const cap of sequence?.caps ?? []) {
    caps.push({
      ...cap,
      counted: mine.filter((mail) => mail.sequence === row.sequence).map((mail) => mail.at),
    });
  }
  return {
    now,
    kind: row.kind as MailKind,
    held: false,
    suppressed: life.lead.suppressed,
    consent: {
      required: settings.consent.required,
      state: consentOf(life, topic),
      confirmed: life.lead.confirmed,
    },
    enrolment: row.enrolment_id === null ? null : glance(life, row.enrolment_id),
    pausedUntil: life.lead.pausedUntil,
    caps,
    window: window ? { window, ...placeOf(window, life.lead.attributes, settings.company) } : null,
    rateAllows: null,
  };
}

/** Writes the claim, with what the mail will say: it can be shown again from its row for ever. */
function leave(
  outbox: Outbox,
  row: MessageRow,
  life: Life | undefined,
  chosen: ReturnType<typeof choose>,
  programme: Programme,
  now: Instant,
): Decided {
  const { mail: settings, tracking } = programme.settings;
  const claimed: MessageRow = {
    ...row,
    state: "sending",
    attempt: row.attempt + 1,
    lease_until: now + LEASE,
    gated_at: now,
    decision: "send",
    reason: null,
    until: null,
    programme: programme.hash,
  };
  const email = life?.lead.email ?? row.recipient;
  if (!chosen) {
    const body = JSON.parse(row.variables ?? "{}") as Body;
    const mail = { row: claimed, from: settings.from, ...body, unsubscribeUrl: null, listTitle: null };
    return { row: claimed, email, mail };
  }
  const { template, variables } = chosen;
  const urls = urlsOf(row, template, outbox.tokenKeys, outbox.baseUrl, tracking);
  const rendered = renderMail(template, variables, urls);
  const full: MessageRow = {
    ...claimed,
    template_hash: template.hash,
    locale: template.locale,
    subject: rendered.subject,
    variables: JSON.stringify(variables),
    hits: row.hits.replace(/"links":\d+/, `"links":${template.links.length}`),
  };
  const sequence = row.sequence === null ? undefined : programme.sequences.get(row.sequence);
  const mail: Outgoing = {
    row: full,
    from: (template.from === null ? null : parseMailbox(template.from)) ?? settings.from,
    subject: rendered.subject,
    html: rendered.html,
    text: rendered.text,
    unsubscribeUrl: `${outbox.baseUrl}/t/u/${signToken(outbox.tokenKeys, "unsubscribe", { message: row.id })}`,
    listTitle: sequence?.title ?? null,
  };
  return { row: full, email, mail };
}

function dropped(row: MessageRow, reason: string, now: Instant): MessageRow {
  return { ...row, state: "dropped", done_at: now, decision: "drop", reason, until: null };
}

function deferred(
  row: MessageRow,
  decision: Extract<GateDecision, { readonly do: "defer" | "wait" }>,
  now: Instant,
): MessageRow {
  const { reason, until } = decision;
  return { ...row, decision: "defer", reason, until, due_at: until ?? Math.max(row.due_at, now) };
}

function decisionRow(row: MessageRow, at: Instant): DecisionRow {
  return { message_id: row.id, at, decision: row.decision!, reason: row.reason, until: row.until };
}

function tell(happened: Happening[], row: MessageRow, email: string, at: Instant): void {
  if (row.kind !== "sequence") return;
  const { template, sequence, step, reason, until } = row;
  if (row.state === "dropped")
    happened.push({ at, email, what: "message.dropped", template, sequence, step, reason });
  else if (row.decision === "defer") {
    happened.push({ at, email, what: "message.deferred", template, sequence, step, until, reason });
  }
}

/** While all mail is on hold the due ones say so, once. */
async function holdBack(trx: Db, since: Instant, now: Instant, limit: number): Promise<number> {
  const ids = await tellHeld(trx, since, now, limit);
  await recordDecisions(
    trx,
    ids.map((id) => ({ message_id: id, at: now, decision: "defer", reason: "held", until: null })),
  );
  return ids.length;
}

function longestCap(programme: Programme): number {
  let longest = 0;
  for (const cap of programme.settings.caps) longest = Math.max(longest, cap.in);
  for (const sequence of programme.sequences.values()) {
    for (const cap of sequence.caps) longest = Math.max(longest, cap.in);
  }
  return longest;
}
