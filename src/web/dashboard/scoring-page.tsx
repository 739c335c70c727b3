import type { ThresholdReview } from "../../insights/threshold-review.ts";
import type { Instant } from "../../instant.ts";
import type { Curve } from "../../planning/backtest.ts";
import type { KeptBacktest } from "../../planning/kept-backtest.store.ts";
import { counted as numbered } from "../../reps/words.ts";
import type { Model } from "../../scoring/model.ts";
import { withQuery } from "./links.ts";
import { ThresholdChart } from "./threshold-chart.tsx";
import { ThresholdTable } from "./threshold-table.tsx";
import type { Times } from "./times.ts";

type Reviewed =
  | { readonly curve: Curve; readonly at: Instant; readonly review: ThresholdReview }
  | { readonly leads: number; readonly read: number };

interface ScoringPageProps {
  readonly model: Model;
  readonly models: readonly Model[];
  readonly counted: Reviewed;
  readonly last: KeptBacktest | null;
  readonly times: Times;
  readonly path: string;
}

export function NoModel() {
  return (
    <div class="empty">
      <h1>No scoring model yet</h1>
      <p>Each is a file in config/scoring.</p>
    </div>
  );
}

/** Is the threshold right? The advice with its numbers, the curve behind it, and the last model that was tried. */
export function ScoringPage({ model, models, counted, last, times, path }: ScoringPageProps) {
  return (
    <>
      <div class="title">
        <h1>Is hot at {model.thresholds.hot} right?</h1>
        {models.length > 1 && (
          <nav class="tabs" aria-label="Models">
            {models.map(({ name, title }) => (
              <a
                href={withQuery("/scoring", { model: name })}
                aria-current={name === model.name ? "page" : undefined}
              >
                {title}
              </a>
            ))}
          </nav>
        )}
      </div>
      {"curve" in counted ? (
        <Answer {...counted} times={times} />
      ) : (
        <p class="note">
          History is being counted: {counted.read.toLocaleString("en")} of{" "}
          {counted.leads.toLocaleString("en")} leads so far. <a href={path}>Look again</a>
        </p>
      )}
      <Tried last={last} times={times} />
    </>
  );
}

const ADVICE: Readonly<Record<ThresholdReview["advice"], readonly [words: string, look: string]>> = {
  raise: ["Raise it", "warm"],
  lower: ["Lower it", "warm"],
  keep: ["Keep it", "good"],
  rules: ["Look at the rules", "bad"],
  unknown: ["Too early to say", ""],
};

function Answer({
  curve,
  at,
  review,
  times,
}: {
  readonly curve: Curve;
  readonly at: Instant;
  readonly review: ThresholdReview;
  readonly times: Times;
}) {
  const [words, look] = ADVICE[review.advice];
  if (curve.leads === 0) return <p class="note">There is no lead to learn from yet.</p>;
  return (
    <>
      <section class="panel" aria-labelledby="advice">
        <h2 id="advice">
          <span class={`chip ${look}`}>{words}</span>
        </h2>
        <p>{review.sentence}</p>
        <p class="quiet">
          All history from {times.day(curve.from)}, counted {times.moment(at)}.
          {curve.opensDeals &&
            " A notice opens a deal by itself when a lead turns hot, so opportunities prove nothing."}
        </p>
      </section>
      <dl class="outcomes">
        <Number name="leads" count={curve.leads} />
        <Number name="qualified (turned hot)" count={review.qualified} />
        <Number name="of them opportunities" count={review.opportunities} />
        <Number name="of them customers" count={review.customers} goal />
        <Number name="customers never qualified" count={review.missed} />
      </dl>
      <section class="panel" aria-labelledby="curve">
        <h2 id="curve">Had hot been at another score</h2>
        <ThresholdChart curve={curve} names={["live"]} />
        <p class="quiet">
          Precision: of the leads that reach the score, the share that buy afterwards. Recall: of those who
          buy, the share that had reached it before. A higher threshold mostly raises the first and lowers the
          second.
        </p>
        <ThresholdTable curve={curve} />
      </section>
      <Weeks curve={curve} />
    </>
  );
}

function Number({
  name,
  count,
  goal,
}: {
  readonly name: string;
  readonly count: number;
  readonly goal?: boolean;
}) {
  return (
    <div class={goal ? "goal" : undefined}>
      <dt>{name}</dt>
      <dd>{count.toLocaleString("en")}</dd>
    </div>
  );
}

function Weeks({ curve }: { readonly curve: Curve }) {
  const { reps } = curve.sides[0]!.weeks;
  if (reps.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="weeks">
      <h2 id="weeks">What reps hear of this score</h2>
      <ul class="entries">
        {reps.map(({ rep, perWeek, busiest }) => (
          <li>
            {rep}: {perWeek.toFixed(1)} notices a week <span class="quiet">{busiest} in the busiest</span>
          </li>
        ))}
      </ul>
      {reps.some(({ byTurn }) => byTurn > 0) && (
        <p class="quiet">
          Whose turn it was in a round robin is a guess; their sum is not. Owners are today's.
        </p>
      )}
    </section>
  );
}

function Tried({ last, times }: { readonly last: KeptBacktest | null; readonly times: Times }) {
  return (
    <section class="panel" aria-labelledby="tried">
      <h2 id="tried">Try another model on history</h2>
      {last && (
        <>
          <p>
            Last tried: <code>{last.file}</code>, {times.moment(last.at)}, for {last.curve.outcome}.{" "}
            {last.names.length > 1 &&
              `Reps would newly have heard of ${numbered(last.newly, "lead")}, and no longer of ${last.noLonger}.`}
          </p>
          <ThresholdChart curve={last.curve} names={last.names} />
        </>
      )}
      <pre tabindex={0}>
        <code>npm run kindling -- backtest --model new.yaml</code>
      </pre>
    </section>
  );
}
