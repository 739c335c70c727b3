/** What one variant has come to, of leads who were given a variant at random, by weight. */
export interface Arm {
  readonly name: string;
  /** Its share of the leads, above 0. */
  readonly weight: number;
  readonly converted: number;
}

/** Both ends inclusive; `to` may be Infinity where nothing bounds it. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** How many times as many conversions the better variant may get: what evidence is gathered for, each alike. */
const LIFTS = [1.08, 1.15, 1.25, 1.4, 1.6, 1.9, 2.4, 3.2, 5, 10, 30];

/**
 * The logarithm of the evidence that one variant converts better than another, given how many converted of each and the
 * share that the first has of the two's leads.
 *
 * Always valid: it may be looked at after every event and the test stopped whenever one likes. Leads are given a variant
 * by a hash, independent of all else; so if the first is no better, each conversion of the two is the first's with a
 * probability of at most `share`, whatever the rates, however they change with time and however late conversions come.
 * For a lift λ, λ^better / (1 + share·(λ − 1))^(better + other) is then a nonnegative supermartingale beginning at 1, and so
 * is a mean over lifts fixed beforehand (Robbins' method of mixtures). By Ville's inequality it ever reaches 1/α with a
 * probability of at most α, exactly and for every number of leads.
 *
 * M. Lindon, A. Malek: Anytime-Valid Inference for Multinomial Count Data, NeurIPS 2022 (tests of conversions under random
 * assignment); R. Johari, P. Koomen, L. Pekelis, D. Walsh: Always Valid Inference, Operations Research 70(3), 2022;
 * H. Robbins: Statistical Methods Related to the Law of the Iterated Logarithm, Annals of Mathematical Statistics 41, 1970.
 */
function logEvidence(better: number, other: number, share: number): number {
  let most = -Infinity;
  const terms = LIFTS.map((lift) => {
    const term = better * Math.log(lift) - (better + other) * Math.log1p(share * (lift - 1));
    if (term > most) most = term;
    return term;
  });
  let sum = 0;
  for (const term of terms) sum += Math.exp(term - most);
  return most + Math.log(sum / LIFTS.length);
}

/**
 * The variant that is better than each of the others at this confidence (0.95); null while there is none. Over the whole
 * life of a test, looked at after every event, the chance that one wins that is not better than all others is at most
 * 1 − confidence: each of the k variants may err with (1 − confidence) / k.
 */
export function winnerOf(arms: readonly Arm[], confidence: number): string | null {
  const needed = logNeeded(arms.length, confidence);
  const beats = (arm: Arm, other: Arm) =>
    arm.converted > other.converted * (arm.weight / other.weight) &&
    logEvidence(arm.converted, other.converted, shareOf(arm, other)) >= needed;
  return arms.find((arm) => arms.every((other) => other === arm || beats(arm, other)))?.name ?? null;
}

/**
 * How many times as many conversions a lead of `arm` makes as one of `other`, of `variants` that are tested together:
 * always valid at this confidence. It lies above 1 exactly where `winnerOf` takes `arm` for better than `other`.
 */
export function liftInterval(arm: Arm, other: Arm, variants: number, confidence: number): Interval {
  const needed = logNeeded(variants, confidence);
  return { from: leastLift(arm, other, needed), to: 1 / leastLift(other, arm, needed) };
}

/** As many times as many as that `arm` surely has; 0 where nothing is sure. */
function leastLift(arm: Arm, other: Arm, needed: number): number {
  const refuted = (logLift: number) => {
    const odds = Math.exp(logLift) * (arm.weight / other.weight);
    return logEvidence(arm.converted, other.converted, odds / (1 + odds)) >= needed;
  };
  return refuted(-WIDEST) ? Math.exp(bisect(-WIDEST, WIDEST, refuted)) : 0;
}

/** Lifts are looked for between e^-12 and e^12. */
const WIDEST = 12;

/**
 * The share of a stream of leads that converts, when `converted` of `of` did: always valid at this confidence, for leads
 * taken in the order in which they came. The binomial mixed over Beta(½, ½) against each rate: Robbins (above), and S. R.
 * Howard, A. Ramdas, J. McAuliffe, J. Sekhon: Time-uniform, Nonparametric, Nonasymptotic Confidence Sequences, Annals of
 * Statistics 49(2), 2021.
 */
export function rateInterval(converted: number, of: number, confidence: number): Interval {
  const failed = of - converted;
  const mixed = logGamma(converted + 0.5) + logGamma(failed + 0.5) - logGamma(of + 1) - 2 * logGamma(0.5);
  const refuted = (rate: number) =>
    mixed - times(converted, Math.log(rate)) - times(failed, Math.log1p(-rate)) >= -Math.log(1 - confidence);
  const middle = of === 0 ? 0.5 : converted / of;
  return {
    from: refuted(0) ? bisect(0, middle, refuted) : 0,
    to: refuted(1) ? bisect(1, middle, refuted) : 1,
  };
}

/**
 * About how many leads a test needs in all until it decides, if things stay as they look after `of` leads: for people, to
 * see whether waiting is worth it. null where it is too early to say, or no difference is to be seen.
 */
export function leadsNeeded(arms: readonly Arm[], of: number, confidence: number): number | null {
  const [best, next] = [...arms].sort((a, b) => b.converted / b.weight - a.converted / a.weight);
  if (!best || !next) return null;
  const both = best.converted + next.converted;
  if (both < 10) return null;
  const share = shareOf(best, next);
  const seen = (best.converted + share) / (both + 1);
  const each = seen * Math.log(seen / share) + (1 - seen) * Math.log((1 - seen) / (1 - share));
  const conversions = (logNeeded(arms.length, confidence) + Math.log(LIFTS.length) - 1) / each;
  const leads = (conversions / both) * of;
  return seen <= share || leads > 100 * of ? null : Math.max(leads, of);
}

function logNeeded(variants: number, confidence: number): number {
  return Math.log(variants / (1 - confidence));
}

function shareOf(arm: Arm, other: Arm): number {
  return arm.weight / (arm.weight + other.weight);
}

/** Where `test` ends to hold on the way from `inside`, where it does, to `outside`. */
function bisect(inside: number, outside: number, test: (at: number) => boolean): number {
  let [held, failed] = [inside, outside];
  for (let turn = 0; turn < 60; turn++) {
    const middle = (held + failed) / 2;
    if (test(middle)) held = middle;
    else failed = middle;
  }
  return held;
}

/** 0 × ∞ is 0: what never happened says nothing. */
function times(count: number, log: number): number {
  return count === 0 ? 0 : count * log;
}

/** Stirling's series after the argument is lifted above 10: to 1e-12. */
function logGamma(x: number): number {
  let product = 1;
  let y = x;
  for (; y < 10; y++) product *= y;
  const square = 1 / (y * y);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / y;
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
}
