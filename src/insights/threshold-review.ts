import type { Column, Curve } from "../planning/backtest.ts";

/** What to do with a model's `hot`, by what became of those who reached it. */
export interface ThresholdReview {
  /**
   * `rules`: the score tells those who buy from the others too badly for any threshold to help. `unknown`: the numbers are too
   * small to say anything, or the outcome follows from the threshold itself.
   */
  readonly advice: "raise" | "lower" | "keep" | "rules" | "unknown";
  readonly hot: number;
  readonly leads: number;
  /** Turned hot before the outcome, or without one. */
  readonly qualified: number;
  readonly opportunities: number;
  readonly customers: number;
  /** Customers who never turned hot before they were customers. */
  readonly missed: number;
  /** Qualified so lately that they may yet buy; not among those the advice counts. */
  readonly recent: number;
  /** Where `hot` might go, of the totals of the backtest; null: no better one is known. */
  readonly suggestion: number | null;
  /** The advice with its numbers, for people. */
  readonly sentence: string;
}

/** Below these many nothing is said: a share of them could be anything. */
const ENOUGH_QUALIFIED = 20;
const ENOUGH_CUSTOMERS = 10;
/** Where a smaller share of those who qualify buys, reps spend their time on people who don't. */
const FEW_BUY = 0.2;
const MOST_BUY = 0.5;
const NEARLY_ALL_BUY = 0.8;
/** Where a smaller share of the customers qualified, the model misses too many. */
const MANY_MISSED = 0.5;
/** Of all leads. */
const FEW_QUALIFY = 0.1;
/** Where those who qualify buy only so much more often than any lead, qualifying says nothing. */
const NO_LIFT = 1.25;
const LIFT = 1.5;

/** Reviews one side of a backtest. */
export function reviewThreshold(backtest: Curve, side: number): ThresholdReview {
  const { thresholds, columns, qualified } = backtest.sides[side]!;
  const facts: Facts = {
    hot: thresholds.hot,
    leads: backtest.leads,
    qualified: qualified.leads,
    opportunities: qualified.opportunities,
    customers: qualified.customers,
    missed: backtest.outcomes - qualified.customers,
    recent: qualified.recent,
  };
  const curve = backtest.thresholds.map((at, place): Point => ({ at, ...columns[place]! }));
  const circular = backtest.outcome === "deal.opened" && backtest.opensDeals;
  if (circular) return { ...facts, advice: "unknown", suggestion: null, sentence: CIRCULAR };
  const { advice, suggestion } = advise(facts, curve);
  return {
    ...facts,
    advice,
    suggestion: suggestion?.at ?? null,
    sentence: sentenceOf(facts, advice, suggestion, backtest.outcome),
  };
}

const CIRCULAR =
  "Nothing can be said by deal.opened: a notice opens a deal by itself when a lead turns hot. Ask by deal.won.";

type Facts = Omit<ThresholdReview, "advice" | "suggestion" | "sentence">;
type Point = Column & { readonly at: number };

function advise(
  facts: Facts,
  curve: readonly Point[],
): { advice: ThresholdReview["advice"]; suggestion: Point | null } {
  const { leads, qualified, customers, missed } = facts;
  const settled = settledOf(facts);
  const all = customers + missed;
  const [least, most] = likely(customers, settled);
  const fewBuy = all > 0 && settled >= ENOUGH_QUALIFIED && most < FEW_BUY;
  const manyMissed = all >= ENOUGH_CUSTOMERS && customers / all < MANY_MISSED;
  const sure =
    all >= ENOUGH_CUSTOMERS &&
    least > MOST_BUY &&
    customers / settled >= NEARLY_ALL_BUY &&
    qualified / leads < FEW_QUALIFY;
  if (fewBuy && manyMissed) return { advice: "rules", suggestion: null };
  if (fewBuy) return { advice: "raise", suggestion: higher(facts, curve) };
  const usual = all / leads;
  const enough = settled >= ENOUGH_QUALIFIED && all >= ENOUGH_CUSTOMERS;
  if (enough && usual * NO_LIFT < 1 && customers / settled < usual * NO_LIFT) {
    const telling = curve.findLast(
      ({ at, hits, precision }) =>
        at > facts.hot && hits >= customers / 2 && (precision ?? 0) >= usual * LIFT,
    );
    return telling ? { advice: "raise", suggestion: telling } : { advice: "rules", suggestion: null };
  }
  if (manyMissed || sure) return { advice: "lower", suggestion: lower(facts, curve) };
  return { advice: enough ? "keep" : "unknown", suggestion: null };
}

/** Those whose time to buy has come. */
function settledOf({ qualified, recent }: Facts): number {
  return qualified - recent;
}

/** The highest total that spares a fifth of the leads and keeps nine of ten customers. */
function higher({ hot, qualified, customers }: Facts, curve: readonly Point[]): Point | null {
  return (
    curve.findLast(
      ({ at, reached, hits }) => at > hot && reached <= 0.8 * qualified && hits >= 0.9 * customers,
    ) ?? null
  );
}

/** The highest of those totals that find most customers while those who reach them buy at least half as often. */
function lower({ hot, qualified, customers }: Facts, curve: readonly Point[]): Point | null {
  const least = Math.max(FEW_BUY, qualified === 0 ? 0 : customers / qualified / 2);
  const fitting = curve.filter(({ at, precision }) => at < hot && (precision ?? 0) >= least);
  const most = Math.max(customers, ...fitting.map(({ hits }) => hits));
  return most === customers ? null : (fitting.findLast(({ hits }) => hits === most) ?? null);
}

/** Between what shares the true one lies, 95 times of 100: Wilson's interval (J. Am. Stat. Assoc. 22, 1927). */
function likely(hits: number, of: number): [low: number, high: number] {
  if (of === 0) return [0, 1];
  const z = 1.96;
  const share = hits / of;
  const middle = share + (z * z) / (2 * of);
  const spread = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const whole = 1 + (z * z) / of;
  return [(middle - spread) / whole, (middle + spread) / whole];
}

function sentenceOf(
  facts: Facts,
  advice: ThresholdReview["advice"],
  suggestion: Point | null,
  outcome: string,
): string {
  const { hot, qualified, customers, missed, recent } = facts;
  const settled = settledOf(facts);
  const all = customers + missed;
  const bought = outcome === "deal.won" ? "bought" : `had ${outcome}`;
  const who = `${many(customers)} of ${many(settled)} who qualified ${bought}${share(customers, settled)}`;
  const usual = `against ${percent(all, facts.leads)} of all ${many(facts.leads)} leads`;
  const found = `${many(customers)} of the ${many(all)} who ${bought} had qualified before${share(customers, all)}`;
  const late = recent > 0 ? ` ${many(recent)} more qualified too lately to count.` : "";
  const numbers = `${who}, ${usual}; ${found}.${late}`;
  const instead = suggestion
    ? ` With hot at ${suggestion.at}, ${many(suggestion.reached)} in place of ${many(qualified)} would have qualified, and ${many(suggestion.hits)} in place of ${many(customers)} of them ${bought}.`
    : "";
  switch (advice) {
    case "raise": {
      const none = " Every higher total that spares many leads loses customers, too: see the curve.";
      const why =
        customers / settled < FEW_BUY
          ? "Few of those who qualify buy"
          : "Those who qualify buy hardly more often than any lead";
      return `${why}: raise hot above ${hot}. ${numbers}${instead || none}`;
    }
    case "lower": {
      const none = " At every lower total far fewer of those who qualify buy: see the curve.";
      const why =
        customers / all < MANY_MISSED
          ? "Many of those who buy never qualified"
          : "Few qualify, and nearly all of them buy";
      return `${why}: lower hot below ${hot}. ${numbers}${instead || none}`;
    }
    case "keep":
      return `Keep hot at ${hot}. ${numbers}`;
    case "rules": {
      const why =
        customers / settled < FEW_BUY && customers / all < MANY_MISSED
          ? "few of those who qualify buy, and many who buy never qualified"
          : "those who qualify buy hardly more often than any lead";
      return `No threshold helps here: ${why}. Look at the rules. ${numbers}`;
    }
    case "unknown":
      return all === 0
        ? `Nothing can be said yet: no lead ${bought}, and ${many(qualified)} qualified. Record what becomes of leads, as ${outcome} events.`
        : `Too few to say: ${numbers} It takes about ${ENOUGH_QUALIFIED} who qualified and ${ENOUGH_CUSTOMERS} who ${bought}.`;
    default:
      throw new Error(`unknown advice: ${String(advice satisfies never)}`);
  }
}

function many(count: number): string {
  return count.toLocaleString("en");
}

function share(part: number, whole: number): string {
  return whole === 0 ? "" : ` (${percent(part, whole)})`;
}

function percent(part: number, whole: number): string {
  return `${Math.round((part / whole) * 100)} %`;
}
