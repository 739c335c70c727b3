import type { Plan, SequencePlan, StepPlan } from "../planning/plan.ts";
import { PLAN_DAYS } from "../planning/plan.ts";
import type { InFlight } from "../programme/programme.ts";

/** So that a line stays a line. */
const MOST_NAMES = 3;

/** What a plan says, for people; what nothing happens to is not said. */
export function planWords(plan: Plan): string[] {
  const days = `in the next ${PLAN_DAYS} days`;
  return [
    ...section(
      `Temperatures, of ${count(plan.leads, "lead")}`,
      plan.temperatures.map(({ model, from, to, leads, names }) => [
        model,
        `${from ?? "not scored"} → ${to ?? "not scored"}`,
        leads,
        names.slice(0, MOST_NAMES).join(", ") + (leads > MOST_NAMES ? ", …" : ""),
      ]),
      ["", "", "leads", ""],
    ),
    ...section(
      "Segments",
      plan.segments.map(({ segment, now, proposed }) => [
        segment,
        now === null ? "new" : now,
        proposed === null ? "gone" : proposed,
      ]),
      ["", "now", "then"],
    ),
    ...section(
      "Sequences, at once",
      plan.entries.map(({ sequence, entered, ended }) => [sequence, entered, ended]),
      ["", "enter", "end"],
    ),
    ...plan.sequences.flatMap((sequence) => sequenceWords(sequence, plan.inFlight)),
    ...section(
      `Mails ${days}`,
      plan.mails.map(({ sequence, now, proposed, nextHour }) => [sequence, now, proposed, nextHour]),
      ["", "now", "then", "of them in the first hour"],
    ),
    ...section(
      `Notices to reps ${days}`,
      plan.notices.map(({ rep, kind, now, proposed, atOnce }) => [
        rep ?? "(nobody is there)",
        kind,
        now,
        proposed,
        atOnce,
      ]),
      ["", "", "now", "then", "of them at once"],
    ),
  ];
}

/** What the numbers take for granted. */
export const ASSUMED =
  "Counted by living every lead through these days twice. Taken for granted: nobody opens, clicks or does anything else, " +
  "every mail that passes the gate is sent, whatever the sending rate, and reps answer before a notice goes on to the next.";

function sequenceWords({ sequence, change, steps, ...totals }: SequencePlan, inFlight: InFlight): string[] {
  const there = totals.kept + totals.moved + totals.ended;
  const title = `Sequence ${sequence}: ${change}`;
  if (there === 0) return change === "added" ? [title, ""] : [`${title}, nobody is in it`, ""];
  const sums = [`${totals.kept} kept`, `${totals.moved} moved`, `${totals.ended} ended`].join(", ");
  const rows = steps.map((step) => [
    step.step ?? "(no step)",
    count(step.leads, "lead"),
    fate(step, change, inFlight),
    step.mailsNextHour === 0 ? "" : `${count(step.mailsNextHour, "mail")} in the next hour`,
  ]);
  return section(`${title}, ${count(there, "lead")} in it: ${sums}`, rows);
}

/** What becomes of those who are at a step. */
function fate(
  { how, to, leads, ended }: StepPlan,
  change: SequencePlan["change"],
  inFlight: InFlight,
): string {
  const some = ended > 0 && ended < leads ? `; ${ended} of them ${ended === 1 ? "ends" : "end"}` : "";
  if (change === "removed" && ended === leads) return "the sequence is gone: ends";
  if (inFlight === "keep") return `finishes the earlier version${some}`;
  if (inFlight === "exit") return "ends";
  if (ended === leads && to !== null) return "ends: its goal or an exit holds";
  if (how === "stays") return `stays${some}`;
  if (how === "moves") return `stays, now called ${to}${some}`;
  return to === null ? "gone, and none after it: ends" : `gone: goes on at ${to}${some}`;
}

/** A heading and a table below it; nothing where there is no row. */
function section(
  heading: string,
  rows: readonly (readonly (string | number)[])[],
  columns: readonly string[] = [],
): string[] {
  if (rows.length === 0) return [];
  const all = [...(columns.length > 0 ? [columns] : []), ...rows].map((row) => row.map(shown));
  const widths = rows[0]!.map((_, place) => Math.max(...all.map((row) => row[place]!.length)));
  const lines = all.map((row) =>
    row
      .map((cell, place) => {
        const right =
          typeof rows[0]![place] === "number" || (columns[place] !== undefined && columns[place] !== "");
        return right ? cell.padStart(widths[place]!) : cell.padEnd(widths[place]!);
      })
      .join("  ")
      .trimEnd(),
  );
  return [heading, ...lines.map((line) => `  ${line}`), ""];
}

function shown(cell: string | number): string {
  return typeof cell === "number" ? cell.toLocaleString("en") : cell;
}

function count(number: number, word: string): string {
  return `${shown(number)} ${word}${number === 1 ? "" : "s"}`;
}
