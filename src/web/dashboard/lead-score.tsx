import { capital } from "../../reps/notice.ts";
import { ago, clean, counted, shownPoints, shownScore } from "../../reps/words.ts";
import type { ExplainedPart } from "../../scoring/explain.ts";
import { When } from "./layout.tsx";
import type { ScoreExplained } from "../../insights/explain-lead.run.ts";
import { tellerOf } from "../../insights/lead-text.ts";
import type { LeadView } from "./lead.run.ts";
import { ScoreChart } from "./score-chart.tsx";
import { driftWords } from "../../insights/lead-words.ts";
import { HeatChip } from "./temperature.tsx";
import type { Times } from "./times.ts";

interface ScoreProps {
  readonly view: LeadView;
  readonly score: ScoreExplained;
  readonly times: Times;
}

/** One model's score: where it stands, how it came there over time, and part by part why. */
export function ScorePanel({ view, score, times }: ScoreProps) {
  const { model, explanation } = score;
  const { next, temperature } = explanation;
  const since = explanation.crossings.findLast(({ kind }) => kind === "temperature");
  const told = tellerOf(view);
  const dots = explanation.parts.flatMap((part) =>
    part.part === "engagement"
      ? part.events.map((fed) => ({ at: fed.at, words: told(fed), points: fed.points }))
      : [],
  );
  return (
    <section class="panel score" aria-labelledby={`score-${model.name}`}>
      <h2 id={`score-${model.name}`}>Why this score{view.scores.length > 1 && `: ${model.title}`}</h2>
      <div class="standing">
        <span class={`total ${temperature}`}>{shownScore(explanation.total)}</span>
        <p>
          <HeatChip heat={temperature} />
          {explanation.reached.map((mark) => (
            <span class="chip">mark {mark}</span>
          ))}
          <span class="quiet">
            {since ? (
              <>
                since <When at={since.at} times={times} as="day" />
              </>
            ) : (
              "from the beginning"
            )}
            {next?.temperature && (
              <>
                {"; "}
                {driftWords(temperature, next.temperature)} <When at={next.at} times={times} as="span" /> if
                nothing happens
              </>
            )}
            .
          </span>
        </p>
      </div>
      <ScoreChart score={score} line={view.lines.get(model.name) ?? []} dots={dots} times={times} />
      <Parts view={view} score={score} times={times} />
    </section>
  );
}

function Parts({ view, score, times }: ScoreProps) {
  const { parts, total } = score.explanation;
  const counting = parts.filter(
    (part) => part.points !== 0 || (part.part === "engagement" && part.events.length > 0),
  );
  const silent = parts.filter((part) => !counting.includes(part) && part.part !== "clamp");
  const scale = {
    gives: Math.max(0, ...counting.map((part) => part.points)),
    takes: Math.max(0, ...counting.map((part) => -part.points)),
  };
  return (
    <>
      <table class="parts">
        <caption class="hidden">The parts whose points add up to the score</caption>
        <thead class="hidden">
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Share</th>
            <th scope="col">Points</th>
          </tr>
        </thead>
        {(["fit", "engagement", "inactivity", "clamp"] as const).map((kind) => {
          const rows = counting.filter((part) => part.part === kind);
          if (rows.length === 0) return null;
          return (
            <tbody>
              <tr class="kind">
                <th scope="rowgroup" colspan={3}>
                  {KINDS[kind]}
                </th>
              </tr>
              {rows.map((part) => (
                <PartRow part={part} scale={scale} view={view} score={score} times={times} />
              ))}
            </tbody>
          );
        })}
        <tfoot>
          <tr>
            <th scope="row" colspan={2}>
              Total <span class="quiet">rounded down</span>
            </th>
            <td class="num" title={String(total)}>
              {shownScore(total)}
            </td>
          </tr>
        </tfoot>
      </table>
      {silent.length > 0 && (
        <details class="silent">
          <summary>{counted(silent.length, "part")} of the model gave nothing</summary>
          <p class="quiet">{silent.map((part) => ("name" in part ? part.name : part.part)).join(", ")}</p>
        </details>
      )}
    </>
  );
}

const KINDS: Readonly<Record<ExplainedPart["part"], string>> = {
  fit: "Who they are",
  engagement: "What they did",
  inactivity: "Silence",
  clamp: "The range ends here",
};

/** The most that any part gives, and takes. */
interface Scale {
  readonly gives: number;
  readonly takes: number;
}

interface PartProps extends ScoreProps {
  readonly part: ExplainedPart;
  readonly scale: Scale;
}

function PartRow(props: PartProps) {
  const { part, scale } = props;
  return (
    <tr>
      <th scope="row">
        <PartName {...props} />
      </th>
      <td class="barcell">
        <Bar points={part.points} scale={scale} />
      </td>
      <td class="num" title={String(part.points)}>
        {shownPoints(part.points)}
      </td>
    </tr>
  );
}

function PartName({ part, view, score, times }: PartProps) {
  switch (part.part) {
    case "fit": {
      const attribute = score.model.fit.find((criterion) => criterion.name === part.name)?.attribute ?? "";
      const value = clean(view.lead.attributes[attribute], 60) || "unknown";
      return (
        <>
          {capital(part.name)}{" "}
          <span class="quiet">
            {value}
            {part.band !== null && part.band !== `is ${value}` && ` (${part.band})`}
          </span>
        </>
      );
    }
    case "engagement": {
      const told = tellerOf(view);
      const cap = score.model.rules.find((rule) => rule.name === part.name)?.cap ?? null;
      const last = part.events.at(-1);
      return (
        <details>
          <summary>
            {capital(part.name)}{" "}
            <span class="quiet">
              {counted(part.events.length, "act")}
              {last && `, last ${ago(last.at, times.now)}`}
              {Math.abs(part.faded) >= 0.05 && `; ${shownPoints(-part.faded)} faded`}
            </span>
          </summary>
          <ol>
            {part.events.toReversed().map((fed) => (
              <li>
                <span>{capital(told(fed))}</span> <When at={fed.at} times={times} />
                <b class="num">{shownPoints(fed.points)}</b>
              </li>
            ))}
            {cap !== null && <li class="quiet">This rule never holds more than {cap}.</li>}
          </ol>
        </details>
      );
    }
    case "inactivity":
      return (
        <>
          No act of theirs for {part.name}{" "}
          <span class="quiet">
            the last was on <When at={part.since} times={times} as="day" />
          </span>
        </>
      );
    case "clamp":
      return (
        <span class="quiet">
          a score stays between {score.model.range.floor} and {score.model.range.ceiling}
        </span>
      );
    default:
      throw new Error(`unknown part: ${JSON.stringify(part satisfies never)}`);
  }
}

/** To the right of the line what gives, to the left what takes; without the latter the line is at the very left. */
function Bar({ points, scale }: { readonly points: number; readonly scale: Scale }) {
  const whole = scale.gives + scale.takes || 1;
  const percent = (part: number) => Math.round((part / whole) * 1000) / 10;
  const zero = percent(scale.takes);
  const length = percent(Math.abs(points));
  return (
    <svg class="diverging" width="100%" height="10" aria-hidden="true">
      <rect
        class={points < 0 ? "takes" : "gives"}
        x={`${points < 0 ? zero - length : zero}%`}
        width={`${Math.max(length, 0.8)}%`}
        height="10"
        rx="2"
      />
      {scale.takes > 0 && <rect class="middle" x={`${zero}%`} width="1" height="10" />}
    </svg>
  );
}
