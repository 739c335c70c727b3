import type { Condition } from "../conditions/condition.ts";
import type { Db } from "../db/tables.ts";
import { isDone, type MessageState } from "../email/message.ts";
import type { Instant } from "../instant.ts";
import { experimentsOf, type Experiment } from "../programme/experiments.ts";
import { saveWinner } from "../programme/winners.store.ts";
import { AB_LOOKS, finalAge, HOLDOUT_LOOKS, nextLookAt, togetherAt } from "../sequences/ab.ts";
import { winnerOf } from "../sequences/sequential-test.ts";
import { lookAt } from "./look.ts";
import { hasWarmed, wasMet } from "./outcome.ts";
import { loadSnapshots } from "./snapshot.store.ts";
import type { Spine } from "./spine.ts";
import {
  addToTallies,
  claimTrials,
  dealsOf,
  mailOutcomes,
  nextLook,
  readTallies,
  saveTrials,
  shiftsSince,
  type MailOutcome,
  type Tally,
  type Trial,
} from "./trials.store.ts";

const TRIALS_AT_ONCE = 200;

/** When the outcome of an A/B mail, or of an entry into a sequence with a holdout, is looked at next. */
export function nextMeasure({ db }: Spine): Promise<Instant | null> {
  return nextLook(db.kysely);
}

/**
 * Looks at the outcomes that are due, keeps their sums, and decides the tests in which a variant has won; says how many
 * it looked at. Its cost follows them: a few looks for each mail of a test.
 */
export async function measureDue(spine: Spine): Promise<number> {
  for (let total = 0; ;) {
    const looked = await spine.db.unit((trx) => measure(spine, trx));
    total += looked;
    if (looked < TRIALS_AT_ONCE) return total;
  }
}

async function measure(spine: Spine, trx: Db): Promise<number> {
  const now = spine.clock.now();
  const trials = await claimTrials(trx, now, TRIALS_AT_ONCE);
  if (trials.length === 0) return 0;
  const experiments = experimentsOf(spine.programme());
  const eyes = await open(spine, trx, trials, experiments, now);
  const looked = trials.map((trial) => look(trial, experiments.get(trial.test), eyes));
  await saveTrials(trx, looked);
  const changes = sumUp(trials, looked);
  await addToTallies(trx, changes);
  const moved = new Set(changes.filter(({ converted }) => converted !== 0).map(({ test }) => test));
  for (const test of [...moved].sort()) await decide(trx, test, experiments.get(test), now);
  return trials.length;
}

/** What the looks of one pass need to see. */
interface Eyes {
  readonly now: Instant;
  readonly mails: ReadonlyMap<number, MailOutcome>;
  /** Opens and clicks up to then have settled. */
  readonly settled: Instant;
  /** Whether the outcome came about in between; null where the lead is still to be taken over to this programme. */
  cameAbout(lead: number, outcome: Condition | "warmed", since: Instant, end: Instant): boolean | null;
}

async function open(
  spine: Spine,
  trx: Db,
  trials: readonly Trial[],
  experiments: ReadonlyMap<string, Experiment>,
  now: Instant,
): Promise<Eyes> {
  const programme = spine.programme();
  const mails = await mailOutcomes(
    trx,
    trials.flatMap(({ message_id }) => message_id ?? []),
  );
  const asking = (wanted: (outcome: Outcome) => boolean) => {
    const asked = trials.filter(({ test }) => {
      const experiment = experiments.get(test);
      return experiment !== undefined && wanted(outcomeOf(experiment));
    });
    return [...new Set(asked.map(({ lead_id }) => lead_id))].sort((a, b) => a - b);
  };
  const snapshots = await loadSnapshots(
    trx,
    asking((outcome) => typeof outcome === "object"),
    [],
  );
  const since = Math.min(...trials.map(({ asked_at }) => asked_at));
  const shifts = await shiftsSince(
    trx,
    asking((outcome) => typeof outcome === "object" || outcome === "warmed"),
    since,
  );
  const deals = await dealsOf(
    trx,
    asking((outcome) => outcome === "warmed"),
  );
  return {
    now,
    mails,
    settled: now - programme.settings.tracking.settle,
    cameAbout(lead, outcome, from, end) {
      const theirs = shifts.get(lead) ?? [];
      if (outcome === "warmed") return hasWarmed(from, end, theirs, deals.get(lead) ?? []);
      const snapshot = snapshots.get(lead);
      if (!snapshot) return false;
      if (snapshot.programme !== programme.hash) return null;
      return wasMet(lookAt(snapshot, programme, now), outcome, from, end, theirs);
    },
  };
}

type Outcome = "clicked" | "opened" | "replied" | "warmed" | Condition;

/** What counts as success. */
function outcomeOf({ sequence, step }: Experiment): Outcome {
  return step ? step.measure : (sequence.goal ?? "warmed");
}

/** One trial as it stands now. */
function look(trial: Trial, experiment: Experiment | undefined, eyes: Eyes): Trial {
  if (!experiment) return { ...trial, look_at: null };
  const mail = trial.message_id === null ? null : eyes.mails.get(trial.message_id);
  if (mail === undefined) return { ...trial, look_at: null };
  const began = mail === null ? trial.asked_at : mail.sent_at;
  if (began === null) return { ...trial, look_at: sentLater(mail!, eyes.now) };
  const looks = mail === null ? HOLDOUT_LOOKS : AB_LOOKS;
  const end = began + finalAge(looks);
  const outcome = outcomeOf(experiment);
  let converted: Instant | null;
  if (outcome === "clicked" || outcome === "opened" || outcome === "replied") {
    const at = mail?.[`${outcome}_at`] ?? null;
    converted = at !== null && at <= Math.min(end, eyes.settled) ? at : null;
  } else {
    const met = eyes.cameAbout(trial.lead_id, outcome, began, end);
    if (met === null) return { ...trial, look_at: togetherAt(AB_LOOKS, eyes.now + 1) };
    // What held at an earlier look has been reached, also where it holds no more.
    converted = trial.converted_at ?? (met ? eyes.now : null);
  }
  return { ...trial, began_at: began, look_at: nextLookAt(looks, began, eyes.now), converted_at: converted };
}

/** A mail that still waits is looked at after it is due; one that is never sent is not. */
function sentLater({ state, due_at }: MailOutcome, now: Instant): Instant | null {
  return isDone(state as MessageState)
    ? null
    : togetherAt(AB_LOOKS, Math.max(now + 1, due_at + AB_LOOKS.ages[0]));
}

/** What these looks change in the sums, in the order of their keys: two processes never wait for each other. */
function sumUp(before: readonly Trial[], after: readonly Trial[]): Tally[] {
  const sums = new Map<string, Tally>();
  for (const [index, trial] of after.entries()) {
    const [old, now] = [countOf(before[index]!, false), countOf(trial, trial.look_at === null)];
    const key = `${trial.test} ${trial.variant}`;
    const sum = sums.get(key);
    sums.set(key, {
      test: trial.test,
      variant: trial.variant,
      leads: (sum?.leads ?? 0) + now.leads - old.leads,
      converted: (sum?.converted ?? 0) + now.converted - old.converted,
      seen: (sum?.seen ?? 0) + now.seen,
      seen_converted: (sum?.seen_converted ?? 0) + now.seen * now.converted,
    });
  }
  return [...sums.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, tally]) => tally)
    .filter(({ leads, converted, seen }) => leads !== 0 || converted !== 0 || seen !== 0);
}

function countOf({ began_at, converted_at }: Trial, final: boolean) {
  return {
    leads: began_at === null ? 0 : 1,
    converted: converted_at === null ? 0 : 1,
    seen: final && began_at !== null ? 1 : 0,
  };
}

/** Keeps the winner, where one variant has won. */
async function decide(
  trx: Db,
  test: string,
  experiment: Experiment | undefined,
  now: Instant,
): Promise<void> {
  if (!experiment?.step) return;
  const { variants, confidence } = experiment.step;
  const tallies = await readTallies(trx, [test]);
  const arms = variants.map(({ name, weight }) => {
    return { name, weight, converted: tallies.find(({ variant }) => variant === name)?.converted ?? 0 };
  });
  const winner = winnerOf(arms, confidence);
  if (winner === null) return;
  await saveWinner(trx, { test, variant: winner, at: now, numbers: JSON.stringify(tallies) });
}
