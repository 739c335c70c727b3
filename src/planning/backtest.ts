import type { CompanyPlace } from "../calendar/place.ts";
import { isCounted, type Event } from "../events/event.ts";
import { DAY, type Instant } from "../instant.ts";
import type { Attributes, Lead } from "../leads/lead.ts";
import type { NoticeRule, Reps } from "../reps/definition.ts";
import type { Model } from "../scoring/model.ts";
import { historyOf, replayHistory, type History } from "../scoring/replay.ts";
import { repWeeks, type RepWeeks, type ToRoute } from "./rep-weeks.ts";
import { firstReached, gridOf, probeOf, type Reached } from "./thresholds.ts";
import { rulesOn, wouldNotify } from "./would-notify.ts";

/** A model over history: what is asked. */
export interface Question {
  /** Side by side: the live one and the one proposed, or one alone. All of one name. */
  readonly models: readonly Model[];
  /** The type of event that is to be predicted: `deal.won`. */
  readonly outcome: string;
  /** What happened before gives its points and is not judged; null: from the first lead on. */
  readonly from: Instant | null;
  /** Included; what happened later is left out. */
  readonly until: Instant;
  readonly reps: Reps;
  readonly company: CompanyPlace;
}

/** What a threshold would have done. */
export interface Column {
  /** Leads that came to it, before their outcome where they had one. */
  readonly reached: number;
  /** Of them, those that had the outcome afterwards. */
  readonly hits: number;
  /** The share of those that came to it who had the outcome; null: nobody came. */
  readonly precision: number | null;
  /** The share of those with the outcome who had come to it before; null: nobody had the outcome. */
  readonly recall: number | null;
  /** The median of days from the threshold to the outcome; null: no hit. */
  readonly leadDays: number | null;
}

/** The leads that turned hot before their outcome, or never had it. */
export interface Qualified {
  readonly leads: number;
  /** Of them, those with whom a deal was ever opened. */
  readonly opportunities: number;
  /** Of them, those that had the outcome. */
  readonly customers: number;
  /** Of the others, those that qualified so lately that half of the customers took longer. */
  readonly recent: number;
}

export interface Side {
  readonly thresholds: Model["thresholds"];
  readonly marks: Model["marks"];
  /** One for each threshold of the backtest, in its order. */
  readonly columns: readonly Column[];
  readonly qualified: Qualified;
  readonly weeks: RepWeeks;
}

/** A lead that a rep would have been told of, under one of the models at least. */
export interface NotifiedLead {
  readonly email: string;
  /** By side: the first notice, and how many there were; null: none. */
  readonly sides: readonly (FirstNotice | null)[];
  /** The lead's first outcome in the window; null: none. */
  readonly outcome: Instant | null;
}

interface FirstNotice {
  readonly at: Instant;
  readonly kind: string;
  readonly score: number;
  readonly notices: number;
}

export interface Backtest {
  readonly model: string;
  readonly outcome: string;
  /** Where none was given, when the first lead began. */
  readonly from: Instant;
  readonly until: Instant;
  /** Leads that one of the models scores. */
  readonly leads: number;
  /** Of them, those that had the outcome in the window. */
  readonly outcomes: number;
  /** A notice of this model opens a deal by itself, so that `deal.opened` follows a threshold and proves nothing. */
  readonly opensDeals: boolean;
  /** Left out, since they had the outcome before the window. */
  readonly before: number;
  /** The totals asked for, ascending: the models' own are among them. */
  readonly thresholds: readonly number[];
  readonly sides: readonly Side[];
  /** In order of leads. */
  readonly notified: readonly NotifiedLead[];
}

/** What the sides of a backtest are called, in its order. */
export type SideName = "live" | "proposed";

/** What can be drawn and kept of a backtest: no person is in it. */
export type Curve = Omit<Backtest, "notified">;

interface LeadFacts {
  readonly lead: Pick<Lead, "email" | "owner">;
  readonly log: readonly Event[];
}

interface Sum {
  readonly model: Model;
  readonly probe: Model;
  readonly rules: readonly NoticeRule[];
  /** By threshold. */
  readonly reached: number[];
  readonly days: number[][];
  /** Of those that turned hot without an outcome, when they did. */
  readonly waiting: Instant[];
  opportunities: number;
  readonly notices: ToRoute[];
}

/**
 * Takes leads one after another, in any order, and says at the end how the models would have done. Each lead is
 * followed from `from`, or its beginning, to just before its first counted outcome, or to `until`: what happens at the
 * outcome's own instant or later predicts nothing. A lead that had the outcome before `from` is not judged. Notices are
 * listed beyond the outcome too, since reps would have got them.
 */
export function openBacktest(question: Question): { add(lead: LeadFacts): void; result(): Backtest } {
  const { models, outcome, from, until, reps, company } = question;
  const grid = gridOf(models);
  const sums = models.map((model): Sum => ({
    model,
    probe: probeOf(model, grid),
    rules: rulesOn(reps.notices, model.name),
    reached: grid.map(() => 0),
    days: grid.map(() => []),
    waiting: [],
    opportunities: 0,
    notices: [],
  }));
  const notified: NotifiedLead[] = [];
  let [leads, outcomes, before, first] = [0, 0, 0, Infinity];

  const add = ({ lead, log }: LeadFacts) => {
    const history = historyOf({ created: null, events: log });
    if (history.begins === null || history.begins > until) return;
    first = Math.min(first, history.begins);
    const won =
      log.find((event) => event.type === outcome && isCounted(event) && event.at <= until)?.at ?? null;
    const told = sums.map((sum) => notices(sum, lead, history));
    if (told.some((one) => one !== null)) notified.push({ email: lead.email, sides: told, outcome: won });
    if (won !== null && from !== null && won < from) {
      before++;
      return;
    }
    const end = won === null ? until : won - 1;
    const found = sums.map((sum) => firstReached(sum.probe, history, from, end));
    if (!found.some(({ scored }) => scored)) return;
    leads++;
    if (won !== null) outcomes++;
    const opened = log.some((event) => event.type === "deal.opened" && isCounted(event) && event.at <= until);
    for (const [index, sum] of sums.entries()) count(sum, grid, found[index]!, won, opened);
  };

  const notices = (sum: Sum, lead: LeadFacts["lead"], history: History) => {
    const { crossings } = replayHistory(sum.model, history, until);
    const all = wouldNotify(sum.rules, crossings).filter(({ at }) => from === null || at >= from);
    for (const { at } of all) {
      sum.notices.push({ at, lead: { ...lead, attributes: attributesAt(history, at) } });
    }
    return all[0] ? { ...all[0], notices: all.length } : null;
  };

  const result = (): Backtest => {
    const start = from ?? Math.min(first, until);
    return {
      model: models[0]!.name,
      outcome,
      from: start,
      until,
      leads,
      outcomes,
      before,
      opensDeals: sums.some(({ rules }) => rules.some(({ deal }) => deal === "open")),
      thresholds: grid,
      sides: sums.map((sum) => ({
        thresholds: sum.model.thresholds,
        marks: sum.model.marks,
        columns: grid.map((_, place) => columnOf(sum, place, outcomes)),
        qualified: qualifiedOf(sum, grid, until),
        weeks: repWeeks(reps, company, sum.notices, start, until),
      })),
      notified,
    };
  };
  return { add, result };
}

function count(
  sum: Sum,
  grid: readonly number[],
  reached: Reached,
  won: Instant | null,
  opened: boolean,
): void {
  for (const [place, at] of reached.at.entries()) {
    if (at === null) continue;
    sum.reached[place]!++;
    if (won !== null) sum.days[place]!.push((won - at) / DAY);
    if (grid[place] !== sum.model.thresholds.hot) continue;
    if (won === null) sum.waiting.push(at);
    if (opened) sum.opportunities++;
  }
}

function columnOf(sum: Sum, place: number, outcomes: number): Column {
  const reached = sum.reached[place]!;
  const days = sum.days[place]!;
  return {
    reached,
    hits: days.length,
    precision: reached === 0 ? null : days.length / reached,
    recall: outcomes === 0 ? null : days.length / outcomes,
    leadDays: median(days),
  };
}

function qualifiedOf(sum: Sum, grid: readonly number[], until: Instant): Qualified {
  const place = grid.indexOf(sum.model.thresholds.hot);
  const usual = median(sum.days[place]!) ?? 0;
  return {
    leads: sum.reached[place]!,
    opportunities: sum.opportunities,
    customers: sum.days[place]!.length,
    recent: sum.waiting.filter((at) => at > until - usual * DAY).length,
  };
}

/** Between the two in the middle of an even number; null of none. */
function median(numbers: readonly number[]): number | null {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return null;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

/** After what happened at that instant. */
function attributesAt({ first, moments }: History, at: Instant): Attributes {
  return moments.findLast(({ event }) => event.at <= at)?.after ?? first;
}
