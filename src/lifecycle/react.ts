import type { Event } from "../events/event.ts";
import { DAY } from "../instant.ts";
import { forward } from "../leads/lead.ts";
import { sequenceOf } from "../programme/programme.ts";
import type { NoticeRule } from "../reps/definition.ts";
import { totalAt } from "../scoring/fold.ts";
import type { Entry, Sequence } from "../sequences/definition.ts";
import { notify, openDeal } from "./act.ts";
import { enrol, move, openEnrolments } from "./enrol.ts";
import { factsOf } from "./facts.ts";
import type { Life } from "./life.ts";
import { reviewSegments } from "./membership.ts";
import { settledScores } from "./settled.ts";
import type { Acted } from "./state.ts";
import { testOf } from "./wiring.ts";

/** Entries and notices triggered by an event ignore one recorded later than this after it happened. */
const TOO_OLD = DAY;

/** What sequences, notices and deals answer to, gathered for one instant. */
interface Stimuli {
  readonly shifts: readonly Shift[];
  readonly marks: readonly { readonly model: string; readonly mark: string; readonly reached: boolean }[];
  readonly events: readonly Event[];
  readonly joined: readonly string[];
  /** The lead was made in this call. */
  readonly created: boolean;
}

/** A change of temperature since it was last reacted to. */
interface Shift {
  readonly model: string;
  readonly from: string;
  readonly to: string;
}

const HEAT: Readonly<Record<string, number>> = { cold: 0, warm: 1, hot: 2 };

/**
 * Sequences, stage, notices and deals react, once, to the difference between what was last acted on and what holds
 * now, and to these events.
 */
export function react(life: Life, events: readonly Event[], created = false): void {
  const { shifts, marks } = catchUp(life);
  if (shifts.some((shift) => shift.to === "hot")) {
    life.lead = { ...life.lead, stage: forward(life.lead.stage, "mql") };
  }
  const joined = moveMembers(life);
  const stimuli: Stimuli = {
    shifts,
    marks,
    events: events.filter((event) => life.now - event.at <= TOO_OLD),
    joined,
    created,
  };
  const quiet =
    shifts.length === 0 &&
    marks.length === 0 &&
    stimuli.events.length === 0 &&
    joined.length === 0 &&
    !created;
  if (quiet) return;
  enterSequences(life, stimuli);
  tellReps(life, stimuli);
}

/** Steps ask for the segments of now, and may change them; returns those joined. Without loops in sequences it ends. */
function moveMembers(life: Life): string[] {
  const joined = reviewSegments(life);
  for (let changed = true; changed;) {
    const open = openEnrolments(life);
    const known = life.changes.segments.length;
    for (const enrolment of open) move(life, enrolment.id);
    if (open.length > 0) joined.push(...reviewSegments(life));
    changed = life.changes.segments.length > known;
  }
  return joined;
}

type Actings = Readonly<Record<string, Acted>>;

/**
 * Notices whose temperature or mark no longer holds after a verdict, a late event or an apply have lost their reason.
 * Where `before` is given, only those for which it held then.
 */
export function withdrawBaseless(life: Life, before: Actings | null = null): void {
  for (const { on, kind } of life.programme.reps.notices) {
    if (reasonHolds(on, life.state.acted)) continue;
    if (before === null || reasonHolds(on, before)) withdraw(life, kind);
  }
}

/** What else is told is of an instant, and stays true. */
function reasonHolds(on: NoticeRule["on"], acted: Actings): boolean {
  if ("temperature" in on) return on.temperature.includes(acted[on.model]?.temperature ?? "");
  if ("reached" in on) return acted[on.model]?.marks.includes(on.reached) ?? false;
  return true;
}

function withdraw(life: Life, kind: string): void {
  if (life.state.noticed[kind] === undefined) return;
  delete life.state.noticed[kind];
  life.changes.withdrawn.push({ kind });
}

/** Brings `acted` up to what holds now, but for what an open or click did that has not settled. */
function catchUp(life: Life): Pick<Stimuli, "shifts" | "marks"> {
  const shifts: Shift[] = [];
  const marks: { model: string; mark: string; reached: boolean }[] = [];
  const { acted, models } = life.state;
  const settled = settledScores(life);
  for (const model of life.programme.models) {
    const score = models[model.name]!;
    const calm = settled[model.name] ?? score;
    const last: Acted = (acted[model.name] ??= { temperature: null, marks: [] });
    const from = last.temperature ?? "cold";
    const to = agreed(from, score.temperature, calm.temperature);
    last.temperature = to;
    if (to !== null && to !== from) shifts.push({ model: model.name, from, to });
    for (const mark of new Set([...last.marks, ...score.reached])) {
      const reached = score.reached.includes(mark);
      if (reached === last.marks.includes(mark) || reached !== calm.reached.includes(mark)) continue;
      last.marks = reached ? [...last.marks, mark] : last.marks.filter((other) => other !== mark);
      marks.push({ model: model.name, mark, reached });
    }
    if (model.marks.length > 0) last.known = model.marks.map(({ name }) => name);
  }
  return { shifts, marks };
}

/** As far from `from` as the score with what has not settled and the one without it agree. */
function agreed(from: string, real: string | null, settled: string | null): string | null {
  if (real === settled || real === null || settled === null) return real;
  const here = HEAT[from]!;
  const [low, high] = HEAT[real]! < HEAT[settled]! ? [real, settled] : [settled, real];
  return HEAT[low]! > here ? low : HEAT[high]! < here ? high : from;
}

/**
 * Takes as acted on what holds of models, marks and segments only since the programme has them: nobody who is already
 * there enters by an apply, and no rep hears of it.
 */
export function catchUpWithNew(life: Life): void {
  for (const model of life.programme.models) {
    const { temperature, reached } = life.state.models[model.name]!;
    const last = life.state.acted[model.name];
    if (!last) life.state.acted[model.name] = { temperature, marks: [...reached] };
    else {
      const known = new Set([...(last.known ?? []), ...last.marks]);
      last.marks = [...last.marks, ...reached.filter((mark) => !known.has(mark))];
    }
  }
  reviewSegments(life);
}

/** Takes what holds now as acted on, without any reaction: imported history. */
export function catchUpSilently(life: Life): void {
  catchUp(life);
  reviewSegments(life);
}

/** Of a track one is entered: `cooled` before `temperature` before the rest, then priority, then name. */
function enterSequences(life: Life, stimuli: Stimuli): void {
  enterFirst(life, [...life.programme.sequences.values()], (entry) => triggers(life, entry.on, stimuli));
}

/** Those who are there already, where an apply asked for it: what lasts holds of them now. Nobody leaves a track for it. */
export function enterExisting(life: Life, opened: ReadonlySet<string>): void {
  const { sequences } = life.programme;
  const busy = new Set(openEnrolments(life).map((open) => sequenceOf(life.programme, open)?.track));
  const asked = [...sequences.values()].filter(
    ({ name, track }) => opened.has(name) && (track === null || !busy.has(track)),
  );
  enterFirst(life, asked, (entry) => lasts(life, entry.on));
}

function enterFirst(life: Life, among: readonly Sequence[], triggered: (entry: Entry) => boolean): void {
  if (life.lead.suppressed !== null) return;
  const wanted: { sequence: Sequence; rank: number }[] = [];
  for (const sequence of among) {
    const ranks = sequence.enter.filter((entry) => triggered(entry) && mayEnter(life, entry)).map(rankOf);
    if (ranks.length > 0) wanted.push({ sequence, rank: Math.min(...ranks) });
  }
  wanted.sort(
    (a, b) =>
      a.rank - b.rank ||
      b.sequence.priority - a.sequence.priority ||
      (a.sequence.name < b.sequence.name ? -1 : 1),
  );
  const taken = new Set<string>();
  for (const { sequence } of wanted) {
    if (sequence.track !== null && taken.has(sequence.track)) continue;
    if (enrol(life, sequence) && sequence.track !== null) taken.add(sequence.track);
  }
}

function rankOf(entry: Entry): number {
  return "cooled" in entry.on ? 0 : "temperature" in entry.on ? 1 : 2;
}

function mayEnter(life: Life, entry: Entry): boolean {
  return entry.if === null || testOf(entry.if)(factsOf(life));
}

/** Events and coolings are over when they have happened. */
function lasts(life: Life, on: Entry["on"]): boolean {
  if ("segment" in on) return life.state.segments.includes(on.segment);
  if ("reached" in on) return life.state.acted[on.model]?.marks.includes(on.reached) ?? false;
  if (!("temperature" in on)) return false;
  const now = life.state.acted[on.model]?.temperature;
  return typeof now === "string" && on.temperature.includes(now);
}

function triggers(life: Life, on: Entry["on"], stimuli: Stimuli): boolean {
  if ("temperature" in on) {
    if (shifted(on, stimuli, (shift) => on.temperature.includes(shift.to))) return true;
    return (
      stimuli.created && on.temperature.includes("cold") && life.state.acted[on.model]?.temperature === "cold"
    );
  }
  if ("cooled" in on) return cooled(on, stimuli);
  if ("reached" in on) return reached(on, stimuli);
  if ("event" in on) return matching(life, on.event, on.where, stimuli).length > 0;
  return stimuli.joined.includes(on.segment);
}

function shifted(on: { readonly model: string }, stimuli: Stimuli, test: (shift: Shift) => boolean): boolean {
  return stimuli.shifts.some((shift) => shift.model === on.model && test(shift));
}

function cooled(
  on: { readonly cooled: readonly string[]; readonly model: string },
  stimuli: Stimuli,
): boolean {
  return shifted(
    on,
    stimuli,
    (shift) => on.cooled.includes(shift.from) && HEAT[shift.to]! < HEAT[shift.from]!,
  );
}

function reached(on: { readonly reached: string; readonly model: string }, stimuli: Stimuli): boolean {
  return stimuli.marks.some((mark) => mark.model === on.model && mark.mark === on.reached && mark.reached);
}

function matching(
  life: Life,
  type: string,
  where: NonNullable<Entry["if"]> | null,
  stimuli: Stimuli,
): Event[] {
  return stimuli.events.filter(
    (event) => event.type === type && (where === null || testOf(where)(factsOf(life, { event }))),
  );
}

/** One notice a lead and kind within `cooldown`. */
function tellReps(life: Life, stimuli: Stimuli): void {
  life.programme.reps.notices.forEach((rule, index) => {
    const reason = reasonFor(life, rule, stimuli);
    if (!reason) return;
    const last = life.state.noticed[rule.kind];
    if (rule.cooldown !== null && last !== undefined && life.now < last + rule.cooldown) return;
    notify(life, rule.kind, index, "owner", reason);
    if (rule.deal === "open") openDeal(life);
  });
}

function reasonFor(life: Life, rule: NoticeRule, stimuli: Stimuli): Parameters<typeof notify>[4] | null {
  const on = rule.on;
  if ("did" in on) {
    const event = matching(life, on.did, on.where, stimuli)[0];
    return event ? { event: event.type, seq: event.seq, ...standing(life, "default") } : null;
  }
  const holds =
    "temperature" in on
      ? shifted(on, stimuli, (shift) => on.temperature.includes(shift.to))
      : "cooled" in on
        ? cooled(on, stimuli)
        : reached(on, stimuli);
  if (!holds) return null;
  const shift = stimuli.shifts.find((candidate) => candidate.model === on.model);
  const cause = stimuli.events[stimuli.events.length - 1];
  return { ...standing(life, on.model), from: shift?.from ?? null, event: cause?.type ?? null };
}

function standing(
  life: Life,
  name: string,
): { model: string | null; now: string | null; total: number | null } {
  const model = life.wiring.models.get(name);
  const score = life.state.models[name];
  if (!model || !score || score.temperature === null) return { model: null, now: null, total: null };
  const { total } = totalAt(model, score, life.lead.attributes, life.now);
  return { model: name, now: score.temperature, total };
}
