import type { SequenceExperiments } from "../../insights/experiments.ts";
import { formatDuration } from "../../instant.ts";
import { capital } from "../../reps/notice.ts";
import type { Sequence, Step } from "../../sequences/definition.ts";
import { conditionWords, entryWords, measureWords } from "../../insights/condition-words.ts";
import { Effect, TestStanding } from "./experiment.tsx";
import { Facts } from "./facts.tsx";
import { flowOf, type FlowNode } from "./flow.ts";
import type { Times } from "./times.ts";
import { goalShare, type Overview } from "./sequences-page.tsx";
import { StepCounts, type Report } from "./step-counts.tsx";
import { outcomeWords } from "../../insights/lead-words.ts";

interface SequencePageProps {
  readonly sequence: Sequence;
  readonly counts: Overview;
  readonly steps: readonly Report[];
  readonly experiments: SequenceExperiments;
  readonly times: Times;
}

/** One sequence as a flow from top to bottom, with what each step came to. */
export function SequencePage({ sequence, counts, steps, experiments, times }: SequencePageProps) {
  const reports = new Map(steps.map((report) => [report.step, report]));
  const flow = flowOf(sequence);
  const former = steps.filter(({ kind }) => kind === "gone");
  const most = Math.max(1, ...steps.map((report) => report.sent ?? 0));
  return (
    <>
      <p class="back">
        <a href="/sequences">← Sequences</a>
      </p>
      <div class="who">
        <h1>{sequence.title}</h1>
        <p class="role">{sequence.name}</p>
      </div>
      <Outcomes counts={counts} />
      <div class="columns">
        <section aria-labelledby="flow">
          <h2 id="flow" class="hidden">
            Steps
          </h2>
          <p class="legend quiet">
            <span class="people">people</span> <span class="machines">machines</span> of the mails that were
            sent
          </p>
          <ol class="flow">
            <li class="node enter">
              <p>
                <b>Enters</b> when a lead
              </p>
              <ul>
                {sequence.enter.map((entry) => (
                  <li>{entryWords(entry)}</li>
                ))}
                {sequence.enter.length === 0 && <li>is put in by hand</li>}
              </ul>
            </li>
            <Steps nodes={flow} reports={reports} most={most} tests={experiments.tests} times={times} />
            {flow.at(-1)?.step.kind !== "end" && (
              <li class="node end">
                <b>Finished</b>
              </li>
            )}
          </ol>
          {former.length > 0 && (
            <>
              <h2>Steps of former versions</h2>
              <ol class="flow">
                {former.map((report) => (
                  <li class="node">
                    <p>{report.step}</p>
                    <StepCounts report={report} most={most} />
                  </li>
                ))}
              </ol>
            </>
          )}
        </section>
        <div>
          {experiments.effect && (
            <Effect
              effect={experiments.effect}
              goal={sequence.goal ? conditionWords(sequence.goal) : "becoming hotter, or a deal"}
            />
          )}
          <Rules sequence={sequence} />
        </div>
      </div>
    </>
  );
}

function Outcomes({ counts }: { readonly counts: Overview }) {
  const { entered, open, outcomes } = counts;
  const goal = goalShare(counts).replace(/[()]/g, "");
  const others = Object.entries(outcomes).filter(([outcome]) => outcome !== "goal");
  return (
    <dl class="outcomes">
      <div>
        <dt>Ever entered</dt>
        <dd>{entered}</dd>
      </div>
      <div>
        <dt>In it now</dt>
        <dd>{open}</dd>
      </div>
      <div class="goal">
        <dt>Goal reached</dt>
        <dd>
          {outcomes["goal"] ?? 0} {goal && <span class="quiet">{goal}</span>}
        </dd>
      </div>
      {others.map(([outcome, count]) => (
        <div>
          <dt>{capital(outcomeWords(outcome))}</dt>
          <dd>{count}</dd>
        </div>
      ))}
    </dl>
  );
}

interface StepsProps {
  readonly nodes: readonly FlowNode[];
  readonly reports: ReadonlyMap<string, Report>;
  /** The most mails that any step sent. */
  readonly most: number;
  readonly tests: SequenceExperiments["tests"];
  readonly times: Times;
}

function Steps({ nodes, ...rest }: StepsProps) {
  const { reports, most, tests, times } = rest;
  return (
    <>
      {nodes.map(({ step, arms }) => {
        const report = reports.get(step.id);
        const standing = tests.get(step.id);
        return (
          <li class={`node ${step.kind}`}>
            <p>
              <StepWords step={step} />
              {step.named && <span class="quiet id">{step.id}</span>}
            </p>
            {step.kind === "ab" && standing && <TestStanding step={step} standing={standing} times={times} />}
            {report && <StepCounts report={report} most={most} />}
            {arms.length > 0 && (
              <div class="arms">
                {arms.map((arm) => (
                  <div class="arm">
                    <p class="when">{arm.words}</p>
                    <ol class="flow">
                      <Steps nodes={arm.steps} {...rest} />
                      {arm.steps.length === 0 && <li class="node quiet">goes on below</li>}
                    </ol>
                  </div>
                ))}
              </div>
            )}
          </li>
        );
      })}
    </>
  );
}

function StepWords({ step }: { readonly step: Step }) {
  switch (step.kind) {
    case "send":
      return (
        <>
          <b>Send</b> {step.template}
        </>
      );
    case "wait":
      return (
        <>
          <b>Wait</b> {step.for === undefined ? `until ${step.until}` : formatDuration(step.for)}
        </>
      );
    case "wait_for":
      return (
        <>
          <b>Wait for</b> {conditionWords(step.condition)}, up to {formatDuration(step.upTo)}
        </>
      );
    case "branch":
      return <b>Branch</b>;
    case "ab":
      return (
        <>
          <b>A/B test</b> by {measureWords(step.measure)}, at {Math.round(step.confidence * 1000) / 10} %
          confidence
        </>
      );
    case "set":
      return (
        <>
          <b>Set</b>{" "}
          {Object.entries(step.attributes)
            .map(([name, value]) => `${name.replaceAll("_", " ")} to ${String(value)}`)
            .join(", ")}
        </>
      );
    case "notify":
      return (
        <>
          <b>Notify</b> {step.to === "owner" ? "the owner" : step.to}
          {step.note !== null && <span class="quiet block">“{step.note}”</span>}
        </>
      );
    case "deal":
      return <b>Open a deal</b>;
    case "webhook":
      return (
        <>
          <b>Tell</b> the webhook {step.name}
        </>
      );
    case "end":
      return (
        <>
          <b>End</b> as {step.outcome}
        </>
      );
    default:
      throw new Error(`unknown step: ${JSON.stringify(step satisfies never)}`);
  }
}

/** What holds for the whole sequence. */
function Rules({ sequence }: { readonly sequence: Sequence }) {
  const { goal, exit, window, track, priority, holdout, caps, reenter } = sequence;
  const again =
    typeof reenter === "object"
      ? `after ${formatDuration(reenter.after)}`
      : reenter === "always"
        ? "at once"
        : "never";
  const rules: readonly (readonly [string, string | null])[] = [
    ["Goal", goal && conditionWords(goal)],
    ...exit.map((condition, index): [string, string] => [
      index === 0 ? "Exits" : "or",
      conditionWords(condition),
    ]),
    ["Window", window],
    ["Track", track],
    ["Priority", String(priority)],
    ["Enters again", again],
    ["Held out", holdout > 0 ? `${Math.round(holdout * 1000) / 10} %` : null],
    ...caps.map((cap): [string, string] => ["Cap", `${cap.emails} mails in ${formatDuration(cap.in)}`]),
  ];
  return (
    <section class="panel" aria-labelledby="rules">
      <h2 id="rules">Rules</h2>
      <Facts class="facts" facts={rules} />
    </section>
  );
}
