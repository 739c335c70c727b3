import type { AbStanding, Lift, Standing } from "../../insights/experiments.ts";
import { formatDuration } from "../../instant.ts";
import { capital } from "../../reps/notice.ts";
import { counted } from "../../reps/words.ts";
import { AB_LOOKS, finalAge, HOLDOUT_LOOKS } from "../../sequences/ab.ts";
import type { AbStep } from "../../sequences/definition.ts";
import type { Times } from "./times.ts";

/** Where an A/B test stands, in a sentence, with each variant's rate and what it may be. */
export function TestStanding(props: {
  readonly step: AbStep;
  readonly standing: AbStanding;
  readonly times: Times;
}) {
  const { step, standing, times } = props;
  const { winner, leads, needed, confidence, lifts } = standing;
  const sure = share(confidence);
  const act = typeof step.measure === "string" ? step.measure : "converted";
  return (
    <div class="experiment">
      {winner ? (
        <p>
          <span class="chip good">{winner.variant} won</span> at {sure}, on {times.day(winner.at)}: later
          leads get it.
        </p>
      ) : (
        <p>
          <b>No winner yet</b>: {waitWords(leads, needed)}.
        </p>
      )}
      {lifts.map((lift) => (
        <LiftWords lift={lift} act={act} confidence={confidence} />
      ))}
      <Rates standing={standing} names={{}} of="Sent" act={act} />
      <p class="quiet">
        Each lead counts once, people only. A rate is of mails at least {formatDuration(finalAge(AB_LOOKS))}{" "}
        old; its line is what it may be, at {sure}, however often one looks.
      </p>
    </div>
  );
}

/** What a sequence itself causes: those who got it against those held out. */
export function Effect({ effect, goal }: { readonly effect: Standing; readonly goal: string }) {
  const { lifts, confidence } = effect;
  return (
    <section class="panel experiment" aria-labelledby="effect">
      <h2 id="effect">What this sequence causes</h2>
      <p>
        {verdict(lifts[0])} Counted: {goal} within {formatDuration(finalAge(HOLDOUT_LOOKS))} of entering.
      </p>
      {lifts.map((lift) => (
        <LiftWords
          lift={{ ...lift, variant: "Those who got it", against: "those held out" }}
          act="reached it"
          confidence={confidence}
        />
      ))}
      <Rates
        standing={effect}
        names={{ entered: "got it", held_out: "held out" }}
        of="Leads"
        act="reached it"
      />
    </section>
  );
}

function verdict(lift: Lift | undefined): string {
  if (lift && lift.from > 1) return "It helps.";
  return lift && lift.to < 1 ? "It does harm." : "Whether it helps can't be said yet.";
}

function waitWords(leads: number, needed: number | null): string {
  const so = `${counted(leads, "mail")} so far`;
  if (needed === null) return `${so}, and no difference to go by`;
  return `${so}, of about ${roundly(needed).toLocaleString("en-GB")} if things stay as they look`;
}

/** `plain clicked 1.8 times as often as numbers (95 %: 0.9 to 3.4 times).` */
function LiftWords(props: { readonly lift: Lift; readonly act: string; readonly confidence: number }) {
  const { lift, act, confidence } = props;
  if (lift.value === null) return null;
  const to = Number.isFinite(lift.to) ? `${times(lift.to)} times` : "any number of times";
  return (
    <p>
      {lift.variant} {act} {times(lift.value)} times as often as {lift.against}{" "}
      <span class="quiet">
        ({share(confidence)}: {times(lift.from)} to {to})
      </span>
    </p>
  );
}

interface RatesProps {
  readonly standing: Standing;
  /** Other words for some arms. */
  readonly names: Readonly<Record<string, string>>;
  readonly of: string;
  readonly act: string;
}

function Rates({ standing: { arms }, names, of, act }: RatesProps) {
  const most = Math.max(0.01, ...arms.map(({ rate, seen }) => (seen === 0 ? 0 : rate.to)));
  return (
    <table class="funnel rates">
      <thead>
        <tr>
          <th scope="col">
            <span class="hidden">Variant</span>
          </th>
          <th scope="col" class="num">
            {of}
          </th>
          <th scope="col" class="num">
            {capital(act)}
          </th>
          <th scope="col" class="num">
            Rate
          </th>
          <th scope="col" class="drawn">
            <span class="hidden">Between</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {arms.map(({ variant, leads, converted, seen, rate }) => (
          <tr>
            <th scope="row">{names[variant] ?? variant}</th>
            <td class="num">{leads}</td>
            <td class="num">{converted}</td>
            <td class="num">{rate.value === null ? "–" : share(rate.value)}</td>
            <td class="drawn" title={seen === 0 ? "" : `${share(rate.from)} to ${share(rate.to)}`}>
              {seen > 0 && (
                <svg
                  width="100%"
                  height="12"
                  role="img"
                  aria-label={`between ${share(rate.from)} and ${share(rate.to)}`}
                >
                  <rect class="track" width="100%" y="2" height="8" rx="2" />
                  <rect
                    class="may"
                    x={part(rate.from / most)}
                    width={part((rate.to - rate.from) / most)}
                    y="2"
                    height="8"
                    rx="2"
                  />
                  <circle class="people" cx={part(rate.value! / most)} cy="6" r="4" />
                </svg>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** `4.2 %`. */
function share(of: number): string {
  const percent = of * 100;
  return `${percent < 10 && percent > 0 ? percent.toFixed(1) : Math.round(percent)} %`;
}

function part(of: number): string {
  return `${Math.round(of * 1000) / 10}%`;
}

/** With two digits. */
function times(lift: number): string {
  return lift < 10 ? lift.toFixed(lift < 1 ? 2 : 1) : String(roundly(lift));
}

function roundly(count: number): number {
  return Number(count.toPrecision(2));
}
