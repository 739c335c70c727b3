import { isCounted, type Event } from "../events/event.ts";
import { formatInstant } from "../instant.ts";
import { forward, type Stage } from "../leads/lead.ts";
import { newDealId } from "./act.ts";
import { consentAfter, topicOf, wordOn } from "./consent.ts";
import { endAll } from "./enrol.ts";
import { fewerAfter } from "./fewer.ts";
import { changeMessage, follow, happened, type Life } from "./life.ts";
import { lastPause, pausesAfter, pausesOf, REPLIED } from "./pauses.ts";
import { announce } from "./score.ts";

/** Deal stages that close it, by event. */
const DEAL_OUTCOME: Readonly<Record<string, "won" | "lost">> = { "deal.won": "won", "deal.lost": "lost" };

/**
 * What an event does to the lead itself beside its score: the mail it belongs to, consent, suppression, pauses, stage
 * and deals. Reactions (sequences, notices) come afterwards, in react.ts. Only people do anything here.
 */
export function applyEffects(life: Life, event: Event): void {
  announce(life, event.type, { ...event.properties, at: formatInstant(event.at) });
  if (!isCounted(event)) return;
  life.state.consent = consentAfter(life.state.consent, event);
  switch (event.type) {
    case "email.replied":
      changeMessage(life, message(event), { repliedAt: event.at });
      if (life.live && life.programme.settings.mail.replyPause > 0) {
        const until = life.now + life.programme.settings.mail.replyPause;
        follow(life, "sequences.paused", { until: formatInstant(until), reason: REPLIED });
      }
      return;
    case "email.sent":
      if (formerAddress(life, message(event)) !== null) return;
      // One that a server took and did not send back stands between two bounces: they are not in a row.
      if (life.state.taken) life.state.softBounces = 0;
      life.state.taken = true;
      return;
    case "email.delivered":
      if (formerAddress(life, message(event)) === null) life.state.softBounces = 0;
      return;
    case "email.bounced":
      return bounced(life, event);
    case "email.complained":
      blockFormer(life, event, "complained");
      return suppress(life, "complained");
    case "email.unsubscribed":
      changeMessage(life, message(event), { unsubscribedAt: event.at });
      if (topicOf(event) !== null) return;
      blockFormer(life, event, "unsubscribed");
      return suppress(life, "unsubscribed");
    case "consent.given":
      if (event.properties["confirmed"] === true) {
        if (!life.lead.confirmed) life.changes.wake.add("unconfirmed");
        life.lead = { ...life.lead, confirmed: true };
      }
      return;
    case "consent.asked":
      if (life.live && wordOn(life.state.consent, topicOf(event)) === "asked") life.changes.asks = true;
      return;
    case "preferences.changed":
      life.state.fewer = fewerAfter(life.state.fewer, event);
      life.changes.wake.add("cap");
      return;
    case "sequences.paused": {
      life.state.pauses = pausesAfter(pausesOf(life.lead, life.state), event);
      const until = lastPause(life.state.pauses);
      if (until < (life.lead.pausedUntil ?? 0)) life.changes.wake.add("paused");
      life.lead = { ...life.lead, pausedUntil: until };
      return;
    }
    case "sequences.resumed":
      delete life.state.pauses;
      life.lead = { ...life.lead, pausedUntil: null };
      life.changes.wake.add("paused");
      return;
    case "notice.answered":
      return answered(life, event);
    case "deal.opened":
    case "deal.moved":
    case "deal.won":
    case "deal.lost":
      return deal(life, event);
  }
}

function message(event: Event): number | null {
  return event.message === null ? null : Number(event.message);
}

/** The address that a mail of the lead went to, where the lead has another one now. */
export function formerAddress(life: Life, message: number | null): string | null {
  const recipient = message === null ? undefined : life.messages.get(message)?.recipient;
  return recipient === undefined || recipient === life.lead.email ? null : recipient;
}

/** What is said of a mail is said of the address that it went to. */
function blockFormer(life: Life, event: Event, reason: string): void {
  const email = formerAddress(life, message(event));
  if (email !== null) life.changes.block.push({ email, reason, at: life.now });
}

/** Hard: the address is bad for ever. Soft ones count in a row, unless the mailbox or the mail was to blame. */
function bounced(life: Life, event: Event): void {
  if (formerAddress(life, message(event)) !== null) {
    if (event.properties["class"] === "hard") blockFormer(life, event, "hard bounce");
    return changeMessage(life, message(event), { bouncedAt: event.at, state: "bounced", doneAt: event.at });
  }
  const refusedAtOnce = life.messages.get(message(event) ?? -1)?.sentAt === null;
  if (refusedAtOnce && life.state.taken) life.state.softBounces = 0;
  life.state.taken = false;
  changeMessage(life, message(event), { bouncedAt: event.at, state: "bounced", doneAt: event.at });
  if (event.properties["class"] === "hard") return suppress(life, "hard bounce");
  if (event.properties["class"] !== "soft" || event.properties["counts"] === false) return;
  life.state.softBounces++;
  const limit = life.programme.settings.mail.bounces.softLimit;
  if (limit !== null && life.state.softBounces >= limit) suppress(life, "too many soft bounces");
}

/** A suppression ends all enrolments at once. */
export function suppress(life: Life, reason: string, source = "lead"): void {
  if (life.lead.suppressed === null) {
    life.lead = { ...life.lead, suppressed: reason };
    life.changes.suppress = { reason, source, at: life.now };
  }
  endAll(life, "unreachable");
}

/** The address may be mailed again. Sequences that have ended stay so. */
export function unsuppress(life: Life): void {
  life.lead = { ...life.lead, suppressed: null };
  life.changes.suppress = null;
  life.changes.welcomeBack = true;
}

function answered(life: Life, event: Event): void {
  const rep = event.properties["rep"];
  if (event.properties["answer"] === "mine" && typeof rep === "string")
    life.lead = { ...life.lead, owner: rep };
  if (event.properties["answer"] === "not_a_fit") {
    life.lead = { ...life.lead, stage: "lost" };
    endAll(life, "exited");
  }
}

function deal(life: Life, event: Event): void {
  const { deals } = life.state;
  // One that names no deal means the open one; a new one where there is none.
  const known = event.type === "deal.opened" ? undefined : deals.open[0];
  const named = event.properties["deal"];
  const id =
    typeof named === "string" || typeof named === "number" ? String(named) : (known ?? newDealId(life));
  const outcome = DEAL_OUTCOME[event.type] ?? null;
  const opened = !deals.open.includes(id) && event.type === "deal.opened";
  if (opened) deals.count++;
  deals.open = deals.open.filter((open) => open !== id);
  if (outcome === null) deals.open.push(id);
  const value = event.properties["value"];
  const stage = event.properties["stage"];
  const reason = event.properties["reason"];
  life.changes.deals.push({
    id,
    stage: typeof stage === "string" ? stage : null,
    value: typeof value === "number" ? value : null,
    reason: typeof reason === "string" ? reason : null,
    opened,
    outcome,
    at: event.at,
  });
  const to: Stage = outcome === "won" ? "customer" : outcome === "lost" ? "lost" : "opportunity";
  if (outcome !== "lost" || deals.open.length === 0)
    life.lead = { ...life.lead, stage: forward(life.lead.stage, to) };
  if (opened && life.live) happened(life, "deal.opened", { deal: id });
}
