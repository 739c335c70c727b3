import type { ThresholdReview } from "../insights/threshold-review.ts";
import { DAY, formatInstant, type Instant } from "../instant.ts";
import type { Backtest, NotifiedLead, SideName } from "../planning/backtest.ts";
import { shownScore } from "../reps/words.ts";

/** Leads of a list that are shown; --json has all. */
const SHOWN = 20;

/** A backtest for people, in lines of at most 100 characters but for addresses. */
export function describeBacktest(
  backtest: Backtest,
  names: readonly SideName[],
  review: ThresholdReview,
): string {
  const { model, outcome, from, until, leads, outcomes, before } = backtest;
  const out = before > 0 ? `; ${many(before)} more had it before, and are left out` : "";
  const lines = [
    `Model ${model}, ${day(from)} to ${day(until)}: ${many(leads)} leads, ${many(outcomes)} of them had ${outcome}${out}.`,
  ];
  if (leads === 0) return `${lines[0]!}\nThere is nothing to replay: import leads and events first.\n`;
  if (outcomes === 0) {
    lines.push(
      `The log has no ${outcome} in this time: who turned hot is known, but not whether they were right. Import what`,
      `became of leads as ${outcome} events, or name another --outcome.`,
    );
  }
  lines.push("", ...thresholdTable(backtest, names), "", ...whoTable(backtest, names), "");
  lines.push(...weekTable(backtest, names), "", `Review of the ${names[0]!} model:`, review.sentence);
  const byItself = backtest.opensDeals ? " (a notice opens a deal by itself)" : "";
  lines.push(
    `  turned hot ${many(review.qualified)}`,
    `  of them with a deal opened ${many(review.opportunities)}${byItself}`,
    `  of them with ${outcome} ${many(review.customers)}`,
    `  with ${outcome} but never hot before ${many(review.missed)}`,
  );
  return `${lines.join("\n")}\n`;
}

function thresholdTable({ thresholds, sides }: Backtest, names: readonly SideName[]): string[] {
  const heads = ["reached", "of them", "precision", "recall", "days"];
  const widths = [8, 8, 10, 7, 6];
  const row = (cells: readonly string[]) =>
    cells.map((cell, index) => cell.padStart(widths[index]!)).join("");
  const left = (text: string) => text.padEnd(8);
  const lines = [
    `${left("")}${names.map((name) => `  ${name.padStart(row(heads).length)}`).join("")}`,
    `${left("from")}${names.map(() => `  ${row(heads)}`).join("")}`,
  ];
  for (const [place, at] of thresholds.entries()) {
    const cells = sides.map(({ columns }) => {
      const { reached, hits, precision, recall, leadDays } = columns[place]!;
      return row([many(reached), many(hits), percent(precision), percent(recall), days(leadDays)]);
    });
    const note = noteOf(at, sides, names);
    if (sides.every(({ columns }) => columns[place]!.reached === 0) && note === "") continue;
    lines.push(`${left(String(at))}${cells.map((cell) => `  ${cell}`).join("")}${note && `  ${note}`}`);
  }
  lines.push(
    "reached: leads with so high a score before the outcome, or without one; of them: had it afterwards;",
    "precision: their share; recall: their share of all who had it; days: the median from threshold to outcome",
  );
  return lines;
}

/** `live hot`, where a threshold is a model's own. */
function noteOf(at: number, sides: Backtest["sides"], names: readonly SideName[]): string {
  const own = sides.map(({ thresholds: { warm, hot }, marks }) => [
    ...(warm === at ? ["warm"] : []),
    ...(hot === at ? ["hot"] : []),
    ...marks.filter((mark) => mark.at === at).map(({ name }) => name),
  ]);
  if (own.every((words) => words.join() === own[0]!.join())) return own[0]!.join(", ");
  return own
    .flatMap((words, index) => (words.length > 0 ? [`${names[index]!} ${words.join(", ")}`] : []))
    .join("; ");
}

function whoTable({ notified, sides }: Backtest, names: readonly SideName[]): string[] {
  const told = (side: number) => notified.filter((lead) => lead.sides[side]);
  const bought = (leads: readonly NotifiedLead[]) => leads.filter(({ outcome }) => outcome !== null).length;
  const lines = names.map((name, side) => {
    const leads = told(side);
    const notices = leads.reduce((sum, lead) => sum + lead.sides[side]!.notices, 0);
    return `Reps would have been told of ${many(leads.length)} leads under the ${name} model (${many(notices)} notices), ${many(bought(leads))} with the outcome.`;
  });
  if (sides.length < 2) return [...lines, ...list("Who", told(0), 0)];
  const newly = told(1).filter((lead) => !lead.sides[0]);
  const gone = told(0).filter((lead) => !lead.sides[1]);
  if (newly.length + gone.length === 0) return [...lines, "The same leads, under both."];
  return [...lines, ...list("Newly", newly, 1), ...list("No longer", gone, 0)];
}

function list(title: string, leads: readonly NotifiedLead[], side: number): string[] {
  if (leads.length === 0) return [`${title}: nobody`];
  const shown = leads.toSorted((a, b) => a.sides[side]!.at - b.sides[side]!.at).slice(0, SHOWN);
  const width = Math.max(...shown.map(({ email }) => email.length));
  const rows = shown.map(({ email, sides, outcome }) => {
    const { at, score } = sides[side]!;
    return `  ${email.padEnd(width)}  ${day(at)}  at ${shownScore(score).padStart(3)}  ${outcomeWords(at, outcome)}`.trimEnd();
  });
  const more = leads.length - rows.length;
  return [
    `${title}: ${many(leads.length)}`,
    ...rows,
    ...(more > 0 ? [`  … and ${many(more)} more; --json has all`] : []),
  ];
}

function outcomeWords(at: Instant, outcome: Instant | null): string {
  if (outcome === null) return "";
  if (outcome <= at) return `outcome ${day(outcome)}, before it`;
  return `outcome ${day(outcome)}, ${Math.round((outcome - at) / DAY)} days later`;
}

function weekTable({ sides }: Backtest, names: readonly SideName[]): string[] {
  const reps = sides[0]!.weeks.reps;
  if (reps.length === 0) return ["Notices a week: config/reps.yaml names no rep."];
  const width = Math.max(...reps.map(({ rep }) => rep.length), 4);
  const lines = reps.map(({ rep }, index) => {
    const cells = sides.map(({ weeks }) => {
      const { perWeek, busiest } = weeks.reps[index]!;
      return `${perWeek.toFixed(1).padStart(10)} (${many(busiest)} at most)`.padEnd(26);
    });
    return `  ${rep.padEnd(width)}${cells.join("")}`.trimEnd();
  });
  const head = `  ${"".padEnd(width)}${names.map((name) => name.padStart(10).padEnd(26)).join("")}`.trimEnd();
  const byTurn = sides.some(({ weeks }) => weeks.reps.some((rep) => rep.byTurn > 0));
  const nobody = Math.max(...sides.map(({ weeks }) => weeks.toNobody));
  return [
    "Notices a week",
    head,
    ...lines,
    ...(byTurn
      ? [
          "Whose turn it is in a round robin also depends on other notices, escalations and answers, which are not",
          "known here: how many those are together is certain, which rep gets which is not. Owners are today's.",
        ]
      : ["Owners are today's."]),
    ...(nobody > 0 ? [`${many(nobody)} came while everybody was away.`] : []),
  ];
}

function percent(share: number | null): string {
  return share === null ? "–" : `${Math.round(share * 100)} %`;
}

function days(count: number | null): string {
  return count === null ? "–" : count.toFixed(count < 10 ? 1 : 0);
}

function day(at: Instant): string {
  return formatInstant(at).slice(0, 10);
}

function many(count: number): string {
  return count.toLocaleString("en");
}
