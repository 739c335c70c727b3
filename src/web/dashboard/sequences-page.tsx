import { counted, shownShare } from "../../reps/words.ts";
import type { Sequence } from "../../sequences/definition.ts";
import type { overview } from "../api/sequence-report.ts";
import { entryWords } from "../../insights/condition-words.ts";
import { sequencePath } from "./links.ts";
import { outcomeWords } from "../../insights/lead-words.ts";

export type Overview = ReturnType<typeof overview>;

interface SequencesPageProps {
  readonly sequences: readonly { readonly sequence: Sequence; readonly counts: Overview }[];
}

/** Every sequence with how many are in it and what became of the others. */
export function SequencesPage({ sequences }: SequencesPageProps) {
  return (
    <>
      <div class="title">
        <h1>Sequences</h1>
      </div>
      {sequences.length === 0 ? (
        <div class="empty">
          <p>No sequence yet. Each is a file in config/sequences.</p>
        </div>
      ) : (
        <table class="list stack">
          <thead>
            <tr>
              <th scope="col">Sequence</th>
              <th scope="col" class="num">
                In it now
              </th>
              <th scope="col" class="num">
                Ever entered
              </th>
              <th scope="col" class="num">
                Finished
              </th>
              <th scope="col" class="num">
                Goal
              </th>
              <th scope="col">Otherwise ended</th>
            </tr>
          </thead>
          <tbody>
            {sequences.map(({ sequence, counts }) => (
              <tr>
                <th scope="row">
                  <a href={sequencePath(sequence.name)}>{sequence.title}</a>
                  <span class="quiet">{firstSentence(sequence)}</span>
                </th>
                <td class="num" data-name="now">
                  {counts.open}
                </td>
                <td class="num" data-name="entered">
                  {counts.entered}
                </td>
                <td class="num" data-name="finished">
                  {counts.outcomes["finished"] ?? 0}
                </td>
                <td class="num" data-name="goal">
                  {counts.outcomes["goal"] ?? 0} {goalShare(counts)}
                </td>
                <td class="quiet">{otherOutcomes(counts)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function firstSentence({ enter }: Sequence): string {
  const [first, ...more] = enter;
  if (!first) return "Only entered by hand";
  return `When a lead ${entryWords({ ...first, if: null })}${more.length > 0 ? `, or ${counted(more.length, "other way")}` : ""}`;
}

/** Of those who took part and are through. */
export function goalShare({ entered, open, outcomes }: Overview): string {
  const through = entered - open - (outcomes["holdout"] ?? 0);
  const goal = outcomes["goal"] ?? 0;
  return through === 0 || goal === 0 ? "" : `(${shownShare(goal, through)})`;
}

function otherOutcomes({ outcomes }: Overview): string {
  return Object.entries(outcomes)
    .filter(([outcome]) => outcome !== "goal" && outcome !== "finished")
    .map(([outcome, count]) => `${outcomeWords(outcome)} ${count}`)
    .join(", ");
}
