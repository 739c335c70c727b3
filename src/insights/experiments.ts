import type { Instant } from "../instant.ts";
import { HOLDOUT_ARMS } from "../sequences/ab.ts";
import type { AbStep, Sequence } from "../sequences/definition.ts";
import {
  leadsNeeded,
  liftInterval,
  rateInterval,
  type Arm,
  type Interval,
} from "../sequences/sequential-test.ts";

/** What has come of the leads of one variant so far. */
export interface Tally {
  readonly variant: string;
  /** Whose mail was sent, or who entered. */
  readonly leads: number;
  readonly converted: number;
  /** Those long enough ago for their outcome to be final. */
  readonly seen: number;
  readonly seenConverted: number;
}

export interface ArmStanding extends Tally {
  readonly weight: number;
  /** Of those whose outcome is final; `value` null where there are none yet. */
  readonly rate: Interval & { readonly value: number | null };
}

/** How many times as often one converts as another; `value` null where the other never did. */
export interface Lift extends Interval {
  readonly variant: string;
  readonly against: string;
  readonly value: number | null;
}

/** Where an experiment stands. All intervals are always valid: they may be looked at as often as anyone likes. */
export interface Standing {
  /** A share: 0.95. */
  readonly confidence: number;
  readonly leads: number;
  readonly arms: readonly ArmStanding[];
  /** The best so far against each of the others; those who entered against those held out. */
  readonly lifts: readonly Lift[];
}

export interface Winner {
  readonly variant: string;
  readonly at: Instant;
  /** By which it was decided. */
  readonly tallies: readonly Tally[];
}

export interface AbStanding extends Standing {
  /** Later leads get it. The lifts are those by which it was decided. */
  readonly winner: Winner | null;
  /** About how many leads it takes in all, if things stay as they look; null where that can't be said. */
  readonly needed: number | null;
}

/** Where the A/B tests of a sequence stand, and the measure of its holdout. */
export interface SequenceExperiments {
  /** By step. */
  readonly tests: ReadonlyMap<string, AbStanding>;
  /** What the sequence itself causes; null without a holdout. */
  readonly effect: Standing | null;
}

export function standingOfTest(step: AbStep, tallies: readonly Tally[], winner: Winner | null): AbStanding {
  const arms = armsOf(step, tallies);
  const standing = standingOf(arms, bestOf(arms), step.confidence);
  if (!winner) {
    return { ...standing, winner, needed: leadsNeeded(arms.map(asArm), standing.leads, step.confidence) };
  }
  const then = armsOf(step, winner.tallies);
  const best = then.find(({ variant }) => variant === winner.variant);
  return { ...standing, lifts: standingOf(then, best, step.confidence).lifts, winner, needed: null };
}

function armsOf({ variants }: AbStep, tallies: readonly Tally[]): Counts[] {
  return variants.map(({ name, weight }) => armOf(name, weight, tallies));
}

/** At 95 %: what a sequence itself causes. */
export function standingOfHoldout({ holdout }: Sequence, tallies: readonly Tally[]): Standing {
  const entered = armOf(HOLDOUT_ARMS.entered, 1 - holdout, tallies);
  return standingOf([entered, armOf(HOLDOUT_ARMS.held, holdout, tallies)], entered, 0.95);
}

type Counts = Tally & { readonly weight: number };

function armOf(variant: string, weight: number, tallies: readonly Tally[]): Counts {
  const none = { leads: 0, converted: 0, seen: 0, seenConverted: 0 };
  return { ...none, ...tallies.find((tally) => tally.variant === variant), variant, weight };
}

function standingOf(arms: readonly Counts[], best: Counts | undefined, confidence: number): Standing {
  return {
    confidence,
    leads: arms.reduce((sum, { leads }) => sum + leads, 0),
    arms: arms.map((arm) => ({
      ...arm,
      rate: {
        value: arm.seen === 0 ? null : arm.seenConverted / arm.seen,
        ...rateInterval(arm.seenConverted, arm.seen, confidence),
      },
    })),
    lifts: arms.flatMap((arm) => (best && arm !== best ? [liftOf(best, arm, arms.length, confidence)] : [])),
  };
}

function liftOf(arm: Counts, other: Counts, variants: number, confidence: number): Lift {
  return {
    variant: arm.variant,
    against: other.variant,
    value: other.converted === 0 ? null : perLead(arm) / perLead(other),
    ...liftInterval(asArm(arm), asArm(other), variants, confidence),
  };
}

function bestOf(arms: readonly Counts[]): Counts | undefined {
  return [...arms].sort((a, b) => perLead(b) - perLead(a))[0];
}

/** Of the leads that there were: chance gives one variant more of them than its weight says. */
function perLead({ converted, leads }: Counts): number {
  return leads === 0 ? 0 : converted / leads;
}

function asArm({ variant, weight, converted }: Counts): Arm {
  return { name: variant, weight, converted };
}
