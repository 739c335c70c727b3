import { byLogOrder, isCounted, settles, type LoggedEvent, type Verdict } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import { totalAt } from "../scoring/fold.ts";
import type { HistoryRow } from "./changes.ts";
import { changeMessage, happened, LogNeeded, type Life } from "./life.ts";
import { beginScores, foldOne, passTime, prepareActs } from "./score.ts";

/** New verdicts of events that are in the log already, by their place. */
export type Flips = ReadonlyMap<
  number,
  { readonly at: Instant; readonly verdict: Verdict; readonly reason: string | null }
>;

/**
 * Computes the lead's scores again from its whole log, with what this batch brought and with changed verdicts, as if
 * all had arrived in time. The history is rewritten; acts already done stand.
 */
export function refold(life: Life, flips: Flips): void {
  if (!life.past) throw new LogNeeded();
  const log = revise(life, flips).sort(byLogOrder);
  const before = temperatures(life);
  const told = [...(life.changes.rewritten ?? life.past.history), ...life.changes.history];
  const counted = new Set(log.filter(isCounted).map((event) => event.seq));
  life.state.settling = life.state.settling.filter((waiting) => counted.has(waiting.event.seq));
  const rewritten = replay(life, log);
  life.changes.rewritten = [
    ...rewritten.map((row) => ({ ...row, revised: told.find(same(row))?.revised ?? true })),
    ...withdrawn(told, rewritten),
  ].sort((a, b) => a.at - b.at);
  life.changes.history.length = 0;
  for (const [model, to] of Object.entries(temperatures(life))) {
    const from = before[model] ?? null;
    if (from !== null && to !== null && from !== to) {
      happened(life, "score.crossed", { model, from, to, cause: "event", revised: true });
      life.changes.history.push(today(life, { model, from, to, kind: "revision", cause: "event" }));
    }
  }
  markMessagesAgain(life, log);
}

/**
 * Computes the scores again because the programme is another one: a changed or new model, or a `did` that no state
 * remembers. What the lead's history says of the past stands; a temperature that differs is a crossing of today.
 */
export function adopt(life: Life, at: Instant): void {
  if (!life.past) throw new LogNeeded();
  const before = temperatures(life);
  const kept = [...life.changes.history];
  replay(life, [...life.past.log].sort(byLogOrder));
  passTime(life, at);
  life.changes.history.length = 0;
  life.changes.history.push(...kept);
  for (const [model, to] of Object.entries(temperatures(life))) {
    const from = before[model] ?? null;
    if (from === null || to === null || from === to) continue;
    life.changes.history.push(today(life, { model, from, to, kind: "temperature", cause: "model" }, at));
    happened(life, "score.crossed", { model, from, to, cause: "model" });
  }
}

/** A row for what no event and no time did, but a computing. */
function today(
  life: Life,
  change: Pick<HistoryRow, "model" | "from" | "to" | "kind" | "cause">,
  at: Instant = life.now,
): HistoryRow {
  const total = totalOf(life, change.model, at);
  return { ...change, at, event: null, seq: null, total, revised: change.kind === "revision" };
}

/** What was told and is no more, so that it can be seen that it was. What is only at another instant is still there. */
function withdrawn(told: readonly HistoryRow[], rewritten: readonly HistoryRow[]): HistoryRow[] {
  const fresh = rewritten.filter((row) => !told.some(same(row)));
  const gone: HistoryRow[] = [];
  for (const row of told) {
    const kind = row.mark === undefined ? "temperature" : "mark";
    if (row.kind === "revision") gone.push(row);
    else if (rewritten.some(same({ ...row, kind }))) continue;
    else if (row.kind === "withdrawn") gone.push(row);
    else {
      const moved = fresh.findIndex((other) => same({ ...row, at: other.at })(other));
      if (moved >= 0) fresh.splice(moved, 1);
      else gone.push({ ...row, kind: "withdrawn", revised: true });
    }
  }
  return gone;
}

function totalOf({ programme, state, lead }: Life, name: string, at: Instant): number {
  const model = programme.models.find((one) => one.name === name)!;
  return totalAt(model, state.models[name]!, lead.attributes, at).total;
}

/** The log with this batch's events in it and the new verdicts; an open that a click proved goes with its click. */
function revise(life: Life, flips: Flips): LoggedEvent[] {
  const log = [...life.past!.log, ...life.changes.events];
  const flippedClicks = log.filter((event) => flips.has(event.seq) && event.type === "email.clicked");
  return log.map((event) => {
    const flip =
      flips.get(event.seq) ??
      (event.properties["inferred"] === true
        ? flips.get(
            flippedClicks.find((click) => click.message === event.message && click.at === event.at)?.seq ??
              -1,
          )
        : undefined);
    if (!flip || flip.verdict === event.verdict) return event;
    life.changes.verdicts.push({ at: event.at, seq: event.seq, verdict: flip.verdict, reason: flip.reason });
    if (!isCounted(flip)) life.changes.withdrawn.push({ seq: event.seq });
    return { ...event, verdict: flip.verdict, verdictReason: flip.reason };
  });
}

/** Folds a log from nothing; leaves state, attributes and memory as they are at its end, returns the history. */
function replay(life: Life, log: readonly LoggedEvent[]): HistoryRow[] {
  const { live, now } = life;
  const kept = life.changes.history.splice(0);
  life.live = false;
  life.state.models = {};
  life.state.acts = {};
  life.state.crossed = {};
  life.state.tail = null;
  prepareActs(life);
  const [created, ...others] = log.filter((event) => event.type === "lead.created");
  if (created && others.length > 0) life.state.birth = created.seq;
  const first = created?.properties["attributes"];
  life.lead = { ...life.lead, attributes: typeof first === "object" && first !== null ? { ...first } : {} };
  if (log.length > 0) beginScores(life, log[0]!.at);
  for (const event of log) {
    life.now = event.at;
    foldOne(life, event);
  }
  life.now = now;
  passTime(life, now);
  life.live = live;
  const history = life.changes.history.splice(0);
  life.changes.history.push(...kept);
  return history;
}

function temperatures(life: Life): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(life.state.models).map(([name, score]) => [name, score.temperature]),
  );
}

function same(row: HistoryRow): (other: HistoryRow) => boolean {
  return (other) =>
    other.model === row.model &&
    other.at === row.at &&
    other.kind === row.kind &&
    other.mark === row.mark &&
    other.from === row.from &&
    other.to === row.to;
}

/** First opens and clicks by people, and machines' marks, follow the changed verdicts. */
function markMessagesAgain(life: Life, log: readonly LoggedEvent[]): void {
  for (const message of life.messages.values()) {
    const mine = log.filter((event) => settles(event.type) && event.message === String(message.id));
    if (mine.length === 0) continue;
    const first = (type: string) => mine.find((event) => event.type === type && isCounted(event))?.at ?? null;
    changeMessage(life, message.id, {
      openedAt: first("email.opened"),
      clickedAt: first("email.clicked"),
      machineAt: mine.find((event) => !isCounted(event))?.at ?? null,
    });
  }
}
