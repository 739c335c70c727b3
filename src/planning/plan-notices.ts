import { eachPlacedForm } from "../conditions/references.ts";
import type { CompanyPlace } from "../calendar/place.ts";
import type { Instant } from "../instant.ts";
import type { Lead } from "../leads/lead.ts";
import type { NewNotice } from "../lifecycle/changes.ts";
import type { Reps } from "../reps/definition.ts";
import { routeTo, type RoutingFacts } from "../reps/routing.ts";

type Routed = RoutingFacts["lead"];

/** How many notices of one kind a rep gets; null: nobody is there to be told. */
export interface NoticeCount {
  readonly rep: string | null;
  readonly kind: string;
  readonly count: number;
  /** Of them, at the first instant. */
  readonly atOnce: number;
}

/**
 * Notices of many leads, told to reps at the end, in the order of time: whose turn it is depends on all before. Of a
 * lead only what routing asks is kept.
 */
export class NoticeBook {
  readonly #reps: Reps;
  readonly #asked: readonly string[];
  readonly #leads = new Map<string, Routed>();
  readonly #notices: { at: Instant; kind: string; to: string; lead: Routed }[] = [];

  constructor(reps: Reps) {
    this.#reps = reps;
    const asked = new Set<string>();
    for (const { takes } of reps.reps) {
      if (takes) eachPlacedForm(takes, [], (form) => "attribute" in form && asked.add(form.attribute));
    }
    this.#asked = [...asked];
  }

  add(lead: Lead, notices: readonly NewNotice[]): void {
    if (notices.length === 0) return;
    const routed = this.#routed(lead);
    for (const { at, kind, to } of notices) this.#notices.push({ at, kind, to, lead: routed });
  }

  /** `lastNotified` as it is before the first of them. */
  tell(company: CompanyPlace, lastNotified: ReadonlyMap<string, Instant>, first: Instant): NoticeCount[] {
    const last = new Map(
      [...lastNotified].filter(([name]) => this.#reps.reps.some(({ rep }) => rep === name)),
    );
    const counts = new Map<string, { rep: string | null; kind: string; count: number; atOnce: number }>();
    for (const { at, kind, to, lead } of this.#notices.sort((a, b) => a.at - b.at)) {
      const facts = { lead, lastNotified: last, now: at, company, exclude: NOBODY };
      const rep = routeTo(this.#reps, to, facts)?.rep.rep ?? null;
      // As the notices' own pass does: a millisecond apart, or the first would get all of one instant.
      if (rep !== null) last.set(rep, Math.max(at, 1 + Math.max(0, ...last.values())));
      const key = JSON.stringify([rep, kind]);
      const of = counts.get(key) ?? { rep, kind, count: 0, atOnce: 0 };
      counts.set(key, of);
      of.count++;
      if (at <= first) of.atOnce++;
    }
    return [...counts.values()];
  }

  #routed({ email, owner, attributes }: Lead): Routed {
    const wanted = this.#asked.map((name) => (name === "email" ? email : (attributes[name] ?? null)));
    const key = JSON.stringify([owner, wanted]);
    let routed = this.#leads.get(key);
    if (!routed) {
      const known = this.#asked.map((name, place) => [name, wanted[place]!] as const);
      const { email: named = "", ...others } = Object.fromEntries(known);
      routed = { email: String(named), owner, attributes: others };
      this.#leads.set(key, routed);
    }
    return routed;
  }
}

const NOBODY: ReadonlySet<string> = new Set();
