import { HOUR, type Instant } from "../instant.ts";
import type { Enrolment } from "../sequences/enrolment.ts";
import { migration } from "../sequences/migrate.ts";
import type { Sequence } from "../sequences/definition.ts";
import { sequenceOf } from "../programme/programme.ts";
import type { Comparison, LeadPlan } from "./plan-lead.ts";
import { NoticeBook } from "./plan-notices.ts";
import type { Plan, SequencePlan, StepPlan } from "./plan.ts";

const MOST_NAMES = 5;

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Crossed = { model: string; from: string | null; to: string | null; leads: number; names: string[] };
type Changed = Writable<Omit<SequencePlan, "steps">> & { steps: Map<string, Writable<StepPlan>> };

/** Counts what each lead's two futures differ in; keeps nothing of a lead but a few addresses. */
export class PlanTally {
  readonly #comparison: Comparison;
  readonly #crossed = new Map<string, Crossed>();
  readonly #segments: Counts<{ now: number; proposed: number }>;
  readonly #entries = counts(() => ({ entered: 0, ended: 0 }));
  readonly #mails = counts(() => ({ now: 0, proposed: 0, nextHour: 0 }));
  readonly #changed = new Map<string, Changed>();
  readonly #books: { readonly now: NoticeBook; readonly proposed: NoticeBook };

  constructor(comparison: Comparison) {
    const { live, proposed } = comparison;
    this.#comparison = comparison;
    this.#segments = counts(() => ({ now: 0, proposed: 0 }));
    this.#books = { now: new NoticeBook(live.reps), proposed: new NoticeBook(proposed.reps) };
    for (const name of new Set([...live.sequences.keys(), ...proposed.sequences.keys()])) {
      const [from, to] = [live.sequences.get(name), proposed.sequences.get(name)];
      if (from?.hash === to?.hash) continue;
      const change = !from ? "added" : to ? "changed" : "removed";
      this.#changed.set(name, { sequence: name, change, kept: 0, moved: 0, ended: 0, steps: new Map() });
    }
  }

  add(plan: LeadPlan): void {
    const { lead } = plan.before;
    this.#temperatures(plan);
    for (const segment of plan.was.segments) this.#segments.of(segment).now++;
    for (const segment of plan.becomes.segments) this.#segments.of(segment).proposed++;
    for (const sequence of plan.entered) this.#entries.of(sequence).entered++;
    for (const sequence of plan.ended) this.#entries.of(sequence).ended++;
    for (const { sequence } of plan.now.mails) this.#mails.of(sequence).now++;
    for (const { sequence, at } of plan.proposed.mails) {
      this.#mails.of(sequence).proposed++;
      if (this.#isSoon(at)) this.#mails.of(sequence).nextHour++;
    }
    this.#books.now.add(lead, plan.now.notices);
    this.#books.proposed.add(lead, plan.proposed.notices);
    for (const enrolment of plan.before.enrolments) this.#place(plan, enrolment);
  }

  /** A lead that the change does not touch is in the same segments before and after it. */
  addUntouched(segments: readonly string[]): void {
    for (const segment of segments) {
      this.#segments.of(segment).now++;
      this.#segments.of(segment).proposed++;
    }
  }

  result(leads: number, inFlight: Plan["inFlight"], lastNotified: ReadonlyMap<string, Instant>): Plan {
    const { live, proposed, now } = this.#comparison;
    const before = this.#books.now.tell(live.settings.company, lastNotified, now);
    const after = this.#books.proposed.tell(proposed.settings.company, lastNotified, now);
    const kinds = new Map(
      [...before, ...after].map(({ rep, kind }) => [JSON.stringify([rep, kind]), { rep, kind }]),
    );
    const find = (list: typeof before, { rep, kind }: { rep: string | null; kind: string }) =>
      list.find((other) => other.rep === rep && other.kind === kind);
    return {
      at: now,
      leads,
      inFlight,
      temperatures: sorted(
        [...this.#crossed.values()],
        ({ model, from, to }) => `${model} ${heat(from)} ${heat(to)}`,
      ),
      segments: this.#changedSegments(),
      entries: byName("sequence", this.#entries.all),
      notices: sorted(
        [...kinds.values()].map(({ rep, kind }) => ({
          rep,
          kind,
          now: find(before, { rep, kind })?.count ?? 0,
          proposed: find(after, { rep, kind })?.count ?? 0,
          atOnce: find(after, { rep, kind })?.atOnce ?? 0,
        })),
        ({ rep, kind }) => `${rep ?? "~"} ${kind}`,
      ),
      mails: byName("sequence", this.#mails.all),
      sequences: sorted([...this.#changed.values()], ({ sequence }) => sequence).map((changed) => ({
        ...changed,
        steps: [...changed.steps.values()],
      })),
    };
  }

  #isSoon(at: Instant): boolean {
    return at <= this.#comparison.now + HOUR;
  }

  #temperatures({ was, becomes, before }: LeadPlan): void {
    for (const model of new Set([...Object.keys(was.temperatures), ...Object.keys(becomes.temperatures)])) {
      const [from, to] = [was.temperatures[model] ?? null, becomes.temperatures[model] ?? null];
      if (from === to) continue;
      const key = JSON.stringify([model, from, to]);
      const crossed = this.#crossed.get(key) ?? { model, from, to, leads: 0, names: [] };
      this.#crossed.set(key, crossed);
      crossed.leads++;
      if (crossed.names.length < MOST_NAMES) crossed.names.push(before.lead.email);
    }
  }

  /** What becomes of one enrolment of a sequence that changes. */
  #place({ enrolments, proposed: { mails } }: LeadPlan, enrolment: Enrolment): void {
    const changed = this.#changed.get(enrolment.sequence);
    if (!changed) return;
    const { live, proposed } = this.#comparison;
    const from = sequenceOf(live, enrolment);
    const to = proposed.sequences.get(enrolment.sequence);
    const place = from && to ? migrationOf(from, to).place(enrolment.step) : GONE;
    const key = JSON.stringify([enrolment.step, place]);
    const step = changed.steps.get(key) ?? {
      step: enrolment.step,
      ...place,
      leads: 0,
      ended: 0,
      mailsNextHour: 0,
    };
    changed.steps.set(key, step);
    step.leads++;
    const ended = enrolments.get(enrolment.id)?.state !== "open";
    const stays = place.how === "stays" || sequenceOf(proposed, enrolment)?.hash === from?.hash;
    if (ended) {
      step.ended++;
      changed.ended++;
    } else if (stays) changed.kept++;
    else changed.moved++;
    step.mailsNextHour += mails.filter(
      (mail) => mail.enrolment === enrolment.id && this.#isSoon(mail.at),
    ).length;
  }

  #changedSegments(): Plan["segments"] {
    const { live, proposed } = this.#comparison;
    const names = [...new Set([...live.segments, ...proposed.segments].map(({ name }) => name))].sort();
    return names.flatMap((segment) => {
      const size = this.#segments.of(segment);
      const there = (programme: typeof live) => programme.segments.some(({ name }) => name === segment);
      const now = there(live) ? size.now : null;
      const then = there(proposed) ? size.proposed : null;
      return now === then ? [] : [{ segment, now, proposed: then }];
    });
  }
}

const GONE = { how: "gone", to: null } as const;

const migrations = new WeakMap<Sequence, WeakMap<Sequence, ReturnType<typeof migration>>>();

function migrationOf(from: Sequence, to: Sequence): ReturnType<typeof migration> {
  const known = migrations.get(from) ?? new WeakMap<Sequence, ReturnType<typeof migration>>();
  migrations.set(from, known);
  const found = known.get(to) ?? migration(from, to);
  known.set(to, found);
  return found;
}

interface Counts<T> {
  readonly all: ReadonlyMap<string, T>;
  of(name: string): T;
}

function counts<T>(zero: () => T): Counts<T> {
  const all = new Map<string, T>();
  return {
    all,
    of(name) {
      const found = all.get(name) ?? zero();
      all.set(name, found);
      return found;
    },
  };
}

function byName<K extends string, T>(key: K, all: ReadonlyMap<string, T>): (Record<K, string> & T)[] {
  return sorted([...all], ([name]) => name).map(
    ([name, count]) => ({ [key]: name, ...count }) as Record<K, string> & T,
  );
}

function sorted<T>(list: readonly T[], key: (one: T) => string): T[] {
  return [...list].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

function heat(temperature: string | null): number {
  return ["cold", "warm", "hot"].indexOf(temperature ?? "");
}
