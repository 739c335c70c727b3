import { localDay } from "../calendar/local.ts";
import { zoneOf, type CompanyPlace } from "../calendar/place.ts";
import { compileCondition } from "../conditions/evaluate.ts";
import { DAY, utcDay, type Instant } from "../instant.ts";
import type { Lead } from "../leads/lead.ts";
import { ModelFacts } from "../scoring/facts.ts";
import type { Rep, Reps, Routing } from "./definition.ts";

export interface RoutingFacts {
  readonly lead: Pick<Lead, "email" | "owner" | "attributes">;
  /** When each rep was last told of anything; one who never was is not in it. */
  readonly lastNotified: ReadonlyMap<string, Instant>;
  readonly now: Instant;
  readonly company: CompanyPlace;
  /** Reps who are not asked: they were told already. */
  readonly exclude: ReadonlySet<string>;
}

export interface Routed {
  readonly rep: Rep;
  /** `named`: the step or the rule says who. */
  readonly by: Routing | "named";
}

/** Whom to tell, by `routing` (spec/config.md, reps.yaml); null where nobody is left who is not away. */
export function routeNotice(reps: Reps, facts: RoutingFacts): Routed | null {
  const present = reps.reps.filter(
    (rep) => !facts.exclude.has(rep.rep) && !isAway(rep, facts.company, facts.now),
  );
  for (const by of reps.routing) {
    const rep = longestWaiting(candidates(by, present, facts), facts.lastNotified);
    if (rep) return { rep, by };
  }
  return null;
}

/** `owner` and `next` are routed; a rep is told themself, or where they can't be, whoever routing says. */
export function routeTo(reps: Reps, to: string, facts: RoutingFacts): Routed | null {
  const named = reps.reps.find((rep) => rep.rep === to);
  if (named && !facts.exclude.has(to) && !isAway(named, facts.company, facts.now)) {
    return { rep: named, by: "named" };
  }
  return routeNotice(reps, facts);
}

/** Away days are the rep's own local days, both inclusive. */
export function isAway(rep: Rep, company: CompanyPlace, now: Instant): boolean {
  if (rep.away.length === 0) return false;
  const today = utcDay(localDay(zoneOfRep(rep, company), now) * DAY);
  return rep.away.some(({ from, to }) => from <= today && today <= to);
}

/** A rep's IANA zone: their own, else the company's. */
export function zoneOfRep(rep: Rep, company: CompanyPlace): string {
  return zoneOf({ timezone: rep.timezone }, company);
}

function candidates(by: Routing, present: readonly Rep[], { lead, now }: RoutingFacts): readonly Rep[] {
  switch (by) {
    case "owner":
      return present.filter((rep) => rep.rep === lead.owner);
    case "takes": {
      const facts = new ModelFacts(now, { ...lead.attributes, email: lead.email });
      return present.filter((rep) => rep.takes !== null && compileCondition(rep.takes)(facts));
    }
    case "round_robin":
      return present;
    default:
      throw new Error(`unknown routing: ${String(by satisfies never)}`);
  }
}

/** Who was never told comes first, then who was told longest ago; the file's order decides between equals. */
function longestWaiting(reps: readonly Rep[], lastNotified: ReadonlyMap<string, Instant>): Rep | undefined {
  let found: Rep | undefined;
  let since = Infinity;
  for (const rep of reps) {
    const last = lastNotified.get(rep.rep) ?? -Infinity;
    if (found !== undefined && last >= since) continue;
    found = rep;
    since = last;
  }
  return found;
}
