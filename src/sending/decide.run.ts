import type { Db } from "../db/tables.ts";
import { askedAgain, restoredAt } from "../email/doubt.store.ts";
import { gate, type GateDecision } from "../email/gate.ts";
import { countedMails, type Counted, type MessageRow } from "../email/messages.store.ts";
import { ONLY_IN_THE_MAIL } from "../email/own-link.ts";
import { signToken } from "../email/token.ts";
import { MINUTE, type Instant } from "../instant.ts";
import { parseMailbox } from "../leads/address.ts";
import type { Life } from "../lifecycle/life.ts";
import { lookAt } from "../lifecycle/look.ts";
import { loadSnapshots } from "../lifecycle/snapshot.store.ts";
import type { Programme } from "../programme/programme.ts";
import { gateFacts, longestCap } from "./facts.ts";
import type { Outbox, Outgoing } from "./outbox.ts";
import { choose, renderMail, urlsOf, type Body } from "./render.ts";

/** Renewed while an attempt is under way: only a worker that died or froze loses it. */
export const LEASE = MINUTE;

/** A due message, what the gate said of it written into its row, and the mail where it may leave. */
export interface Decided {
  readonly row: MessageRow;
  readonly email: string;
  readonly mail: Outgoing | null;
}

/** What is the same for all that is decided in one claim. */
interface Asked {
  readonly outbox: Outbox;
  readonly programme: Programme;
  readonly now: Instant;
  /** Against caps; grows as mails are let go. */
  readonly counted: Counted[];
  /** Messages that a person had sent again after they were in doubt. */
  readonly again: ReadonlySet<number>;
  /** When the database was last restored from a backup. */
  readonly restored: Instant;
}

/**
 * Asks the gate for each, in order; not for those of leads that live under another programme (`behind`): what became of
 * their mails has to be known first.
 */
export async function decide(
  outbox: Outbox,
  trx: Db,
  due: readonly MessageRow[],
  now: Instant,
): Promise<{ readonly decided: Decided[]; readonly behind: readonly number[] }> {
  const programme = outbox.spine.programme();
  const leads = [...new Set(due.flatMap((row) => row.lead_id ?? []))];
  const snapshots = await loadSnapshots(trx, leads, []);
  const behind = new Set<number>();
  for (const [id, lived] of snapshots) {
    if (lived.programme !== null && lived.programme !== programme.hash) behind.add(id);
  }
  const lives = new Map<number, Life>(
    [...snapshots].map(([id, snapshot]) => [id, lookAt(snapshot, programme, now)]),
  );
  const counted = await countedMails(trx, leads, now - longestCap(programme));
  const tried = due.filter((row) => row.attempt > 0).map((row) => row.id);
  const again = await askedAgain(trx, tried);
  const asked: Asked = { outbox, programme, now, counted, again, restored: await restoredAt(trx) };
  const decided = due.flatMap((row) => {
    if (row.lead_id !== null && behind.has(row.lead_id)) return [];
    const one = decideOrFail(asked, row, row.lead_id === null ? undefined : lives.get(row.lead_id));
    // A mail that leaves now counts against the caps of the lead's next one in this very batch.
    if (one.mail && row.lead_id !== null && row.kind === "sequence") {
      counted.push({ id: row.id, lead: row.lead_id, sequence: row.sequence, at: now });
    }
    return [one];
  });
  return { decided, behind: [...behind] };
}

/** One mail that can't be made never stalls the others. */
function decideOrFail(asked: Asked, row: MessageRow, life: Life | undefined): Decided {
  try {
    return decideOne(asked, row, life);
  } catch (error) {
    const reason = `it can't be made: ${error instanceof Error ? error.message : String(error)}`;
    asked.outbox.spine.warn("a mail can't be made", { message: row.id, reason });
    return without({ ...dropped(row, reason, asked.now), state: "failed" }, life);
  }
}

function decideOne(asked: Asked, row: MessageRow, life: Life | undefined): Decided {
  const { now } = asked;
  if (row.due_at < asked.restored) return without(doubted(row), life);
  if (row.kind !== "sequence" && row.kind !== "confirmation") return leave(asked, row, life, null);
  if (!life) return without(dropped(row, "erased", now), life);
  const chosen = choose(life, row);
  const decision = gate(
    gateFacts(
      asked,
      {
        id: row.id,
        kind: row.kind,
        sequence: row.sequence,
        // The sequence went on without a mail in doubt: whoever has it sent again knows that.
        enrolment: asked.again.has(row.id) ? null : row.enrolment_id,
        topic: chosen?.template.topic ?? null,
      },
      life,
    ),
  );
  switch (decision.do) {
    case "send":
      // A mail of the engine's own is finished already (email/own-mails.store.ts).
      if (!chosen && !row.template.startsWith("system:"))
        return without(dropped(row, "no such template", now), life);
      return leave(asked, row, life, chosen);
    case "drop":
      return without(dropped(row, decision.detail ?? decision.reason, now), life);
    case "defer":
    case "wait":
      return without(deferred(row, decision, now), life);
    default:
      throw new Error(`unknown decision: ${JSON.stringify(decision satisfies never)}`);
  }
}

function without(row: MessageRow, life: Life | undefined): Decided {
  return { row, email: life?.lead.email ?? row.recipient, mail: null };
}

/** Writes the claim, with what the mail will say: it can be shown again from its row for ever. */
function leave(
  { outbox, programme, now }: Asked,
  row: MessageRow,
  life: Life | undefined,
  chosen: ReturnType<typeof choose>,
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
    const body = withOwnLink(outbox, row, JSON.parse(row.variables ?? "{}") as Body);
    const mail = { row: claimed, from: settings.from, ...body, unsubscribeUrl: null, listTitle: null };
    return { row: claimed, email, mail };
  }
  const { template, variables } = chosen;
  const asks = row.kind === "confirmation" && row.lead_id !== null;
  const token = asks && signToken(outbox.tokenKeys, "confirm", { lead: row.lead_id, at: row.queued_at });
  const named = token ? { ...row, confirm: `${outbox.baseUrl}/t/f/${token}` } : row;
  // Who has not said yes is not watched either.
  const watched = asks ? { opens: false, clicks: false } : tracking;
  const urls = urlsOf(named, template, outbox.tokenKeys, outbox.baseUrl, watched);
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
    unsubscribeUrl: asks
      ? null
      : `${outbox.baseUrl}/t/u/${signToken(outbox.tokenKeys, "unsubscribe", { message: row.id })}`,
    listTitle: sequence?.title ?? null,
  };
  return { row: full, email, mail };
}

/** "My data": the link is made for the mail alone. */
function withOwnLink({ tokenKeys }: Outbox, { kind, lead_id, queued_at }: MessageRow, body: Body): Body {
  if (kind !== "confirmation" || lead_id === null) return body;
  const token = signToken(tokenKeys, "mydata", { lead: lead_id, at: queued_at });
  const put = (text: string) => text.replaceAll(`/t/d/${ONLY_IN_THE_MAIL}`, `/t/d/${token}`);
  return { ...body, html: put(body.html), text: put(body.text) };
}

function dropped(row: MessageRow, reason: string, now: Instant): MessageRow {
  return { ...row, state: "dropped", done_at: now, decision: "drop", reason, until: null };
}

/**
 * It may have left before the backup was restored; if so, when it was due. Its sequence lives on from then: what was to
 * follow it before the restore is in doubt in its turn.
 */
function doubted(row: MessageRow): MessageRow {
  const reason = "due before the backup was restored";
  const at = row.due_at;
  return { ...row, state: "in_doubt", gated_at: at, done_at: at, decision: "in_doubt", reason, until: null };
}

function deferred(
  row: MessageRow,
  decision: Extract<GateDecision, { readonly do: "defer" | "wait" }>,
  now: Instant,
): MessageRow {
  const { reason, until } = decision;
  return { ...row, decision: "defer", reason, until, due_at: until ?? Math.max(row.due_at, now) };
}
