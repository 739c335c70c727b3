import type { VirtualClock } from "../clock.ts";
import { eventInput, type EventInput } from "../events/input.ts";
import { appendToInbox, type Arrival } from "../events/inbox.store.ts";
import type { Instant } from "../instant.ts";
import type { Happening } from "../lifecycle/changes.ts";
import { drain } from "../lifecycle/drain.run.ts";
import type { Spine } from "../lifecycle/spine.ts";
import { answerNotice } from "../lifecycle/answer.run.ts";
import { findLead } from "../leads/leads.store.ts";
import { noticesOfLead } from "../reps/notices.store.ts";
import { ANSWERS } from "../reps/reason.ts";
import { HIDDEN } from "../events/verdict.ts";
import { Agenda } from "./agenda.ts";
import { ForeignMails } from "./foreign.ts";
import { isReaction, type Reaction, type ScriptLead, type ScriptLine, type TimedAct } from "./script.ts";

/** The engine to live in: the same spine and the same list of jobs as production, on a virtual clock. */
export interface World {
  readonly spine: Spine;
  readonly clock: VirtualClock;
  /** Does all that is due now, until all is quiet. */
  settle(): Promise<void>;
  /** When time alone brings something next. */
  nextDue(): Promise<Instant | null>;
  /** Where the spine tells what happened; the simulator listens here. */
  listen(hear: (happenings: readonly Happening[]) => void): void;
  /** Where a message's n-th tracked link leads; past the last one is the link that no person sees. */
  linkOf(message: number, link: number): Promise<{ readonly url: string | null; readonly hidden: boolean }>;
}

export interface Script {
  readonly leads: readonly ScriptLead[];
  readonly lines: readonly ScriptLine[];
  readonly from: Instant;
  readonly until: Instant;
}

type Item =
  | { readonly kind: "lead"; readonly lead: ScriptLead }
  | { readonly kind: "act"; readonly act: TimedAct; readonly message: number | null };

/**
 * Lives a script through: what lies before `from` is history, folded without reactions; then the clock jumps from one
 * instant at which anything is due to the next. Calls `write` with each line of what happened, in order: of one
 * instant first what time did, then what events did, each by email, cause before effect.
 */
export async function simulate(
  world: World,
  script: Script,
  write: (line: Happening) => void,
  progress?: (now: Instant) => void,
): Promise<void> {
  const agenda = new Agenda<Item>();
  const waiting = waitingReactions(script.lines);
  let lines: Happening[] = [];
  world.listen((happenings) => lines.push(...happenings));
  const flush = () => {
    const told = lines;
    lines = [];
    told.sort((a, b) => a.at - b.at || compare(String(a["email"]), String(b["email"])));
    for (const line of told) {
      write(line);
      for (const due of triggered(waiting, line)) agenda.add(due.at, due.item);
    }
  };
  const foreign = new ForeignMails();
  await recordHistory(world.spine, script, foreign);
  lines = [];
  for (const lead of script.leads) if (lead.at >= script.from) agenda.add(lead.at, { kind: "lead", lead });
  for (const act of script.lines) {
    if (!isReaction(act) && act.at >= script.from) agenda.add(act.at, { kind: "act", act, message: null });
  }
  for (;;) {
    const next = earlier(await world.nextDue(), agenda.nextAt());
    if (next === null || next > script.until) return;
    world.clock.jumpTo(next);
    progress?.(world.clock.now());
    await world.settle();
    flush();
    const items = agenda.take(world.clock.now());
    if (items.length === 0) continue;
    // A lead's creation comes before what it does at the same instant, as the lines of its log do.
    for (const kind of ["lead", "act"] as const) {
      const some = items.filter(({ item }) => item.kind === kind);
      if (some.length === 0) continue;
      await inject(world, some, foreign, (line) => lines.push(line));
      await world.settle();
    }
    flush();
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function earlier(a: Instant | null, b: Instant | null): Instant | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}

/** Reactions still to fire, by the address that they wait for. */
function waitingReactions(lines: readonly ScriptLine[]): Map<string, Reaction[]> {
  return Map.groupBy(lines.filter(isReaction), (line) => line.email);
}

/** What this happening sets off. Each reaction fires once. */
function triggered(waiting: Map<string, Reaction[]>, line: Happening): { at: Instant; item: Item }[] {
  const mine = waiting.get(String(line["email"]));
  if (!mine) return [];
  const fits = (reaction: Reaction) =>
    reaction.on === line.what && Object.entries(reaction.where).every(([key, value]) => line[key] === value);
  const fired = mine.filter(fits);
  if (fired.length === 0) return [];
  waiting.set(
    String(line["email"]),
    mine.filter((reaction) => !fired.includes(reaction)),
  );
  const message = typeof line["message"] === "number" ? line["message"] : null;
  return fired.map((reaction) => {
    const at = line.at + reaction.after;
    return { at, item: { kind: "act", act: { ...reaction, at }, message } };
  });
}

/** Leads and events before `from`, a lead at a time: folded in one call each, nothing reacts. */
async function recordHistory(
  spine: Spine,
  { leads, lines, from }: Script,
  foreign: ForeignMails,
): Promise<void> {
  const inputs = new Map<string, EventInput[]>();
  const add = (email: string, input: EventInput) => inputs.set(email, [...(inputs.get(email) ?? []), input]);
  for (const lead of leads) {
    if (lead.at < from) {
      for (const input of creationOf(lead)) add(lead.email, input);
    }
  }
  const acts = lines.filter((line): line is TimedAct => !isReaction(line) && line.at < from);
  for (const act of acts.sort((a, b) => a.at - b.at)) {
    const { at, verdict } = act;
    const message = foreign.numberOf(act);
    add(act.email, eventInput(act.type, act.actor, act.properties, { at, verdict, message }));
    for (const proof of foreign.proofOf(act)) add(act.email, proof);
  }
  const arrivals = [...inputs].map(([email, events]): Arrival => ({
    to: { email },
    at: from,
    live: false,
    create: "yes",
    inputs: events,
  }));
  await spine.db.unit((trx) => appendToInbox(trx, arrivals));
  await drain(spine);
}

function creationOf({ at, attributes, consents }: ScriptLead): EventInput[] {
  const words = { words: "Yes, write to me.", source: "form", confirmed: true };
  return [
    eventInput("lead.created", "system", { attributes }, { at }),
    ...(consents ? [eventInput("consent.given", "lead", words, { at })] : []),
  ];
}

/** What the script does at this instant, by way of the inbox like everything else. */
async function inject(
  world: World,
  items: readonly { readonly at: Instant; readonly item: Item }[],
  foreign: ForeignMails,
  tell: (line: Happening) => void,
): Promise<void> {
  const arrivals: Arrival[] = [];
  for (const { at, item } of items) {
    if (item.kind === "lead") {
      const { email } = item.lead;
      arrivals.push({ to: { email }, at, live: true, create: "yes", inputs: creationOf(item.lead) });
      continue;
    }
    const { act, message } = item;
    tell({
      at,
      email: act.email,
      what: "event",
      type: act.type,
      ...(act.link === null ? {} : { link: act.link }),
    });
    if (act.type === "notice.answered" && (await answer(world.spine, act))) continue;
    const input = await inputOf(world, act, message, foreign);
    const to = message !== null && act.actor === "lead" ? { message } : { email: act.email };
    arrivals.push({
      to,
      at,
      live: true,
      create: "yes",
      inputs: [input, ...(message === null ? foreign.proofOf(act) : [])],
    });
  }
  await world.spine.db.unit((trx) => appendToInbox(trx, arrivals));
}

/** A rep answers the latest notice of this lead, as by its page; false where there is none to answer. */
async function answer(spine: Spine, act: TimedAct): Promise<boolean> {
  const lead = await findLead(spine.db.kysely, act.email);
  const open = lead === null ? [] : await noticesOfLead(spine.db.kysely, lead.id);
  const notice = open.find((candidate) => candidate.state === "sent" && candidate.rep !== null);
  if (!notice) return false;
  const wanted = ANSWERS.find((candidate) => candidate === act.properties["answer"]) ?? "mine";
  const reason = typeof act.properties["reason"] === "string" ? act.properties["reason"] : null;
  await answerNotice(spine, { notice: notice.id, rep: notice.rep!, answer: wanted, reason });
  return true;
}

/** Opens and clicks come in as tracking would bring them: a click infers its open, a burst shows itself. */
async function inputOf(
  world: World,
  act: TimedAct,
  message: number | null,
  foreign: ForeignMails,
): Promise<EventInput> {
  const tracked = message !== null && (act.type === "email.opened" || act.type === "email.clicked");
  const link = act.type === "email.clicked" ? (act.link ?? 0) : null;
  const { url, hidden } =
    tracked && link !== null ? await world.linkOf(message, link) : { url: null, hidden: false };
  return eventInput(
    act.type,
    act.actor,
    { ...(link === null ? {} : { link }), ...(url === null ? {} : { url }), ...act.properties },
    {
      at: act.at,
      verdict: act.verdict,
      message: message ?? foreign.numberOf(act),
      hit: tracked
        ? { kind: act.type === "email.opened" ? "open" : "click", link: hidden ? HIDDEN : link, from: null }
        : null,
    },
  );
}
