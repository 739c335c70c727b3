import type { MailSettings } from "../config/settings.ts";
import type { Db } from "../db/tables.ts";
import { recentDoubts } from "../email/doubt.store.ts";
import { nextQueued, queuedByDomain, recentSends, type MessageRow } from "../email/messages.store.ts";
import type { Instant } from "../instant.ts";
import { nextAllowed, nextAllowedByAll } from "./rate.ts";

/** What the rates still allow at one instant. */
export interface Allowance {
  /** How many more may leave, whatever their domain. */
  readonly left: number;
  /** Domains that may get none now. */
  readonly blocked: readonly string[];
  /** Of these, in order, as many of each domain as it may get. */
  take(due: readonly MessageRow[]): MessageRow[];
}

export async function readAllowance(db: Db, rate: MailSettings["rate"], now: Instant): Promise<Allowance> {
  const { perMinute, perDomainPerMinute } = rate;
  if (perMinute === null && perDomainPerMinute === null) {
    return { left: Infinity, blocked: [], take: (due) => [...due] };
  }
  const recent = await recentlyLeft(db, now);
  const used = new Map<string, number>();
  for (const { domain } of recent) used.set(domain, (used.get(domain) ?? 0) + 1);
  const each = perDomainPerMinute ?? Infinity;
  return {
    left: Math.max(0, (perMinute ?? Infinity) - recent.length),
    blocked: [...used].filter(([, count]) => count >= each).map(([domain]) => domain),
    take: (due) =>
      due.filter(({ domain }) => {
        const count = (used.get(domain) ?? 0) + 1;
        used.set(domain, count);
        return count <= each;
      }),
  };
}

/** The next instant at which a queued message is due and the rates let it leave; null where none is queued. */
export async function nextSendable(
  db: Db,
  rate: MailSettings["rate"],
  now: Instant,
): Promise<Instant | null> {
  const first = await nextQueued(db);
  if (first === null || first > now || (rate.perMinute === null && rate.perDomainPerMinute === null))
    return first;
  const recent = await recentlyLeft(db, now);
  const company = nextAllowed(
    recent.map(({ at }) => at),
    rate.perMinute,
    now,
  );
  let next: Instant | null = null;
  for (const { domain, due } of await queuedByDomain(db)) {
    const mine = recent.filter((sent) => sent.domain === domain).map(({ at }) => at);
    const at = Math.max(due, company, nextAllowed(mine, rate.perDomainPerMinute, now));
    if (next === null || at < next) next = at;
  }
  return next;
}

/** The first instant ≥ `now` at which one more mail may leave for a domain, if none does before it. */
export async function rateAllows(
  db: Db,
  { perMinute, perDomainPerMinute }: MailSettings["rate"],
  now: Instant,
  domain: string,
): Promise<Instant> {
  if (perMinute === null && perDomainPerMinute === null) return now;
  const all = await recentlyLeft(db, now);
  const mine = all.filter((sent) => sent.domain === domain);
  const rates = [
    { perMinute, recent: all.map(({ at }) => at) },
    { perMinute: perDomainPerMinute, recent: mine.map(({ at }) => at) },
  ];
  return nextAllowedByAll(rates, now);
}

/** What left within the last minute, or may have. */
async function recentlyLeft(db: Db, now: Instant): Promise<{ domain: string; at: Instant }[]> {
  return [...(await recentSends(db, now)), ...(await recentDoubts(db, now))].sort((a, b) => a.at - b.at);
}
