import { placeOf, type CompanyPlace } from "../calendar/place.ts";
import { addOpenTime } from "../calendar/window.ts";
import type { Settings } from "../config/settings.ts";
import { DAY, HOUR, WEEK, type Instant } from "../instant.ts";
import type { Stage } from "../leads/lead.ts";
import type { NoticeRule, Rep, Reps } from "./definition.ts";
import type { Due, Notice } from "./notices.ts";
import { routeTo, type RoutingFacts } from "./routing.ts";

/** "Later" repeats a notice after this. */
export const LATER = 7 * DAY;

/** Nobody could be told for so long: what was news then is none any more. */
const GIVE_UP = WEEK;

export type Telling =
  | { readonly do: "tell"; readonly rep: Rep }
  /** Nobody can be told now; ask again then. */
  | { readonly do: "wait"; readonly until: Instant }
  /** Nobody will be told by itself any more. */
  | { readonly do: "stop"; readonly reason: string };

export interface TellingFacts extends Omit<RoutingFacts, "exclude" | "lead"> {
  readonly lead: RoutingFacts["lead"] & { readonly stage: Stage };
}

/** Who hears of a notice that is due, first or next. */
export function decideTelling(
  notice: Notice,
  due: Due,
  reps: Reps,
  rule: NoticeRule | null,
  facts: TellingFacts,
): Telling {
  const told = notice.reason.told ?? [];
  if (told.length > 0 && facts.lead.stage === "lost") return { do: "stop", reason: "the lead is lost" };
  if (reps.reps.length === 0) return { do: "stop", reason: "there is no rep to tell" };
  if (due === "tell") {
    const repeated = notice.state === "answered";
    const to = (repeated ? notice.rep : null) ?? notice.reason.to;
    const since = repeated ? (notice.answeredAt ?? notice.at) + LATER : notice.at;
    return tellOrWait(reps, to, facts, new Set(), since);
  }
  if (!rule?.escalate) return { do: "stop", reason: "it does not escalate" };
  const { to, after } = rule.escalate;
  const exclude = new Set(told);
  if (exclude.has(to) || reps.reps.every((rep) => exclude.has(rep.rep))) {
    return { do: "stop", reason: "everybody was told" };
  }
  return tellOrWait(reps, to, facts, exclude, (notice.sentAt ?? facts.now) + after);
}

function tellOrWait(
  reps: Reps,
  to: string,
  facts: TellingFacts,
  exclude: ReadonlySet<string>,
  since: Instant,
): Telling {
  const routed = routeTo(reps, to, { ...facts, exclude });
  if (routed) return { do: "tell", rep: routed.rep };
  const waited = facts.now - since;
  if (waited >= GIVE_UP) return { do: "stop", reason: "nobody could be told for a week" };
  return { do: "wait", until: facts.now + Math.min(Math.max(waited, HOUR), DAY) };
}

/**
 * When a notice that this rep got at `now` goes to the next one: `escalate.after` of the window's own time, where
 * `zone: lead` means the rep's. null: never.
 */
export function escalationDue(
  rule: NoticeRule | null,
  rep: Rep,
  windows: Settings["windows"],
  company: CompanyPlace,
  now: Instant,
): Instant | null {
  const escalate = rule?.escalate;
  if (!escalate) return null;
  const window = escalate.window === null ? undefined : windows.get(escalate.window);
  if (!window) return now + escalate.after;
  const { zone, country } = placeOf(window, { timezone: rep.timezone }, company);
  return addOpenTime(window, zone, country, now, escalate.after);
}

/** The rule of a notice as it stands now; rules are known by their kind. null for a notify step, or where it is gone. */
export function ruleOf(reps: Reps, notice: Pick<Notice, "kind" | "rule">): NoticeRule | null {
  if (notice.rule === null) return null;
  return reps.notices.find((rule) => rule.kind === notice.kind) ?? null;
}
