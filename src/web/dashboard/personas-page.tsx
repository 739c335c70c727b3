import { html, raw } from "hono/html";
import { localDay, weekdayOf } from "../../calendar/local.ts";
import { DAY, type Instant } from "../../instant.ts";
import type { Fact } from "../../planning/expect.ts";
import { ABOUT, factParts, isShown, nameOf } from "../../planning/life-words.ts";
import { numbersOf, type LifeNumbers } from "../../planning/life-numbers.ts";
import type { KindOfLife, Life } from "../../planning/lives.run.ts";
import { capital } from "../../reps/notice.ts";
import { counted } from "../../reps/words.ts";
import { LifeChart } from "./life-chart.tsx";
import { STYLE } from "./style.ts";
import { timesIn, type Times } from "./times.ts";

interface Span {
  readonly title: string;
  readonly from: Instant;
  readonly until: Instant;
}

/** What each kind of lead lives through, as a page in one file: no script, nothing from elsewhere. */
export async function personasPage(kinds: readonly KindOfLife[], span: Span): Promise<string> {
  const all = kinds.map((kind) => ({ kind, numbers: numbersOf(kind.lives) }));
  const text = await html`<!doctype html>${(
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta
            http-equiv="content-security-policy"
            content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
          />
          <meta name="viewport" content="width=device-width,initial-scale=1" />
          <title>What leads would live through</title>
          <style>{raw(`${STYLE}${OWN_STYLE}`)}</style>
        </head>
        <body>
          <main>
            <div class="title">
              <h1>What leads would live through</h1>
              <p class="quiet">{span.title}. In virtual time; nobody was mailed.</p>
            </div>
            <Overview all={all} />
            {all.map(({ kind, numbers }) => (
              <Kind kind={kind} numbers={numbers} span={span} />
            ))}
          </main>
        </body>
      </html>
    )}`;
  return `${text.toString()}\n`;
}

const OWN_STYLE = `
.kinds{margin-bottom:1.25rem}h3{margin:1.25rem 0 .25rem}.where{list-style:none;margin:.5rem 0 0;padding:0;font-size:.92rem}
.where>li{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:.4rem 0;border-top:1px solid var(--line)}.where>li>b{flex:0 0 11rem;overflow-wrap:anywhere}
.cal{border-collapse:separate;border-spacing:2px;width:100%;max-width:34rem;table-layout:fixed;font-size:.78rem}
.cal th{font-weight:400;color:var(--quiet);text-align:left;padding:0}.cal thead th:first-child{width:3.6rem}
.cal td{height:1.7rem;padding:.1rem .2rem;background:var(--soft);border-radius:.25rem;vertical-align:middle;line-height:.7}.cal td.out{background:none}
.pin{display:inline-block;width:.6rem;height:.6rem;border-radius:50%;margin:1px;background:var(--quiet)}
.pin.mail{background:var(--link)}.pin.notice,.pin.deal{background:var(--ink);border-radius:2px}.pin.hot{background:var(--hot)}.pin.warm{background:var(--warm)}.pin.cold{background:var(--cold)}
.pin.mark{background:none;border:2px solid var(--hot)}.pin.came{background:none;border:2px solid var(--good)}.pin.ended,.pin.dropped{background:none;border:2px solid var(--quiet)}
.life{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:1.25rem;margin-top:1rem}@media(max-width:60rem){.life{grid-template-columns:minmax(0,1fr)}}
.days{list-style:none;margin:.5rem 0 0;padding:0;font-size:.9rem}.days>li{display:grid;grid-template-columns:6.5rem minmax(0,1fr);gap:.5rem;padding:.3rem 0;border-top:1px solid var(--line)}
.days ul{list-style:none;margin:0;padding:0}.days ul time{color:var(--quiet);margin-right:.5rem;font-variant-numeric:tabular-nums}
.keys{display:flex;flex-wrap:wrap;gap:0 .9rem;margin-top:.5rem}.keys .pin{margin-right:.35rem}
`;

function Overview({ all }: { readonly all: readonly { kind: KindOfLife; numbers: LifeNumbers }[] }) {
  const columns = ["Leads", "Turn warm", "Turn hot", "Mails each", "Notices", "Deals", "Unsubscribe"];
  return (
    <table class="list stack kinds">
      <thead>
        <tr>
          <th scope="col">Kind</th>
          {columns.map((name) => (
            <th scope="col" class="num">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {all.map(({ kind, numbers }) => {
          const { leads, warm, hot, mails, notices, deals, left } = numbers;
          const each = mails.least === mails.most ? mails.most : `${mails.least} to ${mails.most}`;
          return (
            <tr>
              <th scope="row">
                <a href={`#${kind.persona}`}>{capital(kind.persona)}</a>
                <span class="quiet">{ABOUT[kind.persona]}</span>
              </th>
              {[leads, warm, hot, each, notices, deals, left].map((value, index) => (
                <td class="num" data-name={columns[index]}>
                  {value}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Kind({
  kind,
  numbers,
  span,
}: {
  readonly kind: KindOfLife;
  readonly numbers: LifeNumbers;
  readonly span: Span;
}) {
  const { example, curves, persona } = kind;
  const times = timesIn(example.zone, span.until);
  return (
    <section class="panel" id={persona}>
      <h2>{capital(persona)}</h2>
      <p class="quiet">{`${capital(ABOUT[persona])}.`}</p>
      <h3>Where they leave</h3>
      {numbers.sequences.length === 0 ? (
        <p class="quiet">They enter no sequence.</p>
      ) : (
        <ul class="where">
          {numbers.sequences.map((sequence) => (
            <Outcomes sequence={sequence} />
          ))}
        </ul>
      )}
      <h3>{`One of them: ${nameOf(example)}`}</h3>
      {curves.map(({ model, line }) => (
        <>
          {curves.length > 1 && <p class="quiet">{model.title}</p>}
          <LifeChart
            id={`${persona}-${model.name}`}
            model={model}
            line={line}
            crossings={example.facts.filter(
              ({ kind: what, line: told }) => what === "crossing" && told["model"] === model.name,
            )}
            times={times}
          />
        </>
      ))}
      <div class="life">
        <Calendar life={example} span={span} times={times} />
        <Days life={example} times={times} />
      </div>
    </section>
  );
}

function Outcomes({ sequence }: { readonly sequence: LifeNumbers["sequences"][number] }) {
  const { entered, outcomes, open } = sequence;
  return (
    <li>
      <b>{sequence.sequence}</b>
      <span class="chips">
        <span class="quiet">{`${entered} enter`}</span>
        {outcomes.map(([outcome, count]) => (
          <span class={`chip ${outcome === "goal" ? "good" : outcome === "unreachable" ? "bad" : ""}`}>
            <b>{count}</b> {outcome}
          </span>
        ))}
        {open > 0 && <span class="quiet">{`${open} in it still`}</span>}
      </span>
    </li>
  );
}

/** What is drawn on a day: coming in, and what the lead and the reps notice. */
interface Shown {
  readonly at: Instant;
  readonly style: string;
  readonly kind: string;
  readonly what: string;
}

function shownOf({ lead, facts }: Life): Shown[] {
  const of = (fact: Fact): Shown => {
    const [kind, what] = factParts(fact);
    return { at: fact.at, style: fact.kind === "crossing" ? fact.name : fact.kind, kind, what };
  };
  return [{ at: lead.at, style: "came", kind: "comes in", what: "" }, ...facts.filter(isShown).map(of)];
}

const WEEKDAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/** A row for each week in the lead's own time. */
function Calendar({
  life,
  span,
  times,
}: {
  readonly life: Life;
  readonly span: Span;
  readonly times: Times;
}) {
  const { zone } = life;
  const byDay = Map.groupBy(shownOf(life), ({ at }) => localDay(zone, at));
  const first = localDay(zone, span.from);
  const last = localDay(zone, span.until - 1);
  const monday = first - weekdayOf(first);
  const weeks = Array.from({ length: Math.ceil((last - monday + 1) / 7) }, (_, week) => monday + 7 * week);
  return (
    <div>
      <table class="cal">
        <thead>
          <tr>
            <th scope="col">Week of</th>
            {WEEKDAYS.map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr>
              <th scope="row">
                {timesIn("UTC", times.now)
                  .day(week * DAY)
                  .slice(4)}
              </th>
              {WEEKDAYS.map((_, index) => {
                const day = week + index;
                if (day < first || day > last) return <td class="out" />;
                return (
                  <td>
                    {(byDay.get(day) ?? []).map((shown) => (
                      <span
                        class={`pin ${shown.style}`}
                        role="img"
                        aria-label={`${shown.kind} ${shown.what}`}
                        title={`${times.moment(shown.at)}: ${shown.kind} ${shown.what}`}
                      />
                    ))}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="keys quiet">
        {(
          [
            ["came", "comes in"],
            ["mail", "mail"],
            ["warm", "turns warm"],
            ["hot", "hot"],
            ["cold", "cold"],
            ["notice", "a rep is told, a deal"],
            ["ended", "leaves a sequence"],
          ] as const
        ).map(([style, words]) => (
          <span>
            <i class={`pin ${style}`} />
            {words}
          </span>
        ))}
      </p>
    </div>
  );
}

function Days({ life, times }: { readonly life: Life; readonly times: Times }) {
  const byDay = Map.groupBy(shownOf(life), ({ at }) => times.day(at));
  return (
    <details open={byDay.size <= 25}>
      <summary>{`${counted(byDay.size, "day")} on which something happens, times in ${life.zone.replaceAll("_", " ")}`}</summary>
      <ul class="days">
        {[...byDay].map(([day, all]) => (
          <li>
            <span>{day}</span>
            <ul>
              {all.map(({ at, style, kind, what }) => (
                <li>
                  <time>{times.clock(at)}</time>
                  <i class={`pin ${style}`} /> {kind} {what}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </details>
  );
}
