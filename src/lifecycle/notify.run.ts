import { insertMany } from "../db/batch.store.ts";
import type { Db } from "../db/tables.ts";
import { isTrouble } from "../db/trouble.ts";
import { appendToInbox } from "../events/inbox.store.ts";
import { eventInput } from "../events/input.ts";
import { HOUR, type Instant } from "../instant.ts";
import type { Lead } from "../leads/lead.ts";
import type { Programme } from "../programme/programme.ts";
import type { Links } from "../reps/answer-link.ts";
import { CHAT, chatMessage } from "../reps/chat.ts";
import type { Rep } from "../reps/definition.ts";
import { queueRepMail } from "../reps/mails.store.ts";
import { composeNotice, type NoticeMail } from "../reps/notice-mail.ts";
import { dueNotices, nextDueNotice, saveNotice, takeNotice } from "../reps/notices.store.ts";
import type { Due, Notice } from "../reps/notices.ts";
import { lockReps, markNotified } from "../reps/reps.store.ts";
import { decideTelling, escalationDue, ruleOf } from "../reps/telling.ts";
import type { Happening } from "./changes.ts";
import { drain } from "./drain.run.ts";
import { stockUp } from "./ids.store.ts";
import { readLead, readNoticeFacts } from "./notice-facts.store.ts";
import type { Spine } from "./spine.ts";

const AT_ONCE = 200;

/** Tells a rep of every notice that waits and is due; says how many it looked at. */
export function notifyDue(spine: Spine, links: Links): Promise<number> {
  return pass(spine, links, "tell");
}

/** Passes on every notice that nobody answered in time; says how many it looked at. */
export function escalateDue(spine: Spine, links: Links): Promise<number> {
  return pass(spine, links, "escalate");
}

export function nextNotification(spine: Spine): Promise<Instant | null> {
  return nextDueNotice(spine.db.kysely, "tell");
}

export function nextEscalation(spine: Spine): Promise<Instant | null> {
  return nextDueNotice(spine.db.kysely, "escalate");
}

async function pass(spine: Spine, links: Links, due: Due): Promise<number> {
  let total = 0;
  for (;;) {
    const ids = await dueNotices(spine.db.kysely, due, spine.clock.now(), AT_ONCE);
    if (ids.length === 0) return total;
    // A notice may have lost its reason, or a lead found its owner, by what has not been folded yet.
    await drain(spine);
    let done = 0;
    for (const id of ids) if (await handleOne(spine, links, due, id)) done++;
    total += done;
    if (done === 0) return total;
  }
}

/** One notice in one transaction; false where another process has it. A bad one is put off and said aloud. */
async function handleOne(spine: Spine, links: Links, due: Due, id: number): Promise<boolean> {
  const message = (await stockUp(spine.db, 1)).message();
  try {
    const handled = await spine.db.unit((trx) => handle(spine, links, trx, due, id, message));
    if (handled?.happening) spine.observe?.([handled.happening]);
    if (handled?.warning) spine.warn(handled.warning, { notice: id });
    return handled !== null;
  } catch (error) {
    if (isTrouble(error)) throw error;
    spine.warn("a notice can't be sent and is put off for an hour", { notice: id, error: String(error) });
    await spine.db.unit((trx) =>
      trx
        .updateTable("notices")
        .set({ due_at: spine.clock.now() + HOUR })
        .where("id", "=", id)
        .execute(),
    );
    return true;
  }
}

interface Handled {
  readonly happening?: Happening;
  readonly warning?: string;
}

async function handle(
  spine: Spine,
  links: Links,
  trx: Db,
  due: Due,
  id: number,
  message: number,
): Promise<Handled | null> {
  const now = spine.clock.now();
  const programme = spine.programme();
  const { reps, settings } = programme;
  const lastNotified = await lockReps(
    trx,
    reps.reps.map((rep) => rep.rep),
  );
  const notice = await takeNotice(trx, id, due, now);
  const lead = notice && (await readLead(trx, notice.lead));
  if (!notice || !lead) return null;
  const rule = ruleOf(reps, notice);
  const facts = { lead, lastNotified, now, company: settings.company };
  const decision = decideTelling(notice, due, reps, rule, facts);
  switch (decision.do) {
    case "tell": {
      await tell(trx, programme, links, { notice, lead, rep: decision.rep, due, message, now });
      // A millisecond apart, or those told at one instant would all wait equally long and the first would get all.
      await markNotified(trx, decision.rep.rep, Math.max(now, 1 + Math.max(0, ...lastNotified.values())));
      return {
        happening: {
          at: now,
          email: lead.email,
          what: "rep.notified",
          rep: decision.rep.rep,
          kind: notice.kind,
        },
      };
    }
    case "wait": {
      await saveNotice(trx, { ...notice, dueAt: decision.until });
      const first = due === "tell" && notice.dueAt === notice.at;
      return first ? { warning: "a notice finds no rep who is not away, and waits" } : {};
    }
    case "stop":
      await saveNotice(trx, { ...notice, dueAt: null });
      return due === "tell" && notice.state === "waiting"
        ? { warning: `a notice is told to nobody: ${decision.reason}` }
        : {};
    default:
      throw new Error(`unknown decision: ${JSON.stringify(decision satisfies never)}`);
  }
}

interface Telling {
  readonly notice: Notice;
  readonly lead: Lead;
  readonly rep: Rep;
  readonly due: Due;
  /** The number of the mail. */
  readonly message: number;
  readonly now: Instant;
}

/** The mail, the event, the chat and the notice's row, all or none. */
async function tell(trx: Db, programme: Programme, links: Links, telling: Telling): Promise<void> {
  const { notice, lead, rep, due, message, now } = telling;
  const { reps, settings } = programme;
  const told = notice.reason.told ?? [];
  const facts = await readNoticeFacts(trx, programme, notice, lead, now);
  const mail: NoticeMail = {
    facts,
    rep,
    link: { notice: notice.id, place: told.length },
    links,
    company: settings.company.name,
    again: againOf(programme, due, told),
  };
  // Earlier than now where a restored backup catches up.
  const at = Math.min(now, notice.dueAt ?? now);
  await queueRepMail(trx, {
    id: message,
    kind: "notice",
    key: `notice/${notice.id}/${told.length + 1}`,
    recipient: rep.email,
    lead: lead.id,
    body: composeNotice(mail),
    at: now,
    due: at,
    programme: programme.hash,
  });
  if (reps.channels.chat !== null) {
    const body = JSON.stringify(chatMessage(facts, rep, links.baseUrl));
    const row = { webhook: CHAT, body, state: "waiting", tries: 0, due_at: at, at };
    await insertMany(trx, "webhook_deliveries", [row], {
      columns: ["webhook", "body", "state", "tries", "due_at", "at"],
    });
  }
  const type = due === "tell" ? "notice.sent" : "notice.escalated";
  const event = eventInput(type, "system", { rep: rep.rep, kind: notice.kind });
  await appendToInbox(trx, [{ to: { lead: lead.id }, at: now, live: true, create: "no", inputs: [event] }]);
  await saveNotice(trx, {
    ...notice,
    state: "sent",
    rep: rep.rep,
    reason: { ...notice.reason, told: [...told, rep.rep] },
    dueAt: escalationDue(ruleOf(reps, notice), rep, settings.windows, settings.company, now),
    sentAt: now,
    escalations: notice.escalations + (due === "escalate" ? 1 : 0),
    answer: null,
    answerReason: null,
    answeredAt: null,
  });
}

function againOf({ reps }: Programme, due: Due, told: readonly string[]): NoticeMail["again"] {
  const last = told.at(-1);
  if (last === undefined) return null;
  if (due === "tell") return { kind: "later" };
  return { kind: "escalated", from: reps.reps.find((rep) => rep.rep === last)?.name ?? last };
}
