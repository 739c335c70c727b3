import type { Event } from "../../src/events/event.ts";
import { parseDuration, utcDay } from "../../src/instant.ts";
import type { Instant } from "../../src/instant.ts";
import type { Attributes } from "../../src/leads/lead.ts";
import type { Crossing } from "../../src/scoring/fold.ts";
import type { ModelFile } from "../../src/scoring/model.ts";

interface Rule {
  rule: string;
  on: string;
  points: number;
  half_life?: string;
  cap?: number;
  once_per?: string;
}

/**
 * spec/scoring.md written down once more, as slowly and plainly as can be: time goes by in single milliseconds and
 * everything is worked out anew at each. Conditions are left out: attributes and `where` are tested by hand.
 */
export class Naive {
  readonly crossings: Crossing[] = [];
  private readonly file: ModelFile;
  private readonly values = new Map<string, { value: number; at: Instant }>();
  private readonly taken = new Set<string>();
  private lastAct: Instant | null = null;
  private temperature = "cold";
  private readonly reached = new Set<string>();

  constructor(file: ModelFile) {
    this.file = file;
  }

  live(events: readonly Event[], until: Instant): void {
    let next = 0;
    for (let at = events[0]!.at; at <= until; at++) {
      if (at > events[0]!.at) this.settle(at, null);
      for (; next < events.length && events[next]!.at === at; next++) this.fold(events[next]!);
    }
  }

  /** The first millisecond in (after, until] at which something crosses by time alone. */
  nextCrossing(after: Instant, until: Instant): Crossing | null {
    const before = this.crossings.length;
    for (let at = after + 1; at <= until; at++) {
      this.settle(at, null);
      if (this.crossings.length > before) return this.crossings[before]!;
    }
    return null;
  }

  total(at: Instant): number {
    let sum = 0;
    for (const rule of this.rules()) sum += this.points(rule, at);
    let step = 0;
    for (const { after, points } of this.file.inactivity ?? []) {
      if (this.lastAct !== null && this.lastAct + parseDuration(after)! <= at) step = points;
    }
    sum += step;
    const { floor = 0, ceiling = 100 } = this.file.range ?? {};
    return sum < floor ? floor : sum > ceiling ? ceiling : sum;
  }

  private rules(): Rule[] {
    return this.file.engagement?.rules ?? [];
  }

  private points(rule: Rule, at: Instant): number {
    const held = this.values.get(rule.rule);
    if (!held) return 0;
    const halfLife =
      rule.half_life ?? (rule.points < 0 ? "none" : (this.file.engagement?.half_life ?? "none"));
    if (halfLife === "none") return held.value;
    return held.value * 2 ** (-(at - held.at) / parseDuration(halfLife)!);
  }

  private fold(event: Event): void {
    const counted = event.verdict === "human" || event.verdict === "proxy";
    for (const rule of this.rules()) {
      if (!counted || rule.on !== event.type) continue;
      const key = keyOf(rule.once_per, event);
      if (key !== undefined) {
        if (this.taken.has(`${rule.rule} ${key}`)) continue;
        this.taken.add(`${rule.rule} ${key}`);
      }
      let value = this.points(rule, event.at) + rule.points;
      if (rule.cap !== undefined && value > rule.cap) value = rule.cap;
      if (rule.cap !== undefined && value < -rule.cap) value = -rule.cap;
      this.values.set(rule.rule, { value, at: event.at });
    }
    if (event.type === "lead.created" || (counted && event.actor === "lead")) this.lastAct = event.at;
    this.settle(event.at, event);
  }

  private settle(at: Instant, event: Event | null): void {
    const total = this.total(at);
    const { warm, hot, cooling = 0 } = this.file.thresholds;
    const from = this.temperature;
    if (total >= hot) this.temperature = "hot";
    else if (total >= warm && from === "cold") this.temperature = "warm";
    else if (from === "hot" && total < hot - cooling)
      this.temperature = total >= warm - cooling ? "warm" : "cold";
    else if (from === "warm" && total < warm - cooling) this.temperature = "cold";
    const cause = {
      cause: event ? "event" : "time",
      event: event?.type ?? null,
      seq: event?.seq ?? null,
      total,
    } as const;
    if (this.temperature !== from) {
      this.crossings.push({ at, kind: "temperature", from, to: this.temperature, ...cause });
    }
    for (const [mark, threshold] of Object.entries(this.file.marks ?? {})) {
      if (!this.reached.has(mark) && total >= threshold) {
        this.reached.add(mark);
        this.crossings.push({ at, kind: "mark", mark, from: "left", to: "reached", ...cause });
      } else if (this.reached.has(mark) && total < threshold - cooling) {
        this.reached.delete(mark);
        this.crossings.push({ at, kind: "mark", mark, from: "reached", to: "left", ...cause });
      }
    }
  }
}

function keyOf(oncePer: string | undefined, event: Event): string | undefined {
  if (oncePer === undefined) return undefined;
  if (oncePer === "ever") return "ever";
  if (oncePer === "day") return utcDay(event.at);
  if (oncePer === "message") return event.message ?? undefined;
  const value = event.properties[oncePer.slice("property:".length)];
  return value === undefined || value === null ? undefined : JSON.stringify(value);
}

/** An event of the lead's own, unless said otherwise. */
export function act(type: string, at: Instant, more: Partial<Event> = {}): Event {
  return { seq: 1, type, at, actor: "lead", verdict: "human", properties: {}, message: null, ...more };
}

export function created(at: Instant, attributes: Attributes = {}): Event {
  return act("lead.created", at, { seq: 0, actor: "system", properties: { attributes } });
}
