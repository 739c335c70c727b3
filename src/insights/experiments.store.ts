import type { Db, Row } from "../db/tables.ts";
import { readTallies } from "../lifecycle/trials.store.ts";
import { testKey } from "../programme/experiments.ts";
import type { Programme } from "../programme/programme.ts";
import { findWinners } from "../programme/winners.store.ts";
import { holdoutKey } from "../sequences/ab.ts";
import type { AbStep, Sequence } from "../sequences/definition.ts";
import {
  standingOfHoldout,
  standingOfTest,
  type AbStanding,
  type SequenceExperiments,
  type Tally,
  type Winner,
} from "./experiments.ts";

/** Where the A/B tests of a sequence stand, and the measure of its holdout: read from sums, whatever the number of leads. */
export async function readExperiments(
  db: Db,
  programme: Programme,
  sequence: Sequence,
): Promise<SequenceExperiments> {
  const steps = Object.values(sequence.steps).filter((step): step is AbStep => step.kind === "ab");
  const names = new Map(steps.map((step) => [step, testKey(programme, sequence, step)]));
  const tests = [...names.values()];
  const rows = await readTallies(db, [...tests, holdoutKey(sequence)]);
  const tallies = Map.groupBy(rows.map(tallyOf), ({ test }) => test);
  const winners = tests.length === 0 ? [] : await findWinners(db, tests);
  const standing = (step: AbStep): AbStanding => {
    const name = names.get(step)!;
    const winner = winners.find(({ test }) => test === name);
    return standingOfTest(step, tallies.get(name) ?? [], winner ? winnerOf(winner) : null);
  };
  return {
    tests: new Map(steps.map((step) => [step.id, standing(step)])),
    effect:
      sequence.holdout > 0 ? standingOfHoldout(sequence, tallies.get(holdoutKey(sequence)) ?? []) : null,
  };
}

function winnerOf({ variant, at, numbers }: Row<"winners">): Winner {
  return { variant, at, tallies: (JSON.parse(numbers) as Row<"tallies">[]).map(tallyOf) };
}

function tallyOf({
  seen_converted: seenConverted,
  ...tally
}: Row<"tallies">): Tally & { readonly test: string } {
  return { ...tally, seenConverted };
}
